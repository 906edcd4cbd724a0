"""REST APIs as documents."""
