import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

// A script is one scenario: `await run(async (input) => ({...}))` prints the answer as JSON.

export async function run(scenario) {
  const answer = await scenario(JSON.parse(process.env.INPUT));
  // Clients keep timers and sockets: leave as soon as the answer is written.
  process.stdout.write(JSON.stringify(answer) + "\n", () => process.exit(0));
}

// The name of the error that a promise ends with, as the client tells it apart.
export async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    const name = error.name === "Error" ? error.constructor.name : error.name;
    return { code: error.error ?? error.code ?? name, name, message: error.message };
  }
  return null;
}

export function payload(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
}

// The code in the newest message to an address, once there are so many of them in the outbox.
export async function codeOf(outbox, address, messages) {
  for (;;) {
    const lines = readFileSync(outbox, "utf8").trim().split("\n");
    const sent = lines.map((line) => JSON.parse(line)).filter((entry) => entry.to === address);
    if (sent.length >= messages) {
      return sent.at(-1).code;
    }
    await pause(20);
  }
}
