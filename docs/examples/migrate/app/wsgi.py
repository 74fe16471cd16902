"""The chat on python-socketio, in one process: python wsgi.py"""

import socketio
from chat import add_to
from werkzeug.serving import run_simple

sio = socketio.Server(async_mode="threading")
add_to(sio, socketio)
app = socketio.WSGIApp(sio)

if __name__ == "__main__":
    run_simple("localhost", 5000, app, threaded=True)
