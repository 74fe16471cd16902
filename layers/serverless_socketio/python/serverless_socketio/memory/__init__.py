"""The server's ports in dicts: what other stores are held to, and what tests use."""
