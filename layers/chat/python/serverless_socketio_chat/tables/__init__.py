"""What is shared by all that is kept in tables: keys, rooms, what was read a moment ago."""
