// What the doctor asks a running gateway: whether it is well, and how its providers answer.
import { version as programVersion } from "../../package.json" with { type: "json" }
import { asList, asRecord, asRecords, asText, asWord } from "../values.ts"
import { createResults, type Result } from "./doctor.ts"
import { CommandError } from "./exitcodes.ts"
import { type Gateway, openGateway } from "./gatewayclient.ts"
import type { Input } from "./input.ts"
import { inLine } from "./terminal.ts"

const HEALTH_MS_MAX = 5000
/** How long a test call may take. */
const CALL_SECONDS = 60
const CALL_LATE_MS = 10_000
const CHAT = "chat_completion"

/** Asks a gateway whether it can store and read jobs. @returns null: it can. @throws {CommandError} unreachable */
export async function askHealth(gateway: Gateway): Promise<string | null> {
  const { value } = await gateway.read("/health", { withinMs: HEALTH_MS_MAX, alsoTakes: 503 })
  return value["status"] === "ok" ? null : asText(value["reason"]) || "it does not say why"
}

/** @param isElsewhere the gateway was named by its address, and should be there */
export async function checkGateway(
  input: Input,
  isElsewhere: boolean,
): Promise<{ results: Result[]; gateway: Gateway | null }> {
  const { ok, warning, error } = createResults("gateway")
  let gateway: Gateway
  try {
    gateway = openGateway(input)
  } catch (thrown) {
    if (!(thrown instanceof CommandError) || thrown.ending !== "unreachable" || isElsewhere) throw thrown
    return { results: [ok("none runs in this directory")], gateway: null }
  }
  try {
    const trouble = await askHealth(gateway)
    const version = await readVersion(gateway)
    const results = [
      trouble === null
        ? ok(`it answers at ${gateway.url}`)
        : error(
            `it can do no new work: ${inLine(trouble)}`,
            "see its log; the database and the disk are looked at below",
          ),
      ...(version === null || version === programVersion
        ? []
        : [
            warning(
              `it runs version ${inLine(version)}, and this command is ${programVersion}`,
              "start it again to use the version that is installed",
            ),
          ]),
    ]
    return { results, gateway }
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown
    const remedy = isElsewhere ? "check the address" : "see its log, and start it again"
    return { results: [error(thrown.message, remedy)], gateway: null }
  }
}

/** Null: it does not tell this caller. */
async function readVersion(gateway: Gateway): Promise<string | null> {
  try {
    return asText((await gateway.read("/v1/async/me")).value["version"])
  } catch (thrown) {
    if (thrown instanceof CommandError && thrown.ending !== "unreachable") return null
    throw thrown
  }
}

/** How the calls of each provider have ended last, as the gateway remembers it. This makes no call. */
export async function checkProviders(gateway: Gateway): Promise<{ results: Result[]; callable: string[] }> {
  const { ok, warning, skipped } = createResults("providers")
  let providers: Record<string, unknown>[]
  try {
    providers = asRecords((await gateway.read("/v1/async/providers")).value["data"])
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown
    return { results: [skipped(thrown.message)], callable: [] }
  }
  const usable = providers.filter(({ access }) => typeof access === "string")
  const results = usable.flatMap((provider) => {
    const name = inLine(asText(provider["name"]))
    const troubles = [provider, ...asRecords(provider["keys"])].flatMap((one) => describeTrouble(one))
    const [first] = troubles
    return first === undefined
      ? []
      : [warning(`${name}: ${first}`, `check its key and its account; then asyncgate doctor --calls`)]
  })
  const names = usable.map(({ name }) => inLine(asText(name)))
  const callable = usable.filter((one) => asList(one["request_types"]).includes(CHAT)).map(({ name }) => asText(name))
  const all = ok(`${names.length} can be called: ${names.join(", ")}`)
  return { results: [all, ...results], callable }
}

function describeTrouble({ last_error, last_success_at, closed_until }: Record<string, unknown>): string[] {
  const { at, status, reason } = asRecord(last_error)
  const isOver = typeof last_success_at === "string" && last_success_at > asText(at)
  return [
    ...(typeof at === "string" && !isOver
      ? [`the last call failed at ${at}${status === null ? "" : ` with ${asWord(status)}`}: ${inLine(asText(reason))}`]
      : []),
    ...(typeof closed_until === "string" ? [`it takes no call before ${closed_until}`] : []),
  ]
}

/** Sends each provider a question of a few words, to the cheapest model that is known. Providers charge for that. */
export async function callProviders(names: readonly string[], gateway: Gateway): Promise<Result[]> {
  const results: Result[] = []
  // One after the other: a gateway with many providers has other work as well.
  for (const name of names) results.push(await callProvider(name, gateway))
  return results
}

async function callProvider(name: string, gateway: Gateway): Promise<Result> {
  const { ok, error, skipped } = createResults("calls")
  try {
    const model = await findCheapest(name, gateway)
    if (model === null)
      return skipped(`${name}: no model for chats is known by name`, `asyncgate submit -m ${name}/MODEL Hello --wait`)
    const body = { model, max_tokens: 16, messages: [{ role: "user", content: "Answer with the word ok." }] }
    const { value } = await gateway.read("/v1/async/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json", prefer: `wait=${CALL_SECONDS}` },
      body: JSON.stringify(body),
      withinMs: CALL_SECONDS * 1000 + CALL_LATE_MS,
    })
    if (value["status"] === "completed") return ok(`${model} answers`)
    if (value["status"] !== "failed")
      return error(`${model} has not answered in ${CALL_SECONDS} s`, `asyncgate wait ${asText(value["id"])}`)
    const { message } = asRecord(asRecord(value["error"])["error"])
    return error(
      `${model}: ${inLine(asText(message))}`,
      "check its key and its account, and that the model is open to it",
    )
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown
    return error(`${name}: ${thrown.message}`, `asyncgate models ${name} lists what it has`)
  }
}

async function findCheapest(provider: string, gateway: Gateway): Promise<string | null> {
  const { value } = await gateway.read(`/v1/models?${new URLSearchParams({ provider })}`)
  const models = asRecords(value["data"]).filter(
    ({ id, request_types }) => asList(request_types).includes(CHAT) && !asText(id).endsWith("/*"),
  )
  const price = ({ pricing }: Record<string, unknown>) =>
    Number(asRecord(pricing)["output_per_million"] ?? Number.POSITIVE_INFINITY)
  const [first] = models.toSorted((one, other) => price(one) - price(other) || 0)
  return first === undefined ? null : asText(first["id"])
}
