"""One certificate from an ACME server: account, order, challenge, certificate (RFC 8555 §7).

The protocol is the `acme` library's. It is imported here alone, and only where a directory is
configured: nothing else of Poolgate needs it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
from acme import challenges as acme_challenges
from acme import client, errors, messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.errors import Error as JoseError
from josepy.jwa import ES256
from josepy.jwk import JWK, JWKEC

from gateway.acme.account import AcmeAccount
from gateway.acme.challenges import Challenges
from gateway.acme.network import GuardedAdapter
from kernel.outbound import Outbound
from kernel.tls import pairs
from kernel.tls.pairs import Pair

ORDER_SECONDS = 120
LEAST_WAIT = 3600.0
"""Seconds between two questions about one certificate, however soon the server wants the next."""
MOST_REDIRECTS = 3
MOST_NONCES = 4
USER_AGENT = "Poolgate"


class OrderFailed(Exception):
    """Why there is no certificate, in one line."""


class AccountGone(OrderFailed):
    """The server does not know the account any more."""


@dataclass(frozen=True)
class Renewal:
    """`at` is None where the server says nothing of it; `ask_again` are seconds."""

    at: datetime | None
    ask_again: float


@dataclass(frozen=True)
class Binding:
    """An account that an ACME server's operator has given out (RFC 8555 §7.3.4)."""

    key_id: str
    hmac_key: str = field(repr=False)
    """Base64url."""


@dataclass(frozen=True)
class Orders:
    """An ACME server."""

    directory_url: str
    email: str | None
    outbound: Outbound
    challenges: Challenges
    binding: Binding | None = None

    def register(self, account: AcmeAccount) -> AcmeAccount:
        """The account, registered: an operator who configures a directory agrees to its terms.

        Raises `OrderFailed`.
        """
        acme = self._reach(account)
        try:
            made = acme.new_account(
                messages.NewRegistration.from_data(
                    email=self.email,
                    terms_of_service_agreed=True,
                    external_account_binding=self._bound(acme, account),
                )
            )
        except errors.ConflictError as known:
            return AcmeAccount(account.private_key, known.location)
        except FAILURES as error:
            raise OrderFailed(explain(error)) from None
        return AcmeAccount(account.private_key, made.uri)

    def certificate(self, account: AcmeAccount, name: str) -> Pair:
        """A new certificate for a name, with a new key. Raises `OrderFailed`."""
        key = ec.generate_private_key(ec.SECP256R1())
        acme = self._reach(account)
        try:
            order = acme.new_order(_signing_request(key, name))
            self._answer(acme, _account_key(account), order)
            until = datetime.now() + timedelta(seconds=ORDER_SECONDS)
            chain = acme.poll_and_finalize(order, until).fullchain_pem
            pair, _ = pairs.read(chain.encode(), pairs.key_pem(key))
        except FAILURES as error:
            if isinstance(error, messages.Error) and error.code == "accountDoesNotExist":
                raise AccountGone(explain(error)) from None
            raise OrderFailed(explain(error)) from None
        return pair

    def renewal(self, account: AcmeAccount, chain: str) -> Renewal:
        """When the server would have a certificate renewed (RFC 9773). Raises `OrderFailed`."""
        acme = self._reach(account)
        try:
            # The times of the library's own have no zone: they are the machine's.
            moment, ask_again = acme.renewal_time(chain.encode())
            return Renewal(moment, max((ask_again - datetime.now()).total_seconds(), LEAST_WAIT))
        except FAILURES as error:
            raise OrderFailed(explain(error)) from None

    def _bound(self, acme: client.ClientV2, account: AcmeAccount) -> dict[str, Any] | None:
        """The account's key, signed with that of the account it is bound to."""
        if self.binding is None:
            return None
        bound: dict[str, Any] = messages.ExternalAccountBinding.from_data(
            _account_key(account).public_key(),
            self.binding.key_id,
            self.binding.hmac_key,
            acme.directory,
        )
        return bound

    def _answer(self, acme: client.ClientV2, key: JWK, order: Any) -> None:
        for authorization in order.authorizations:
            if authorization.body.status == messages.STATUS_VALID:
                continue
            offered = [
                each
                for each in authorization.body.challenges
                if isinstance(each.chall, acme_challenges.HTTP01)
            ]
            if not offered:
                raise OrderFailed("the server offers no HTTP-01 challenge")
            response, answer = offered[0].response_and_validation(key)
            self.challenges.expect(offered[0].chall.encode("token"), answer)
            acme.answer_challenge(offered[0], response)

    def _reach(self, account: AcmeAccount) -> client.ClientV2:
        network = _Network(_account_key(account), alg=ES256, user_agent=USER_AGENT)
        session = network.session
        session.trust_env = False
        session.max_redirects = MOST_REDIRECTS
        session.headers["Accept-Encoding"] = "identity"
        adapter = GuardedAdapter(self.outbound, self.directory_url)
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        if account.uri:
            network.account = messages.RegistrationResource(
                uri=account.uri, body=messages.Registration()
            )
        try:
            return client.ClientV2(
                client.ClientV2.get_directory(self.directory_url, network), network
            )
        except FAILURES as error:
            raise OrderFailed(explain(error)) from None


# The type checker may see the library or not, as it is installed or not.
Network: Any = client.ClientNetwork


class _Network(Network):  # type: ignore[misc]  # as above
    """The library's, which asks for another nonce only once (RFC 8555 §6.5: "SHOULD retry")."""

    def post(self, *arguments: Any, **options: Any) -> requests.Response:
        for _ in range(MOST_NONCES):
            try:
                return self._ask(*arguments, **options)
            except messages.Error as error:
                if error.code != "badNonce":
                    raise
        return self._ask(*arguments, **options)

    def _ask(self, *arguments: Any, **options: Any) -> requests.Response:
        answer: requests.Response = super().post(*arguments, **options)
        return answer


FAILURES = (
    errors.Error,
    messages.Error,
    requests.RequestException,
    JoseError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
)
"""What the library raises, also for answers that are not what the protocol says."""


def explain(error: Exception) -> str:
    """The server's words about a challenge that failed, or the library's about anything else."""
    if isinstance(error, errors.ValidationError):
        said = [
            f"{challenge.error.detail}"
            for authorization in error.failed_authzrs
            for challenge in authorization.body.challenges
            if challenge.error is not None
        ]
        text = "; ".join(said)
    else:
        text = str(error)
    printable = "".join(each if each.isprintable() else " " for each in text)
    return f"{type(error).__name__}: {printable}"[:300]


def _account_key(account: AcmeAccount) -> JWK:
    return JWKEC(key=serialization.load_pem_private_key(account.private_key, None))


def _signing_request(key: ec.EllipticCurvePrivateKey, name: str) -> bytes:
    """The name is in the extension alone: nobody looks at common names, and they are short."""
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return request.public_bytes(serialization.Encoding.PEM)
