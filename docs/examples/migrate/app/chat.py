"""A chat with rooms, for python-socketio's server and for this library's: neither is imported here."""


def add_to(sio, library):
    """Register the handlers with a server. `library` is the module that it is from."""

    @sio.event
    def connect(sid, environ, auth):
        if not auth or "name" not in auth:
            raise library.exceptions.ConnectionRefusedError("Tell your name", {"code": "unauthorized"})
        sio.save_session(sid, {"name": auth["name"]})

    @sio.event
    def enter(sid, room):
        with sio.session(sid) as session:
            session["room"] = room
        sio.enter_room(sid, room)
        sio.emit("entered", session["name"], room=room, skip_sid=sid)
        return room, len(sio.rooms(sid)) - 1  # an acknowledgement of two arguments

    @sio.event
    def say(sid, text):
        session = sio.get_session(sid)
        if "room" not in session:
            return {"error": "Enter a room first"}
        sio.emit("said", (session["name"], text), to=session["room"])
        return {"ok": True}

    @sio.event
    def leave(sid):
        session = sio.get_session(sid)
        if not sio.call("sure", session["room"], to=sid):  # the client is asked, and answers
            return False
        sio.leave_room(sid, session["room"])
        sio.emit("left", session["name"], room=session["room"])
        return True

    @sio.event
    def disconnect(sid, reason):
        session = sio.get_session(sid)
        if "room" in session:
            sio.emit("gone", session["name"], room=session["room"], skip_sid=sid)

    sio.on("*", unknown)
    sio.register_namespace(staff(sio, library))


def unknown(event, sid, *args):
    return {"error": f"There is no event {event}"}


def staff(sio, library):
    """The namespace of those who run the place, as a class."""

    class Staff(library.Namespace):
        def on_connect(self, sid, environ, auth):
            return (auth or {}).get("key") == "staff"

        def on_announce(self, sid, text):
            sio.emit("announcement", text)  # to everybody in the main namespace
            self.emit("announced", text, skip_sid=sid)
            return "ok"

        def on_close(self, sid, room):
            sio.emit("closed", room, room=room)
            sio.close_room(room)
            return "ok"

    return Staff("/staff")
