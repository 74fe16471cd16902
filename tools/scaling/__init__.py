"""Where a deployment's walls are, and what happens when everybody runs against one at once."""
