"""Every flow by every client that can do it, against `poolgate serve`.

| flow | boto3 | AWS CLI | Amplify | JS client | pycognito |
|---|---|---|---|---|---|
| authenticator: set up in a sign-in, used | yes | yes | yes | yes | used |
| SMS | yes | - | yes | yes | yes |
| choice of a factor | yes | yes | yes | yes | - |
| e-mail as a second factor | yes | yes | yes | - | - |
| USER_AUTH, one-time passwords | yes | yes | yes | - | - |
| passkeys | yes | yes | yes | - | - |
| devices | yes | as administrator | yes | yes | yes |
| CUSTOM_AUTH with SRP | yes | - | yes | yes | - |
| CUSTOM_AUTH without | yes | yes | yes | yes | - |
| sessions: list and revoke sessions | yes | yes | - | - | - |
| import job, curl | yes | yes | - | - | - |
| an imported password signs in | yes | yes | yes | yes | yes |
| refresh with rotation | yes | yes | yes | - | - |

What a client cannot do (`-`), whatever the server:

- amazon-cognito-identity-js (6.3) knows neither EMAIL_OTP nor MFA_SETUP by e-mail, USER_AUTH,
  WEB_AUTHN, or the operations of sessions and imports. It refreshes by REFRESH_TOKEN_AUTH alone,
  which is refused where refresh tokens rotate (a test shows it).
- Amplify has no interface for sessions (its sign-out is RevokeToken, or GlobalSignOut), and being
  a page's library none for imports.
- pycognito signs in by USER_SRP_AUTH and ADMIN_NO_SRP_AUTH, and raises NotImplementedError for
  any challenge but those of devices, SMS, authenticators and new passwords: no CUSTOM_AUTH, no
  USER_AUTH, no e-mail. It sends no Session with AssociateSoftwareToken, so cannot answer
  MFA_SETUP, and chooses no factor. It refreshes by REFRESH_TOKEN_AUTH alone.
- The AWS CLI and boto3 leave arithmetic to their callers: SRP and device proofs are tested with
  boto3 and pycognito's, in place of the CLI; passkeys come from an authenticator of the tests. A
  text message differs from an e-mail in a member's name alone: the CLI has the e-mail.
"""
