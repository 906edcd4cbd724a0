"""The chain's handlers, one step each. They are pure: see `gateway.context`."""
