// The command webhooks listen: receives webhooks on this machine, shows them, and passes them on to the receiver that is being written.
// The gateway gets an endpoint for it, which is removed at the end; one that was left by a kill is removed by the next command.
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { readPrivate, replacePrivate, SetupRefused } from "../auth/privatefiles.ts"
import { randomBytes } from "../clock.ts"
import { findAppDir } from "../config/appdir.ts"
import { takeStopSignals } from "../process/signals.ts"
import { asRecord, asText } from "../values.ts"
import { findSecretFault, makeSecret } from "../webhooks/signing.ts"
import { type WebhookForm, webhookEvents } from "../webhooks/webhook.ts"
import { CommandError } from "./exitcodes.ts"
import { type Gateway, isLoopback, openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readText } from "./input.ts"
import { type Fields, listEndpoints, nameEndpointPath, readSecret, sendJson, WEBHOOKS } from "./webhookcalls.ts"
import { describeTest, readForm, sendTest } from "./webhookcommands.ts"
import { isListening, type Listener, openListener } from "./webhooklistener.ts"

/** The names of the endpoints that this command makes. */
const NAME = /^listen-[0-9a-f]{12}$/
const SECRET_FILE = "webhook-listen-secret"

export async function run(input: Input): Promise<number> {
  const target = readTarget(input)
  const form = readForm(input)
  if (isSet(input, "json"))
    throw new CommandError("usage", "--json is for one answer: write --print-json, which prints each webhook")
  const gateway = openGateway(input)
  if (!isLoopback(gateway.url)) {
    throw new CommandError(
      "usage",
      `the gateway at ${gateway.url} is on another machine, and cannot reach this one's loopback address: run the command there, or name an address that it reaches with asyncgate webhooks add`,
    )
  }
  await removeDead(gateway)
  const stops = takeStopSignals()
  const listener = openListener(target, findListenSecret(input), input)
  try {
    const endpoint = await register(listener, form, gateway)
    let signal: NodeJS.Signals
    try {
      await checkReach(endpoint, listener, gateway)
      sayHow(target, listener, gateway, input)
      signal = await Promise.race([stops.asked, listener.failed])
    } finally {
      await unregister(endpoint, gateway, input)
    }
    stops.release()
    // Whoever started it then sees by what it ended.
    process.kill(process.pid, signal)
    return await new Promise<never>(() => {})
  } finally {
    stops.release()
    await listener.close()
  }
}

/** @throws {CommandError} usage */
function readTarget(input: Input): string | null {
  const text = readText(input, "forwardTo")
  if (text === null) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new CommandError(
      "usage",
      `--forward-to ${JSON.stringify(text)} is no address: write --forward-to http://127.0.0.1:3000/webhook`,
    )
  return url.href
}

/**
 * The secret with which everything is signed for the receiver. It stays the same over restarts: in a file of the gateway's app
 * directory, unless another is given.
 */
function findListenSecret(input: Input): string {
  const given = readSecret(input)
  if (given !== null) return given
  const made = makeSecret(randomBytes)
  const path = join(findAppDir(readText(input, "appDir"), input.env), SECRET_FILE)
  if (!existsSync(dirname(path))) return made
  try {
    const kept = readPrivate(path)?.trim()
    if (kept !== undefined && findSecretFault(kept) === null) return kept
    replacePrivate(path, "w", () => `${made}\n`)
  } catch (error) {
    if (!(error instanceof SetupRefused)) throw error
    input.terminal.say(`the secret will be another one the next time: ${error.message}`)
  }
  return made
}

/** Removes the endpoints of commands that were killed. */
async function removeDead(gateway: Gateway): Promise<void> {
  for (const endpoint of await listEndpoints(gateway)) {
    if (NAME.test(asText(endpoint["name"])) && !(await isListening(asText(endpoint["url"]))))
      await gateway.read(nameEndpointPath(endpoint), { method: "DELETE" })
  }
}

async function register(listener: Listener, form: WebhookForm, gateway: Gateway): Promise<Fields> {
  const settings = {
    name: `listen-${randomBytes(6).toString("hex")}`,
    url: listener.url,
    form,
    events: webhookEvents[form],
    all_jobs: true,
    include_response: true,
    // The gateway may listen on more than loopback, and its owner wants this one.
    allow_private_network: true,
  }
  const { value } = await gateway.read(WEBHOOKS, sendJson("POST", settings))
  listener.trust(asText(value["secret"]))
  return asRecord(value["endpoint"])
}

/** @throws {CommandError} failed: the gateway does not reach this process */
async function checkReach(endpoint: Fields, listener: Listener, gateway: Gateway): Promise<void> {
  const { value } = await listener.whileChecked(() => sendTest(endpoint, null, gateway))
  if (value["delivered"] === true) return
  throw new CommandError(
    "failed",
    `the gateway at ${gateway.url} cannot reach this command: ${describeTest(value)}; it must run on this machine`,
  )
}

function sayHow(target: string | null, listener: Listener, gateway: Gateway, { terminal }: Input): void {
  terminal.say(
    `the webhooks of ${gateway.url} ${target === null ? "are shown here" : `go to ${target}`}; Ctrl-C ends it`,
  )
  terminal.say(`they are signed with ${listener.secret}`)
}

async function unregister(endpoint: Fields, gateway: Gateway, { terminal }: Input): Promise<void> {
  try {
    await gateway.read(nameEndpointPath(endpoint), { method: "DELETE" })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    terminal.say(`the webhook endpoint ${asText(endpoint["name"])} is left: the next webhooks listen removes it`)
    terminal.say(error.message)
  }
}
