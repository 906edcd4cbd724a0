"""create_app(): settings → kernel → identity provider and gateway → blueprints. Wiring only."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response

import federation
import idp.services
import idp.user_pools.operations
import migrations
from federation.saml_idp import blueprint as saml_idp
from gateway import control
from gateway.acme import starting as acme
from gateway.addresses import PoolgateAddresses, is_below
from gateway.control.account import client_certificates
from gateway.control.account.host_names import OtherHosts
from gateway.control.account.key_values import fingerprint_of
from gateway.control.refresher import Refresher
from gateway.control.rest.invocation import Invoker
from gateway.effects import (
    CallFunction,
    CallService,
    Compress,
    Decompress,
    FindCached,
    FingerprintKey,
    Keep,
    KeepCached,
    Permit,
    Recall,
    Send,
    SpendQuota,
    TakeToken,
    VerifyProof,
    VerifySignature,
    VerifyToken,
)
from gateway.flushing import AUTHORIZERS, RESPONSES, on_flush
from gateway.integrations.pool import UpstreamPool
from gateway.metrics.recorder import Recorder
from gateway.performers import Performers
from gateway.performers.api_keys import fingerprinting
from gateway.performers.cached_replies import CachedReplies
from gateway.performers.compressing import compress, decompress
from gateway.performers.function_streams import streaming
from gateway.performers.functions import calling
from gateway.performers.log_lines import delivering, log_failure
from gateway.performers.memory import Memory, forget_answers
from gateway.performers.open_telemetry import configured_tracer
from gateway.performers.quotas import QuotaCounter
from gateway.performers.services import Services, calling_services
from gateway.performers.signatures import permitting, verifying_signatures
from gateway.performers.tokens import proving, taking, verifying
from gateway.performers.upstreams import sending
from gateway.room import Room
from gateway.snapshot import SnapshotHolder
from gateway.tls import border
from gateway.tls.sites import DomainSites
from gateway.tls.stored import Stored
from gateway.upstreams.balanced import balancing
from gateway.upstreams.groups import Groups
from gateway.upstreams.health_checks import HealthChecks
from gateway.wsgi.data_plane import DataPlane
from idp.hosted_ui import blueprint as hosted_ui
from idp.hosted_ui import sign_out
from idp.oauth import blueprint as oauth
from idp.oauth import mutual_tls
from idp.oauth.endpoints import token
from idp.oauth.provider import Provider
from idp.scim import blueprint as scim
from idp.services import PoolTokens
from idp.user_pools import uploads
from idp.user_pools.services import domains as pool_domains
from idp.user_pools.services.issuers import issuer
from kernel import sealing
from kernel.aws import middleware as aws_wire
from kernel.aws import unserved
from kernel.aws.access import Authenticator
from kernel.aws.authentication import DevelopmentAuthenticator, SignatureAuthenticator
from kernel.aws.dispatch import Dispatcher
from kernel.aws.operations import OperationFamily
from kernel.database import Database, DatabaseBusy
from kernel.functions.registry import Functions
from kernel.iam.access_keys import AccessKeys
from kernel.iam.authorizer import PolicyAuthorizer
from kernel.log_delivery.delivery import LogDelivery
from kernel.messaging.messenger import Messenger
from kernel.outbound import Outbound
from kernel.runtime import Kernel
from kernel.settings import Settings
from kernel.shared_state.choice import open_shared_state
from kernel.telemetry import health
from kernel.tls.context import own_pair
from kernel.tls.folder import CertificateFolder
from kernel.tokens.issuers import ChainedIssuers
from kernel.tokens.remote_issuers import RemoteIssuers
from kernel.tokens.verification import Verifier
from poolgate import development

log = structlog.get_logger("poolgate.access")

FAMILIES: tuple[OperationFamily, ...] = (*idp.user_pools.operations.FAMILIES, *control.FAMILIES)
"""Every operation that has a handler."""


def create_app(settings: Settings) -> Flask:
    """The application of one process. Call it after the process is forked."""
    app = Flask("poolgate", static_folder=None)
    kernel = make_kernel(app, settings)
    app.extensions["poolgate"] = kernel
    pool_tokens = idp.services.provide(kernel)
    kernel.provide(OtherHosts(pool_domains.is_taken))
    dispatcher = Dispatcher(kernel, FAMILIES, _authenticator(kernel))
    kernel.provide(federation.providers(kernel), federation.directories(kernel))
    kernel.provide(federation.entrances(), federation.detours(kernel))
    provider = Provider.make(kernel)
    app.register_blueprint(health.create_blueprint(kernel.database, migrations.is_current))
    app.register_blueprint(oauth.create_blueprint(provider, sign_out.PAGES))
    app.register_blueprint(hosted_ui.create_blueprint(provider))
    app.register_blueprint(scim.create_blueprint(provider))
    app.register_blueprint(saml_idp.create_blueprint(provider))
    app.register_error_handler(DatabaseBusy, _busy)
    app.register_error_handler(404, unserved.not_found)
    stack = token.in_front_of(app.wsgi_app, provider)
    app.extensions["poolgate_machines"] = mutual_tls.in_front_of(stack, settings)
    stack = uploads.in_front_of(stack, kernel)
    stack = aws_wire.in_front_of(stack, dispatcher)
    holder = SnapshotHolder()
    stack = _data_plane(kernel, pool_tokens, holder).in_front_of(stack)
    stack = border.in_front_of(stack, holder, kernel.clock.time)
    if settings.serves_tls:
        _certificates(kernel, holder)
    if settings.dev:
        app.register_blueprint(development.create_blueprint(kernel))
        stack = development.loopback_hosts_only(stack)
    app.wsgi_app = stack  # type: ignore[assignment, method-assign]  # Flask's way to add middleware
    return app


def _certificates(kernel: Kernel, holder: SnapshotHolder) -> None:
    """Those of custom domains, and how they are got."""
    folder = CertificateFolder.of(kernel.settings)
    stored = Stored(kernel.database, kernel.sealer)
    kernel.provide(DomainSites(holder, folder, stored, own_pair(kernel.settings)))
    acme.start(kernel, holder)


def make_kernel(app: Flask, settings: Settings) -> Kernel:
    """The kernel's services, on the application's database."""
    outbound = Outbound.from_settings(settings)
    return Kernel(
        settings=settings,
        database=Database.attach(app, settings),
        sealer=sealing.load(settings),
        shared_state=open_shared_state(settings),
        outbound=outbound,
        messenger=Messenger.from_settings(settings, outbound),
        functions=Functions.from_settings(settings, outbound),
    )


def _authenticator(kernel: Kernel) -> Authenticator:
    keys = AccessKeys(kernel.database, kernel.sealer)
    authorizer = PolicyAuthorizer(keys)
    if kernel.settings.dev:
        return DevelopmentAuthenticator(keys, authorizer, kernel.settings)
    return SignatureAuthenticator(keys, authorizer, kernel.clock)


def _data_plane(kernel: Kernel, pool_tokens: PoolTokens, holder: SnapshotHolder) -> DataPlane:
    """The gateway."""
    issuer_of = partial(issuer, kernel.settings)
    refresher = Refresher(kernel.database, kernel.shared_state, holder, issuer_of)
    refresher.start()
    kernel.on_close(refresher.stop)
    recorder = Recorder(kernel.database)
    recorder.start()
    kernel.on_close(recorder.stop)
    upstreams = _upstreams(kernel, holder)
    performers = _performers(kernel, _verifier(kernel, pool_tokens, holder), upstreams)
    room = Room()
    kernel.provide(Invoker(performers, lambda: holder.current, issuer_of, room))
    return DataPlane(
        holder,
        PoolgateAddresses(
            path_addresses=kernel.settings.serves_path_addresses,
            server=urlsplit(kernel.settings.origin).hostname or "localhost",
        ),
        performers,
        upstreams,
        delivering(kernel.of(LogDelivery), _write_access_log),
        record=recorder.record,
        tracer=configured_tracer(),
        fail=log_failure,
        room=room,
    )


def _verifier(kernel: Kernel, pool_tokens: PoolTokens, holder: SnapshotHolder) -> Verifier:
    """Tokens of local pools are verified by their keys, others by discovery."""
    remote = RemoteIssuers(kernel.outbound, lambda issuer: issuer in holder.current.issuers)
    issuers = ChainedIssuers(pool_tokens.issuers, remote)
    return Verifier(issuers, pool_tokens.revocations, kernel.clock)


def _upstreams(kernel: Kernel, holder: SnapshotHolder) -> UpstreamPool:
    """The way to backends, with the targets of VPC links balanced and looked after."""
    upstreams = UpstreamPool(kernel.outbound.guard, idle=_idle_seconds(kernel))
    upstreams.tls.certificates = client_certificates.loading(kernel.database, kernel.sealer)
    kernel.on_close(upstreams.close)
    groups = Groups()
    upstreams.balance = balancing(groups, upstreams)
    checks = HealthChecks(holder, groups, upstreams)
    checks.start()
    kernel.on_close(checks.close)
    return upstreams


def _performers(kernel: Kernel, verifier: Verifier, upstreams: UpstreamPool) -> Performers:
    """What does the things that the chain asks for."""
    # The operator himself configured these servers: private addresses are meant.
    servers = UpstreamPool(kernel.outbound.guard, trusted=True)
    kernel.on_close(servers.close)
    memory = Memory()
    cached = CachedReplies(kernel.shared_state, kernel.sealer)
    on_flush(kernel.shared_state, RESPONSES, cached.flush)
    on_flush(kernel.shared_state, AUTHORIZERS, partial(forget_answers, memory))
    quota_counter = QuotaCounter(kernel.database, kernel.clock)
    quota_counter.start()
    kernel.on_close(quota_counter.close)
    stream = streaming(kernel.functions, _idle_seconds(kernel))
    services = Services.from_settings(kernel.settings)
    return Performers(
        {
            VerifyToken: verifying(verifier),
            VerifyProof: proving(
                kernel.shared_state, kernel.clock, partial(is_below, kernel.settings.public_host)
            ),
            TakeToken: taking(kernel.shared_state),
            CallFunction: calling(kernel.functions, stream=stream),
            CallService: calling_services(services, servers, kernel.clock.now),
            VerifySignature: verifying_signatures(_authenticator(kernel)),
            Permit: permitting(AccessKeys(kernel.database, kernel.sealer)),
            Recall: memory.recall,
            Keep: memory.keep,
            Send: sending(upstreams),
            FingerprintKey: fingerprinting(partial(fingerprint_of, kernel.sealer)),
            SpendQuota: quota_counter,
            FindCached: cached.find,
            KeepCached: cached.keep,
            Compress: compress,
            Decompress: decompress,
        },
        on_end=[cached.done],
    )


def _idle_seconds(kernel: Kernel) -> float:
    """For how long a stream may be silent."""
    return kernel.settings.stream_idle_timeout / 1000


def _busy(_error: DatabaseBusy) -> Response:
    """What pages and Flask's endpoints answer; the two edges in front of Flask have their own."""
    text = "Poolgate is busy. Try again in a moment.\n"
    return Response(text, 503, {"Retry-After": "5"}, content_type="text/plain; charset=utf-8")


def _write_access_log(destination: str, line: str) -> None:
    """One line of a stage's access log, into the process's own log."""
    log.info("api_access", destination=destination, line=line)
