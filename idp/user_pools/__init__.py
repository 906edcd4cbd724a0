"""User pools: their rules, services and operations."""
