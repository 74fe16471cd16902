"""The rules of a real-time chat with AI agents. `runtime` wires them for a function."""
