// What the commands of webhooks ask the gateway: its endpoints and their deliveries, in the form of /api/webhooks.
import { readFileSync } from "node:fs"
import { asRecords, asText } from "../values.ts"
import { findSecretFault } from "../webhooks/signing.ts"
import { CommandError } from "./exitcodes.ts"
import type { Gateway } from "./gatewayclient.ts"
import { type Asking, readText } from "./input.ts"

/** An endpoint or a try of a delivery, as the API has it. */
export type Fields = Record<string, unknown>

export const WEBHOOKS = "/api/webhooks"
const PAGE = 100

/** All endpoints. */
export async function listEndpoints(gateway: Gateway): Promise<Fields[]> {
  const found: Fields[] = []
  for (;;) {
    const { value } = await gateway.read(`${WEBHOOKS}?limit=${PAGE}&offset=${found.length}`)
    const page = asRecords(value["endpoints"])
    found.push(...page)
    if (page.length < PAGE) return found
  }
}

/**
 * The endpoint of this name or id.
 * @throws {CommandError} failed, usage
 */
export async function findEndpoint(word: string, gateway: Gateway): Promise<Fields> {
  const all = await listEndpoints(gateway)
  const named = all.filter(({ id, name }) => id === word || name === word)
  const [found] = named
  if (named.length > 1) {
    const ids = named.map(({ id }) => asText(id)).join(", ")
    throw new CommandError("usage", `several callers have an endpoint ${JSON.stringify(word)}: write its id (${ids})`)
  }
  if (found !== undefined) return found
  throw new CommandError(
    "failed",
    `there is no webhook endpoint ${JSON.stringify(word)}; asyncgate webhooks ls lists them`,
  )
}

export function nameEndpointPath({ id }: Fields): string {
  return `${WEBHOOKS}/${encodeURIComponent(asText(id))}`
}

/** A request with a body of JSON. */
export function sendJson(method: "POST" | "PUT", body: Fields) {
  return { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
}

/**
 * The secret of `--secret-file`, or of the environment; null: there is neither.
 * @throws {CommandError} usage
 */
export function readSecret(input: Asking): string | null {
  const path = readText(input, "secretFile")
  const secret = path === null ? input.env["ASYNCGATE_WEBHOOK_SECRET"]?.trim() || null : readSecretFile(path)
  const fault = secret === null ? null : findSecretFault(secret)
  if (fault === null) return secret
  throw new CommandError("usage", `the secret in ${path ?? "ASYNCGATE_WEBHOOK_SECRET"} ${fault}`)
}

function readSecretFile(path: string): string {
  try {
    return readFileSync(path, "utf8").trim()
  } catch (error) {
    throw new CommandError("usage", `--secret-file cannot be read: ${(error as Error).message}`)
  }
}
