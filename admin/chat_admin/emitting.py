"""`chat-admin emitting`."""

from chat_admin.letters import commands

app = commands(
    "Events of the bus and to large rooms: what could not be emitted, and the way back.",
    "emitted",
    lambda admin: admin.emitting_letters,
)
