"""Messages on their way in, chats to join, and what was said before."""
