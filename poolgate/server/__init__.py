"""Serving: gunicorn supervises, gevent serves, and requests are parsed strictly."""
