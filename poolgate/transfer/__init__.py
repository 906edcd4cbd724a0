"""A whole user pool as a sealed file, from one server to another."""
