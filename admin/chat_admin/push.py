"""`chat-admin push`."""

from chat_admin.letters import commands

app = commands("Web push: what could not be delivered, and the way back.", "pushed", lambda admin: admin.push_letters)
