"""The hosted pages' routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, request, send_from_directory

from idp.hosted_ui import (
    add_passkey,
    address_limits,
    assets,
    check_session,
    choose_factor,
    choose_sign_in,
    confirm_account,
    confirm_by_link,
    consent,
    device,
    event_feedback,
    forgot_password,
    form,
    look,
    magic_link,
    managed_login,
    new_password,
    page,
    paths,
    plain_pages,
    purposes,
    recovery_codes,
    reset_password,
    saml_metadata,
    second_factor,
    set_up_authenticator,
    set_up_email,
    sign_in,
    sign_out,
    sign_up,
    translation,
)
from idp.hosted_ui.account import screens as account_screens
from idp.hosted_ui.csrf import ForgedForm
from idp.hosted_ui.federated import arrival, by_address, departure, logout_answer, single_logout
from idp.hosted_ui.federated import sign_out as sign_out_elsewhere
from idp.hosted_ui.headers import protect
from idp.hosted_ui.visit import Visit
from idp.oauth import paths as oauth_paths
from idp.oauth.endpoints.authorize import Refused
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.texts import N_
from idp.user_pools.services import confirmation_links
from idp.user_pools.services.threats import feedback

Show = Callable[[Visit], Response]
Submit = Callable[[Visit, Mapping[str, str]], Response]

SCREENS: tuple[tuple[str, Show, Submit], ...] = (
    (paths.SIGN_IN, sign_in.show, sign_in.submit),
    (paths.ELSEWHERE, departure.leave, departure.leave),
    (paths.BY_ADDRESS, by_address.show, by_address.submit),
    (paths.SIGN_UP, sign_up.show, sign_up.submit),
    (paths.CONFIRM, confirm_account.show, confirm_account.submit),
    (paths.RESEND, confirm_account.show, confirm_account.resend),
    (paths.FORGOT, forgot_password.show, forgot_password.submit),
    (paths.RESET, reset_password.show, reset_password.submit),
    (paths.NEW_PASSWORD, new_password.show, new_password.submit),
    (paths.SECOND_FACTOR, second_factor.show, second_factor.submit),
    (paths.CHOOSE_SIGN_IN, choose_sign_in.show, choose_sign_in.submit),
    (paths.PASSWORD, choose_sign_in.show_password, choose_sign_in.submit_password),
    (paths.SIGN_IN_CODE, choose_sign_in.show_code, choose_sign_in.submit_code),
    (paths.ADD_PASSKEY, add_passkey.show, add_passkey.submit),
    (paths.CHOOSE_FACTOR, choose_factor.show, choose_factor.submit),
    (paths.SET_UP_AUTHENTICATOR, set_up_authenticator.show, set_up_authenticator.submit),
    (paths.SET_UP_EMAIL, set_up_email.show, set_up_email.submit),
    (paths.RECOVER, recovery_codes.ask, recovery_codes.enter),
    (paths.RECOVERY_CODES, recovery_codes.show, recovery_codes.submit),
    (paths.CONSENT, consent.show, consent.submit),
    (paths.MAGIC_LINK, magic_link.show, magic_link.submit),
    (paths.MAGIC_LINK_CODE, magic_link.show_code, magic_link.submit_code),
    *account_screens.SCREENS,
)

WITHOUT_LOCAL_USERS = {
    (sign_in.show, False),
    (departure.leave, False),
    (by_address.show, False),
    (by_address.show, True),
    (consent.show, False),
    (consent.show, True),
}
"""What a client offers whose people all come from elsewhere, and whether as a form."""

A_YEAR = 31_536_000


def create_blueprint(provider: Provider) -> Blueprint:
    """Every screen of every pool, their static files, and the page for `PageError`."""
    blueprint = Blueprint("hosted_ui", __name__, template_folder=str(page.TEMPLATES))
    blueprint.record_once(lambda state: translation.attach(cast(Flask, state.app)))
    for path, show, submit in SCREENS:
        screen = partial(_serve, provider, show, submit)
        blueprint.add_url_rule(path, path.strip("/"), screen, methods=["GET", "POST"])
    serve_feedback = partial(event_feedback.serve, provider)
    blueprint.add_url_rule(feedback.PATH, "feedback", serve_feedback, methods=["GET", "POST"])
    # With or without the slash that Amazon Cognito writes behind it.
    blueprint.add_url_rule(
        f"{confirmation_links.PATH}/",
        "confirm_by_link",
        partial(confirm_by_link.serve, provider),
        methods=["GET", "POST"],
        strict_slashes=False,
    )
    answer = partial(arrival.answer, provider)
    for path in (paths.OAUTH_ANSWER, f"{paths.OAUTH_ANSWER}/<path:name>"):
        blueprint.add_url_rule(path, "oauth2_idpresponse", answer, methods=["GET", "POST"])
    # SAML 2.0 Profiles §4.1.2: a response never comes by HTTP-Redirect.
    blueprint.add_url_rule(paths.SAML_ANSWER, "saml2_idpresponse", answer, methods=["POST"])
    leave = partial(sign_out_elsewhere.leave, provider)
    blueprint.add_url_rule(paths.SIGN_OUT_ELSEWHERE, "sign_out_elsewhere", leave)
    tell = partial(logout_answer.serve, provider)
    blueprint.add_url_rule(paths.ANSWER_ELSEWHERE, "signed_out_elsewhere", tell)
    end = partial(single_logout.serve, provider)
    for path in single_logout.ROUTES:
        blueprint.add_url_rule(path, "saml2_logout", end, methods=["GET", "POST"])
    describe = partial(saml_metadata.serve, provider)
    blueprint.add_url_rule(saml_metadata.ROUTE, "saml_metadata", describe)
    open_link = partial(magic_link.open_link, provider)
    blueprint.add_url_rule(paths.MAGIC_LINK_OPEN, "open_link", open_link)
    confirm_sign_out = partial(sign_out.confirm, provider)
    blueprint.add_url_rule(
        paths.CONFIRM_SIGN_OUT, "confirm_sign_out", confirm_sign_out, methods=["GET", "POST"]
    )
    let_in = partial(device.serve, provider)
    for place in (device.PAGE, f"{device.PAGE}/<pool_id>"):
        blueprint.add_url_rule(place, "device", let_in, methods=["GET", "POST"])
    check = partial(check_session.serve, provider)
    blueprint.add_url_rule(f"{oauth_paths.CHECK_SESSION}<pool_id>", "check_session", check)
    blueprint.add_url_rule(f"{assets.ASSET_PATH}<name>", "asset", _asset)
    branding = partial(managed_login.image, provider)
    blueprint.add_url_rule(managed_login.ROUTE, "branding", branding)
    blueprint.add_url_rule(look.LOGO_ROUTE, "logo", partial(look.logo, provider))
    blueprint.app_errorhandler(PageError)(plain_pages.error)
    return blueprint


def _serve(provider: Provider, show: Show, submit: Submit) -> Response:
    """Check what the query asks for, then show the screen or take its form."""
    try:
        purpose = purposes.read(provider, request.args, request.path)
    except Refused as refused:
        return refused.response
    if "request" in request.args:
        # The object is good once: the page and its form go on with the reference to it.
        location = f"{request.path}?{urlencode(purpose.request.carried)}"
        return protect(Response(status=303, headers={"Location": location}))
    parameters = purpose.request.payload.data
    translation.prefer(parameters.get("lang", ""), parameters.get("ui_locales", ""))
    visit = Visit.of(provider, purpose)
    is_submitted = request.method == "POST"
    if not visit.client.signs_in_local_users and (show, is_submitted) not in WITHOUT_LOCAL_USERS:
        raise _not_here()
    if not is_submitted:
        return show(visit)
    try:
        visit.csrf.check(request.form)
    except ForgedForm:
        raise plain_pages.expired() from None
    address_limits.admit(visit)
    response = submit(visit, form.read(request.form))
    address_limits.count(visit, request.path, response)
    return response


def _not_here() -> PageError:
    return PageError(
        N_("You cannot do that here"),
        N_("Accounts of this application are kept elsewhere. Go back to it and sign in again."),
        detail="the client does not sign in users of the pool itself",
        status=404,
    )


def _asset(name: str) -> Response:
    response = send_from_directory(assets.ASSETS, name, max_age=A_YEAR)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
