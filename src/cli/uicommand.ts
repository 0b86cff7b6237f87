// The command ui: opens the dashboard in a browser, signed in where there is a token.
import { asRecord, asText } from "../values.ts"
import { findOpener, openPlain, openSecret } from "./browser.ts"
import { CommandError } from "./exitcodes.ts"
import { findToken, type Gateway, openGateway } from "./gatewayclient.ts"
import { type Input, isSet } from "./input.ts"

export async function run(input: Input): Promise<number> {
  const { terminal, env } = input
  const gateway = openGateway(input)
  const token = findToken(input)
  const me = await readMe(gateway, token !== null)
  const kind = asText(me["kind"])
  const address = `${gateway.url}/ui`
  await refuseWithout(address, gateway.ask)
  const signsIn = token !== null && (kind === "admin" || kind === "virtual_key")
  const opener = isSet(input, "print") || env["CI"] ? null : findOpener(env)
  const isOpened = opener !== null
  if (isSet(input, "json"))
    terminal.write(`${JSON.stringify({ object: "ui", url: address, kind, signs_in: signsIn && isOpened })}\n`)
  else terminal.write(`${address}\n`)
  if (opener === null) {
    if (kind === "anonymous" || signsIn) terminal.say(`sign in there with ${explainKeys(signsIn)}`)
    else if (!isSet(input, "print")) terminal.say("no browser can be opened from here: open the address in one")
    return 0
  }
  try {
    if (signsIn) await openSecret(`${address}#token=${encodeURIComponent(token)}`, opener, env)
    else await openPlain(address, opener, env)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(
      error.ending,
      `${error.message}: open ${address} in a browser${signsIn ? ", and sign in there" : ""}`,
    )
  }
  if (signsIn)
    terminal.say(`signed in as ${kind === "admin" ? "the admin" : asText(asRecord(me["virtual_key"])["name"])}`)
  else if (kind === "anonymous") terminal.say(`sign in there with ${explainKeys(false)}`)
  return 0
}

/** Who the caller is. A token that the gateway does not know is refused before anything is opened; without one the page asks for it. */
async function readMe({ read }: Gateway, hasToken: boolean): Promise<Record<string, unknown>> {
  try {
    return (await read("/v1/async/me")).value
  } catch (error) {
    if (hasToken || !(error instanceof CommandError) || error.ending !== "denied") throw error
    return { kind: "anonymous" }
  }
}

function explainKeys(hasToken: boolean): string {
  if (hasToken) return "the token that this command was given"
  return "the admin token (asyncgate admin-token rotate) or a virtual key (asyncgate vk create NAME)"
}

/** @throws {CommandError} failed: the gateway serves no dashboard */
async function refuseWithout(address: string, ask: Gateway["ask"]): Promise<void> {
  try {
    const response = await ask("/ui")
    await response.body?.cancel()
  } catch (error) {
    if (!(error instanceof CommandError) || !error.message.includes("(route_not_found)")) throw error
    const message = `the gateway serves no dashboard at ${address}: ui.enabled is false in its config.json`
    throw new CommandError("failed", message)
  }
}
