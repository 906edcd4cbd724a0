"""What the control plane keeps of WebSocket APIs, and the operations that only they have.

WebSocket APIs are validated, stored and deployed. Nothing serves them: requests to their stages
find no API. A deployment freezes all that a listener of WebSockets needs.
"""
