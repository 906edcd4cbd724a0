"""The API gateway: its control plane, and the data plane that a Flask application can mount."""
