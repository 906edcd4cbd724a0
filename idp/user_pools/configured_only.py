"""Members of requests that nothing acts on, and why; docs/compatibility.md repeats the reasons.

What would weaken a pool where it is not acted on is not here: it is refused
(`services.pool_settings`, `services.client_settings`). A test finds the members that are missing.
"""

from __future__ import annotations

from collections.abc import Mapping

NO_SES = "there is no Amazon SES here: e-mail leaves by the server's smtp_url"
NO_SNS = "there is no Amazon SNS here: SMS leave by the server's sms_sender"
SOME_STYLES = "docs/branding.md lists what of it the hosted pages have nothing to show for"
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
    "Assets": SOME_STYLES,
    "CloudWatchLogsRoleArn": (
        "there is no Amazon CloudWatch here: a user import job logs to INSTANCE/imports/JOB.log"
    ),
    "ContextData.ServerName": OWN_SERVER,
    "ContextData.ServerPath": OWN_SERVER,
    "CustomDomainConfig.CertificateArn": OWN_CERTIFICATES,
    "CustomDomainConfig.SecurityPolicy": OWN_CERTIFICATES,
    "EmailConfiguration": NO_SES,
    "Settings": SOME_STYLES,
    "SmsConfiguration": NO_SNS,
    "SmsMfaConfiguration.SmsConfiguration": NO_SNS,
}
