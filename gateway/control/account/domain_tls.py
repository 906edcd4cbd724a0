"""What a custom domain is served with: the operator's certificate, and its clients' authorities."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control.account import trust_stores
from gateway.control.account.models import Domain
from gateway.control.documents import Document
from gateway.control.errors import Invalid
from kernel.aws.operations import Call
from kernel.tls.arns import account_of, certificate_name
from kernel.tls.folder import CertificateFolder
from kernel.tls.pairs import BadPair, require_usable

TRUST_STORE = "TrustStore"
"""The digest of what `MutualTlsAuthentication` names."""
TRUST_STORE_MEMBERS = ("TruststoreUri", "TruststoreVersion")


def require_held_certificate(call: Call, domain: Domain, document: Document) -> None:
    """Refuse an ARN that does not mean a certificate of the operator's for this name. What was
    named before is not looked at again: it may have been taken away since. Raises `Invalid`."""
    arn = document["DomainNameConfigurations"][0].get("CertificateArn")
    before = domain.document.get("DomainNameConfigurations", [{}])[0].get("CertificateArn")
    if not arn or arn == before:
        return
    if account_of(arn) != call.account:
        raise Invalid(f"CertificateArn must be that of a certificate of account {call.account}")
    folder = CertificateFolder.of(call.kernel.settings)
    if not folder.is_for(call.account):
        raise Invalid(
            "CertificateArn names a certificate of the server's operator, which serves domains of "
            "his own account alone: upload a certificate with the domain"
        )
    try:
        _, certificate = folder.read(certificate_name(arn))
        require_usable(certificate, domain.name, call.kernel.clock.now())
    except BadPair as error:
        raise Invalid(f"The certificate {certificate_name(arn)} {error}") from None


def keep_trust_store(session: Session, call: Call, domain: Domain, document: Document) -> None:
    """Read the trust store anew. One that is gone is used on where it is still the one meant.

    Raises `Invalid`.
    """
    document.pop(TRUST_STORE, None)
    mutual = document.get("MutualTlsAuthentication")
    if mutual is None:
        trust_stores.forget(session, domain.name)
        return
    named = (mutual["TruststoreUri"], mutual.get("TruststoreVersion", ""))
    kernel = call.kernel
    owner = "" if call.account == kernel.settings.account_id else call.account
    store = trust_stores.read(kernel.settings.instance, *named, kernel.clock.now(), owner)
    if store is not None:
        trust_stores.keep(session, domain, store)
        document[TRUST_STORE] = store.digest
        document["MutualTlsAuthentication"] = {
            **{each: mutual[each] for each in TRUST_STORE_MEMBERS if each in mutual},
            **({"TruststoreWarnings": list(store.warnings)} if store.warnings else {}),
        }
        return
    before = domain.document.get("MutualTlsAuthentication", {})
    is_same = named == (before.get("TruststoreUri"), before.get("TruststoreVersion", ""))
    if not is_same or TRUST_STORE not in domain.document:
        raise Invalid(f"There is no trust store {named[0]}")
    document[TRUST_STORE] = domain.document[TRUST_STORE]
    document["MutualTlsAuthentication"] = before
