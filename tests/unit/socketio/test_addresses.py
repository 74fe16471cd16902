"""Session ids and addresses: what each says, and that a socket on another kind of address has its place already."""

from __future__ import annotations

import pytest

from serverless_socketio.address import kind_of, poll_address
from serverless_socketio.emitter import Emitter
from serverless_socketio.sid import address_of, is_recoverable, new_sid, sid_of
from tests.unit.socketio.test_recovery import Client, RecoverableWorld

SECRET = "0123456789abcdefghij-_"
WEBSOCKET = "L0SM9cOFvHcCIhw="
POLLING = poll_address("jUX7cOfQ2kSvPhd1Zq8xZQ")


@pytest.mark.parametrize(("address", "kind"), [(WEBSOCKET, "ws"), (POLLING, "poll"), ("poll", "ws")])
def test_an_address_says_its_kind(address: str, kind: str) -> None:
    assert kind_of(address) == kind


def test_the_sid_of_a_socket_that_may_move_holds_no_address() -> None:
    for address in (WEBSOCKET, POLLING):
        sid = new_sid(SECRET, address, recoverable=True)
        assert address not in sid
        assert is_recoverable(sid)
        assert sid_of(SECRET + sid) == sid


def test_the_sid_of_a_socket_that_stays_finds_its_websocket() -> None:
    sid = new_sid(SECRET, WEBSOCKET, recoverable=False)
    assert address_of(sid) == WEBSOCKET
    assert not is_recoverable(sid)


def test_the_secret_of_a_polling_client_is_in_no_sid() -> None:
    with pytest.raises(ValueError, match="must be recoverable"):
        new_sid(SECRET, POLLING, recoverable=False)


class Poller(Client):
    """A client that polls at first: its frames arrive, and what is sent to it waits."""

    def poll(self) -> Poller:
        self.address = POLLING
        self.world.open(POLLING, recovery=True, user=self.user)
        self.ask()
        return self


class TestASocketOnPolling:
    def test_is_accepted_and_its_events_wait_in_its_log(self) -> None:
        world = RecoverableWorld()
        alice = Poller(world).poll()
        assert POLLING not in alice.sid
        world.sio.emit("said", 1, room="lobby")
        world.sio.emit("said", 2, to=alice.sid)
        Emitter(world.store, world.transport).emit("said", 3)
        assert world.transport.sent == []
        entries = world.store.recovery.entries(alice.sid, 0)
        assert [entry.frames[0] for entry in entries] == ['42["said",1]', '42["said",2]', '42["said",3]']

    def test_keeps_its_sid_rooms_and_events_when_it_moves_to_a_websocket(self) -> None:
        world = RecoverableWorld()
        alice = Poller(world).poll()
        sid = alice.sid
        world.sio.emit("said", 1, room="lobby")
        alice.connect()
        assert (alice.sid, alice.recovered, alice.look()) == (sid, True, [["said", 1]])
        world.sio.emit("said", 2, room="lobby")
        assert alice.look()[1:] == [["said", 2]]
        assert [member.address for member in world.store.rooms.members("/", "lobby")] == [alice.address]
        assert world.sio.get_session(sid)["user"] == "alice"
        assert world.sio.rooms(sid) == [sid, "lobby"]

    def test_is_found_by_its_sid_wherever_it_is(self) -> None:
        world = RecoverableWorld()
        alice = Poller(world).poll()
        assert world.sio.manager.address_of(alice.sid) == POLLING
        world.sio.enter_room(alice.sid, "other")
        (member,) = world.store.rooms.members("/", "other")
        assert (member.sid, member.address) == (alice.sid, POLLING)
        world.sio.disconnect(alice.sid)
        assert world.store.recovery.state(alice.sid) is None
        assert world.store.rooms.members("/", "lobby") == []
