"""What every SDK of a language has; it is shipped as it is, and nothing here imports it."""
