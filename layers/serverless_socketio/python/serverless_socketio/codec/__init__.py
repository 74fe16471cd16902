"""Frames to packets and back, for the three languages spoken on a connection: Engine.IO 4, Socket.IO 5, native JSON.

Pure functions over text: nothing here waits, stores or remembers. A frame that cannot be read raises `PacketError` and
nothing else; a packet that cannot be written raises the `ValueError` or `TypeError` that `json` would.
"""
