"""Members of requests that nothing acts on, and why; docs/compatibility.md repeats the reasons.

What would weaken a pool where it is not acted on is not here: it is refused
(`services.pool_settings`, `services.client_settings`). A test finds the members that are missing.
"""

from __future__ import annotations

from collections.abc import Mapping

NO_LINKS = "CONFIRM_WITH_LINK is refused, so no message holds a link"
NO_THREAT_PROTECTION = "threat protection, which would weigh it, is not here"
OWN_CERTIFICATES = "a custom domain is served with the server's own certificate, or a proxy's"

CONFIGURED_ONLY: Mapping[str, str] = {
    "AdminCreateUserConfig.UnusedAccountValidityDays": (
        "AWS no longer uses it either: TemporaryPasswordValidityDays decides"
    ),
    "AnalyticsMetadata": "there is no Amazon Pinpoint here",
    "CloudWatchLogsRoleArn": (
        "there is no Amazon CloudWatch here: a user import job logs to INSTANCE/imports/JOB.log"
    ),
    "ContextData": NO_THREAT_PROTECTION,
    "CustomDomainConfig.CertificateArn": OWN_CERTIFICATES,
    "CustomDomainConfig.SecurityPolicy": OWN_CERTIFICATES,
    "DeviceKey": "devices are not remembered, so there is none to recognise",
    "EmailConfiguration": "there is no Amazon SES here: e-mail leaves by the server's smtp_url",
    "EnablePropagateAdditionalUserContextData": NO_THREAT_PROTECTION,
    "RevokeAssociatedSessions": "sessions are not tracked, and so none is linked to a token",
    "SmsAuthenticationMessage": "no code is sent by SMS to sign in with: MFA is refused",
    "SmsConfiguration": "there is no Amazon SNS here: SMS leave by the server's sms_sender",
    "UserContextData": NO_THREAT_PROTECTION,
    "VerificationMessageTemplate.EmailMessageByLink": NO_LINKS,
    "VerificationMessageTemplate.EmailSubjectByLink": NO_LINKS,
}
