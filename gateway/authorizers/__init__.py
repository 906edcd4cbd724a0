"""Who may call a route: one module for each kind of authorizer, and what they share.

`gateway.handlers.authorize` asks them. Each is a generator of effects that ends with the caller
identified or with a refusal.
"""
