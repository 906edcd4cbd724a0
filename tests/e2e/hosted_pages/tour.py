"""Real flows through every screen of the hosted pages, in one language. No text is read on the way:
elements are found by what they do."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pyotp
import requests
from playwright.sync_api import Page

from tests.e2e.hosted_pages.pools import ELSEWHERE, Client, Pools, address
from tests.idp.hosted_ui import passkey_world
from tests.servers.application import PASSWORD

WRONG = "Wrong-horse-9-battery"
Seen = Callable[[str], None]


class Tour:
    """`seen` is called with the name of each screen while the page shows it."""

    def __init__(self, page: Page, pools: Pools, language: str, seen: Seen) -> None:
        self.page, self.pools, self.language, self.seen = page, pools, language, seen

    def take(self) -> None:
        for flow in FLOWS:
            self.page.context.clear_cookies()
            flow(self)

    # --- flows -------------------------------------------------------------------------------

    def password(self) -> None:
        client = self.pools.plain
        email = client.person()
        self._open(client)
        self.seen("sign-in")
        self._sign_in(email, WRONG)
        self.seen("sign-in-refused")
        self._follow("/forgotPassword")
        self.seen("forgot-password")
        self._send(username=email)
        self.seen("reset-password")
        self._send(code="000000", password=WRONG)
        self.seen("reset-password-refused")
        self._send(code=self._code(email), password=PASSWORD)
        self.seen("sign-in-after-reset")
        self._sign_in(email)
        self._is_done()

    def sign_up(self) -> None:
        email = address()
        self._open(self.pools.plain)
        self._follow("/signup")
        self.seen("sign-up")
        self._send(username=email, password=PASSWORD)
        self.seen("confirm-account")
        self._send(code="000000")
        self.seen("confirm-account-refused")
        self.page.locator("form[action*='/resendcode'] button").click()
        self.seen("confirm-account-resent")
        self._send(code=self._code(email, after=1))
        self._is_done()

    def sign_up_by_link(self) -> None:
        email = address()
        self._open(self.pools.by_link)
        self.seen("sign-in-with-providers")
        self._follow("/signup")
        self._without_checks()
        self._send()
        self.seen("sign-up-refused")
        self._send(
            username=email,
            password=PASSWORD,
            **{
                "attribute:given_name": "Ada",
                "attribute:family_name": "Lovelace",
                "attribute:birthdate": "1990-12-10",
                "attribute:phone_number": "+15555550123",
            },
        )
        self.seen("confirm-account-waits-for-link")
        self._go(self._link(email, "/confirmUser"))
        self.seen("confirm-by-link")
        self._send()
        self.seen("confirm-by-link-done")

    def invitation(self) -> None:
        client, email = self.pools.by_link, address()
        client.invite(email, email=email, phone_number="+15555550123")
        self._open(client)
        self._sign_in(email)
        self.seen("new-password-required")

    def sign_in_link(self) -> None:
        client = self.pools.plain
        email = client.person()
        self._open(client)
        self._follow("/magicLink")
        self.seen("sign-in-link")
        self._send(username=email)
        self.seen("sign-in-link-sent")
        self._go(self._link(email, "/magicLinkOpen"))
        self.seen("sign-in-link-opened")
        self._send()
        self._is_done()

    def authenticator(self) -> None:
        client, name = self.pools.mfa, f"ada-{address()[4:10]}"
        client.invite(name)
        client.set_password(name)
        self._open(client)
        self._sign_in(name)
        self.seen("choose-factor-to-set-up")
        self._choose("SOFTWARE_TOKEN_MFA")
        self.seen("set-up-authenticator")
        secret = self.page.locator(".key code").inner_text().replace(" ", "")
        self._send(code=pyotp.TOTP(secret).now())
        self.seen("recovery-codes")
        recovery_code = self.page.locator(".recovery-codes code").first.inner_text()
        self.page.goto(str(self.page.locator("form.stack").evaluate("form => form.action")))
        self.seen("recovery-codes-are-not-shown-again")
        self._send()
        self._is_done()
        self.page.context.clear_cookies()
        self._open(client)
        self._sign_in(name)
        self.seen("second-factor-authenticator")
        self._follow("/recoveryCode")
        self.seen("recovery-code")
        self._send(code=recovery_code)
        self._is_done()
        self._choice_of_factors(client, name)

    def _choice_of_factors(self, client: Client, name: str) -> None:
        given = [("email", address()), ("email_verified", "true")]
        client.cognito.admin_update_user_attributes(
            UserPoolId=client.pool_id,
            Username=name,
            UserAttributes=[{"Name": each, "Value": value} for each, value in given],
        )
        client.cognito.admin_set_user_mfa_preference(
            UserPoolId=client.pool_id,
            Username=name,
            EmailMfaSettings={"Enabled": True},
            SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": False},
        )
        self.page.context.clear_cookies()
        self._open(client)
        self._sign_in(name)
        self.seen("choose-factor")

    def emailed_code(self) -> None:
        client, email = self.pools.mfa, address()
        name = f"ada-{email[4:10]}"
        client.invite(name)
        client.set_password(name)
        self._open(client)
        self._sign_in(name)
        self._choose("EMAIL_OTP")
        self.seen("set-up-email")
        self._send(email=email)
        self.seen("second-factor-email")
        self._send(code=self._code(email))
        self._is_done()

    def consent(self) -> None:
        client = self.pools.asking
        email = client.person()
        self._open(client)
        self._sign_in(email)
        self.seen("consent")
        self._choose("allow")
        self._is_done()

    def unusual_sign_in(self) -> None:
        """From a device that the person never came with; he is asked whether it was he."""
        client = self.pools.plain
        email = client.person()
        client.server.client("cognito-idp", signed=False).initiate_auth(
            ClientId=client.id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        self._open(client)
        self._sign_in(email)
        self._is_done()
        valid, invalid = self._links(email, "/authEventFeedback")
        self._go(valid)
        self.seen("was-this-you")
        self._go(invalid)
        self.seen("was-this-somebody-else")
        self._send()
        self.seen("feedback-given")

    def passkey(self) -> None:
        client = self.pools.account
        email = client.person()
        self._open(client)
        self.seen("sign-in-with-passkey")
        self._send(username=email)
        self.seen("choose-how-to-sign-in")
        self._choose("EMAIL_OTP")
        self.seen("sign-in-code")
        self._send(code=self._code(email))
        self._is_done()
        self.page.context.clear_cookies()
        self._open(client)
        self._send(username=email)
        self._choose("PASSWORD")
        self.seen("password")
        self._send(password=PASSWORD)
        self.seen("offer-of-a-passkey")
        self._send()
        self._is_done()

    def account(self) -> None:
        client = self.pools.account
        email = client.person()
        self.page.goto(f"{client.server.url}/account?client_id={client.id}&lang={self.language}")
        self._sign_in(email)
        self.seen("account")
        for section in ("password", "sessions", "devices", "identities", "applications", "data"):
            self._section(section)
            self._follow("/account")
        self._account_profile(email)
        self._account_factors()
        self._section("delete")
        self.page.locator("input[name='sure']").check()
        self._send()
        self.seen("account-deleted")

    def _section(self, name: str) -> None:
        self._follow(f"/account/{name}")
        self.seen(f"account-{name}")

    def _account_profile(self, email: str) -> None:
        self._section("profile")
        self._without_checks()
        self._send(**{"attribute:email": "nonsense"})
        self.seen("account-profile-refused")
        self._send(**{"attribute:email": f"new.{email}"})
        self.seen("account-verify")
        self._send(code=self._code(f"new.{email}"))
        self.seen("account-profile-saved")
        self._follow("/account")

    def _account_factors(self) -> None:
        self._section("passkeys")
        device = passkey_world.add_device(self.page)
        self.page.locator("form.passkey button").click()
        self.page.locator(".rows li").wait_for()
        self.seen("account-passkeys-one")
        device.detach()
        self._follow("/account")
        self._section("secondStep")
        self._follow("/account/authenticator")
        self.seen("account-authenticator")
        secret = self.page.locator(".key code").inner_text().replace(" ", "")
        self._send(code=pyotp.TOTP(secret).now())
        self.seen("account-recovery-codes")
        self._follow("/account/secondStep")
        self.seen("account-secondStep-on")
        self._follow("/account")

    def form_post(self) -> None:
        """The page sends itself; what it leads to has no content, so that it stays."""
        client = self.pools.plain
        email = client.person()
        self.page.goto(
            client.address("/oauth2/authorize", lang=self.language, response_mode="form_post")
        )
        callback = re.compile(r"/ready$")
        self.page.route(callback, lambda route: route.fulfill(status=204))
        with self.page.expect_request(callback):
            self._sign_in(email)
        self.seen("form-post")
        self.page.unroute(callback)

    def by_address(self) -> None:
        """The page leads on by itself; what it leads to has no content, so that it stays."""
        self._open(self.pools.by_link)
        self._send(work_email="ada@nowhere.example")
        self.seen("sign-in-no-such-organization")
        elsewhere = re.compile(rf"^{re.escape(ELSEWHERE)}/")
        self.page.route(elsewhere, lambda route: route.fulfill(status=204))
        with self.page.expect_request(elsewhere):
            self._send(work_email="ada@harbour.example")
        self.seen("lead-on")
        self.page.unroute(elsewhere)

    def device(self) -> None:
        client = self.pools.plain
        email = client.person()
        self._go(f"{client.server.url}/device/{client.pool_id}?")
        self.seen("device-code")
        self._send(user_code="BBBB-BBBB")
        self.seen("device-code-refused")
        self._send(user_code=self._device_code(client))
        self._sign_in(email)
        self.seen("device-consent")
        self._choose("allow")
        self.seen("device-connected")
        self._go(
            f"{client.server.url}/device/{client.pool_id}?user_code={self._device_code(client)}"
        )
        self._choose("deny")
        self.seen("device-kept-out")
        self._go(f"{client.server.url}/logout?client_id={client.id}")
        self.seen("confirm-sign-out")
        self._send()
        self.seen("signed-out-after-yes")

    def _device_code(self, client: Client) -> str:
        answer = requests.post(
            f"{client.server.url}/oauth2/device_authorization",
            data={"client_id": client.id},
            timeout=20,
        )
        return str(answer.json()["user_code"])

    def ends(self) -> None:
        client = self.pools.plain
        self._go(client.address("/login", redirect_uri="https://elsewhere.example/"))
        self.seen("error")
        self._open(client)
        self.page.context.clear_cookies()
        self._send(username="ada@example.com")
        self.seen("error-expired")
        self._go(f"{client.server.url}/logout?client_id={client.id}")
        self.seen("signed-out")

    # --- moves -------------------------------------------------------------------------------

    def _open(self, client: Client) -> None:
        self.page.goto(client.address("/oauth2/authorize", lang=self.language))

    def _go(self, address: str) -> None:
        """An address that stands in no page of ours, as in a message."""
        self.page.goto(f"{address}&lang={self.language}")

    def _follow(self, path: str) -> None:
        self.page.locator(f".card a[href^='{path}?']").click()

    def _send(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f"input[name='{name}']").fill(value)
        form = self.page.locator("form.stack")
        if values:  # the sign-in page may have two
            form = form.filter(has=self.page.locator(f"input[name='{next(iter(values))}']"))
        form.locator("button[type='submit']").click()

    def _sign_in(self, email: str, password: str = PASSWORD) -> None:
        """On one page; or on three, where people choose how to sign in."""
        if self.page.locator("input[name='password']").count():
            return self._send(username=email, password=password)
        self._send(username=email)
        self._choose("PASSWORD")
        return self._send(password=password)

    def _choose(self, factor: str) -> None:
        self.page.locator(f"button[value='{factor}']").click()

    def _without_checks(self) -> None:
        """The browser's own, which would keep a wrong form from being sent."""
        self.page.locator("form.stack").evaluate("form => { form.noValidate = true }")

    def _is_done(self) -> None:
        self.page.wait_for_url(re.compile(r"/ready\?.*code="))

    def _code(self, email: str, after: int = 0) -> str:
        outbox = self.pools.plain.server.outbox
        return str(outbox.latest(email, after=after)["code"])

    def _link(self, email: str, path: str) -> str:
        return self._links(email, path)[0]

    def _links(self, email: str, path: str) -> list[str]:
        body = self.pools.plain.server.outbox.latest(email)["body"]
        return [
            unescape(word) for word in re.findall(r"https?://[^\s\"'<>]+", body) if path in word
        ]


FLOWS: tuple[Callable[[Tour], None], ...] = (
    Tour.password,
    Tour.sign_up,
    Tour.sign_up_by_link,
    Tour.invitation,
    Tour.sign_in_link,
    Tour.authenticator,
    Tour.emailed_code,
    Tour.consent,
    Tour.unusual_sign_in,
    Tour.passkey,
    Tour.account,
    Tour.form_post,
    Tour.by_address,
    Tour.device,
    Tour.ends,
)
