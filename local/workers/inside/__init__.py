"""What runs in the processes of functions: the standard library, and nothing of the project beside it."""
