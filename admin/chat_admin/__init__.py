"""`chat-admin`: what an operator does with users, keys, plans and agents, from a shell."""
