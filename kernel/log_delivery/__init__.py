"""Delivery of pools' logs to where operators read them, off the requests that cause them."""
