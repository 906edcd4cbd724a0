"""A plain Flask application with a gateway, on gevent: run by test_gevent.py with an issuer's
JWKS, a client id and an upstream. Prints its port."""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import json
import sys

from flask import Flask
from gevent.pywsgi import WSGIServer

from gateway.blueprint import Gateway
from kernel.tokens.issuers import LocalIssuers

issuer, jwks, client_id, upstream = sys.argv[1:]
issuers = LocalIssuers()
issuers.put(issuer, json.loads(jwks)["keys"])
app = Flask("host")
routes = {"ANY /{proxy+}": f"{upstream}/{{proxy}}"}
Gateway(issuer=issuer, client_ids=[client_id], issuers=issuers, routes=routes).init_app(app)

server = WSGIServer(("127.0.0.1", 0), app, log=None)
server.start()
print(server.server_port, flush=True)
server.serve_forever()
