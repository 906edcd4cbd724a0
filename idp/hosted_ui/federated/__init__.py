"""Signing in at another provider: the choice, the way there, and the way back."""
