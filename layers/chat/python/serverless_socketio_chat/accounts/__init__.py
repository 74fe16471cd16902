"""Who may connect, and how often they may do things: users, keys, plans, limits."""
