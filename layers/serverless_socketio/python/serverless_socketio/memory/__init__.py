"""The server's ports in dicts: for tests."""
