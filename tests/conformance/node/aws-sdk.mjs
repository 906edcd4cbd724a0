// The AWS SDK for JavaScript v3: unsigned, signed and refused calls over one connection pool.

import {
  AdminGetUserCommand,
  CognitoIdentityProviderClient,
  GetUserCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  RevokeTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { refusal, run } from "./scenario.mjs";

await run(async ({ endpoint, region, poolId, clientId, email, password, credentials }) => {
  const client = new CognitoIdentityProviderClient({ endpoint, region, credentials, maxAttempts: 1 });
  const signIn = (PASSWORD) =>
    client.send(
      new InitiateAuthCommand({
        ClientId: clientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: email, PASSWORD },
      }),
    );
  const { AccessToken, RefreshToken } = (await signIn(password)).AuthenticationResult;
  const self = await client.send(new GetUserCommand({ AccessToken }));
  const seen = await client.send(new AdminGetUserCommand({ UserPoolId: poolId, Username: email }));
  const filter = { UserPoolId: poolId, Filter: `email = "${email}"` };
  const listed = await client.send(new ListUsersCommand(filter));
  const wrong = await refusal(signIn(password + "x"));
  await client.send(new RevokeTokenCommand({ Token: RefreshToken, ClientId: clientId }));
  return {
    self: self.Username,
    created: seen.UserCreateDate.toISOString(),
    status: seen.UserStatus,
    listed: listed.Users.map((user) => user.Username),
    wrong,
    revoked: await refusal(client.send(new GetUserCommand({ AccessToken }))),
  };
});
