// The commands about webhook endpoints and their deliveries: webhooks ls, add, rm, enable, disable, rotate, test and resend.
import { systemClock } from "../clock.ts"
import { asList, asRecords, asText, asWord } from "../values.ts"
import { type WebhookForm, webhookEvents, webhookForms } from "../webhooks/webhook.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { type Gateway, openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readCount, readList, readText } from "./input.ts"
import { harmless, layOut } from "./terminal.ts"
import { formatAge } from "./texts.ts"
import { type Fields, findEndpoint, listEndpoints, nameEndpointPath, sendJson, WEBHOOKS } from "./webhookcalls.ts"
import { readHeaderFile } from "./webhookheaders.ts"

const USUAL_COUNT = 20
const COUNT_MAX = 100

export const ls = {
  async run(input: Input): Promise<number> {
    const [word] = input.words
    const count = readCount(input, "limit", USUAL_COUNT)
    if (count > COUNT_MAX)
      throw new CommandError("usage", `--limit is at most ${COUNT_MAX}: write --limit ${COUNT_MAX}`)
    if (word === undefined && readText(input, "limit") !== null)
      throw new CommandError("usage", "--limit is for the deliveries of one endpoint: asyncgate webhooks ls NAME")
    const gateway = openGateway(input)
    return word === undefined ? showEndpoints(gateway, input) : showDeliveries(word, count, gateway, input)
  },
}

async function showEndpoints(gateway: Gateway, input: Input): Promise<number> {
  const { terminal } = input
  if (isSet(input, "json")) {
    terminal.write((await gateway.read(WEBHOOKS)).text)
    return 0
  }
  const endpoints = await listEndpoints(gateway)
  if (endpoints.length === 0) terminal.say("there are no webhook endpoints; make one: asyncgate webhooks add NAME URL")
  else {
    const head = ["NAME", "STATE", "EVENTS", "SUCCESS", "FAILURE", "FAILED IN A ROW", "URL"]
    terminal.write(layOut(head, endpoints.map(describeEndpoint), terminal.width))
  }
  return 0
}

function describeEndpoint(endpoint: Fields): string[] {
  const { name, url, events, disabled, disabled_reason, last_success_at, last_failure_at } = endpoint
  const why = typeof disabled_reason === "string" ? `: ${disabled_reason}` : ""
  const state = disabled === true ? `off${why}` : "on"
  return [
    asText(name),
    state,
    asList(events)
      .map((event) => asWord(event).replace(/^async_job\./, ""))
      .join(","),
    describeAge(last_success_at),
    describeAge(last_failure_at),
    asWord(endpoint["consecutive_failures"]),
    asText(url),
  ]
}

function describeAge(at: unknown): string {
  return typeof at === "string" ? `${formatAge(systemClock.wall() - Date.parse(at))} ago` : "-"
}

/** The newest deliveries first, each with how its latest try ended. */
async function showDeliveries(word: string, count: number, gateway: Gateway, input: Input): Promise<number> {
  const { terminal } = input
  const path = nameEndpointPath(await findEndpoint(word, gateway))
  const { text, value } = await gateway.read(`${path}/deliveries?limit=${count}`)
  const tries = asRecords(value["deliveries"])
  const rows = asRecords(value["groups"]).map((group) => {
    const latest = tries.find(({ webhook_id }) => webhook_id === group["webhook_id"])
    return describeDelivery(group, latest ?? {})
  })
  const head = ["ID", "MADE", "EVENT", "STATE", "TRIES", "NEXT", "STATUS", "ERROR"]
  if (isSet(input, "json")) terminal.write(text)
  else if (rows.length === 0)
    terminal.say(`nothing was delivered to it yet; try it: asyncgate webhooks test ${JSON.stringify(word)}`)
  else terminal.write(layOut(head, rows, terminal.width))
  return 0
}

function describeDelivery(group: Fields, { status_code, error }: Fields): string[] {
  const { webhook_id, created_at, event, state, attempts, next_attempt_at } = group
  const waitMs = typeof next_attempt_at === "string" ? Date.parse(next_attempt_at) - systemClock.wall() : null
  return [
    asText(webhook_id),
    describeAge(created_at),
    asText(event),
    asText(state),
    asWord(attempts),
    waitMs === null ? "-" : waitMs <= 0 ? "now" : `in ${formatAge(waitMs)}`,
    asWord(status_code) || "-",
    asText(error),
  ]
}

export const add = {
  async run(input: Input): Promise<number> {
    const [name, url] = input.words
    const events = readList(input, "event")
    const headersFile = readText(input, "headersFile")
    const form = readForm(input)
    const settings = {
      name,
      url,
      form,
      events: events.length > 0 ? events : webhookEvents[form],
      all_jobs: isSet(input, "allJobs"),
      include_response: isSet(input, "includeResponse"),
      allow_private_network: isSet(input, "allowPrivateNetwork"),
      headers: headersFile === null ? {} : readHeaderFile(headersFile),
    }
    const { text, value } = await openGateway(input).read(WEBHOOKS, sendJson("POST", settings))
    return printSecret(text, value, input, [
      `the webhook endpoint ${JSON.stringify(name)} is made; this is the one time that its secret is shown:`,
      ...(settings.all_jobs || form === "event"
        ? []
        : [`it is told of jobs that name it: asyncgate submit --header x-bf-async-webhook=${name}`]),
    ])
  },
}

/** @throws {CommandError} usage */
export function readForm(input: Input): WebhookForm {
  const text = readText(input, "form") ?? "bifrost"
  const form = webhookForms.find((known) => known === text)
  if (form !== undefined) return form
  throw new CommandError("usage", `--form ${JSON.stringify(text)} is none: write --form ${webhookForms.join(" or ")}`)
}

/** The secret on standard output, for a file or a variable; what is said of it on standard error. */
function printSecret(text: string, value: Fields, input: Input, notes: readonly string[]): number {
  const { terminal } = input
  if (isSet(input, "json")) terminal.write(text)
  else {
    for (const note of notes) terminal.say(harmless(note))
    terminal.write(`${asText(value["secret"])}\n`)
  }
  return 0
}

export const remove = makeChange(
  async (endpoint, gateway) => gateway.read(nameEndpointPath(endpoint), { method: "DELETE" }),
  "deleted, with its deliveries",
)
export const enable = makeChange((endpoint, gateway) => switchTo(endpoint, false, gateway), "on")
export const disable = makeChange((endpoint, gateway) => switchTo(endpoint, true, gateway), "off")

function makeChange(run: (endpoint: Fields, gateway: Gateway) => Promise<{ text: string }>, done: string) {
  return {
    async run(input: Input): Promise<number> {
      const gateway = openGateway(input)
      const endpoint = await findEndpoint(input.words[0] ?? "", gateway)
      const { text } = await run(endpoint, gateway)
      const said = `the webhook endpoint ${JSON.stringify(endpoint["name"])} is ${done}\n`
      input.terminal.write(isSet(input, "json") ? text : harmless(said))
      return 0
    },
  }
}

function switchTo(endpoint: Fields, disabled: boolean, gateway: Gateway) {
  return gateway.read(nameEndpointPath(endpoint), sendJson("PUT", { ...endpoint, disabled }))
}

export const rotate = {
  async run(input: Input): Promise<number> {
    const gateway = openGateway(input)
    const endpoint = await findEndpoint(input.words[0] ?? "", gateway)
    const keeps = !isSet(input, "now")
    const ask = sendJson("POST", { keep_previous_hours: keeps ? 24 : 0 })
    const { text, value } = await gateway.read(`${nameEndpointPath(endpoint)}/rotate-secret`, ask)
    const before = keeps ? "the secret before signs too for 24 hours" : "the secret before is void"
    return printSecret(text, value, input, [`${before}; this is the one time that the new one is shown:`])
  },
}

/** How long a receiver may take at most, and the gateway with it. */
const TEST_MS_MAX = 330_000

export const test = {
  async run(input: Input): Promise<number> {
    const { terminal } = input
    const gateway = openGateway(input)
    const endpoint = await findEndpoint(input.words[0] ?? "", gateway)
    const { text, value } = await sendTest(endpoint, readText(input, "event"), gateway)
    const isDelivered = value["delivered"] === true
    if (isSet(input, "json")) terminal.write(text)
    else terminal.write(`${describeTest(value)}\n`)
    return isDelivered ? 0 : findCode("failed")
  },
}

/** Sends a sample, by the way of all deliveries. @param event null: the first that the endpoint gets */
export function sendTest(endpoint: Fields, event: string | null, gateway: Gateway) {
  const asked = event ?? asText(asList(endpoint["events"])[0])
  const ask = { ...sendJson("POST", { event: asked }), withinMs: TEST_MS_MAX }
  return gateway.read(`${nameEndpointPath(endpoint)}/test`, ask)
}

export function describeTest({ delivered, receiver_status_code, error }: Fields): string {
  const status = asWord(receiver_status_code)
  const answered = status === "" ? "no answer" : `the receiver answered ${status}`
  const why = typeof error === "string" && error !== "" ? `: ${error}` : ""
  return harmless(`${delivered === true ? "delivered" : "not delivered"}: ${answered}${why}`)
}

export const resend = {
  async run(input: Input): Promise<number> {
    const id = encodeURIComponent(input.words[0] ?? "")
    const { text, value } = await openGateway(input).read(`${WEBHOOKS}/deliveries/${id}/redeliver`, { method: "POST" })
    const said = `it is sent again, as ${asText(value["webhook_id"])}\n`
    input.terminal.write(isSet(input, "json") ? text : harmless(said))
    return 0
  },
}
