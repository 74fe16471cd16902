"""Where a deployment's walls are, and what happens when all clients run against one at once."""
