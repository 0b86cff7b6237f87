// The command webhooks verify: whether a webhook that was received is signed with a secret, or what is wrong with it.
import { readFileSync } from "node:fs"
import { systemClock } from "../clock.ts"
import { findSignatureFault } from "../webhooks/signing.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { type Input, isSet, readMembers, readText } from "./input.ts"
import { readSecret } from "./webhookcalls.ts"
import { readHeaderFile } from "./webhookheaders.ts"

export async function run(input: Input): Promise<number> {
  const { terminal, words } = input
  const secret = readSecret(input)
  if (secret === null) {
    throw new CommandError(
      "usage",
      "there is no secret: put it into ASYNCGATE_WEBHOOK_SECRET, or into a file that --secret-file names",
    )
  }
  const headers = readHeaders(input)
  const body = await readBody(words[0] ?? "-")
  const fault = findSignatureFault(secret, headers, body, Math.floor(systemClock.wall() / 1000))
  if (isSet(input, "json")) terminal.write(`${JSON.stringify({ is_right: fault === null, fault })}\n`)
  else terminal.write(`${fault ?? "The signature is right."}\n`)
  return fault === null ? 0 : findCode("failed")
}

function readHeaders(input: Input): Headers {
  const path = readText(input, "headersFile")
  return new Headers({ ...(path === null ? {} : readHeaderFile(path)), ...readMembers(input, "header") })
}

/** Exactly as it came: a line break more or less is another text. */
async function readBody(path: string): Promise<string> {
  try {
    const bytes = path === "-" ? await Bun.stdin.bytes() : readFileSync(path)
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    const what = path === "-" ? "standard input" : path
    throw new CommandError("usage", `the body of the webhook cannot be read from ${what}: ${(error as Error).message}`)
  }
}
