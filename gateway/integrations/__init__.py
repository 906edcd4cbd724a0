"""What a route leads to, and the connections that take requests there."""
