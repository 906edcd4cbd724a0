"""The pages at which people sign in: one view module per screen, and what all of them share."""
