"""HTTP APIs as documents."""
