"""Members of requests that nothing acts on, and why; docs/compatibility.md repeats the reasons.

What would weaken a pool where it is not acted on is not here: it is refused
(`services.pool_settings`, `services.client_settings`). A test finds the members that are missing.
"""

from __future__ import annotations

from collections.abc import Mapping

NO_LINKS = "CONFIRM_WITH_LINK is refused, so no message holds a link"
NO_SES = "there is no Amazon SES here: e-mail leaves by the server's smtp_url"
NO_SNS = "there is no Amazon SNS here: SMS leave by the server's sms_sender"
OWN_SERVER = "it names the application's own server, which tells nothing of the person"
OWN_CERTIFICATES = "a custom domain is served with the server's own certificate, or a proxy's"

CONFIGURED_ONLY: Mapping[str, str] = {
    "AdminCreateUserConfig.UnusedAccountValidityDays": (
        "AWS no longer uses it either: TemporaryPasswordValidityDays decides"
    ),
    "AccountTakeoverRiskConfiguration.NotifyConfiguration.From": NO_SES,
    "AccountTakeoverRiskConfiguration.NotifyConfiguration.ReplyTo": NO_SES,
    "AccountTakeoverRiskConfiguration.NotifyConfiguration.SourceArn": NO_SES,
    "AnalyticsMetadata": "there is no Amazon Pinpoint here",
    "ContextData.ServerName": OWN_SERVER,
    "ContextData.ServerPath": OWN_SERVER,
    "CustomDomainConfig.CertificateArn": OWN_CERTIFICATES,
    "CustomDomainConfig.SecurityPolicy": OWN_CERTIFICATES,
    "EmailConfiguration": NO_SES,
    "LambdaConfig.InboundFederation": "nobody signs in from elsewhere, so it has nobody to change",
    "SmsConfiguration": NO_SNS,
    "SmsMfaConfiguration.SmsConfiguration": NO_SNS,
    "VerificationMessageTemplate.EmailMessageByLink": NO_LINKS,
    "VerificationMessageTemplate.EmailSubjectByLink": NO_LINKS,
}
