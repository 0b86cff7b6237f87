// GET /v1/async/usage: what was called, used and paid for by day, and what is left of the budgets of virtual keys.
import { listPeriods, type Period } from "../../auth/periods.ts"
import type { VirtualKey } from "../../auth/virtualkeys.ts"
import { GatewayError } from "../../errors.ts"
import { countDays } from "../../jobs/job.ts"
import type { Reads, UsageDimension, UsageRow } from "../../jobs/reads.ts"
import { formatTime } from "../dialects/jobobject.ts"
import { describeOwner } from "../intake/caller.ts"
import { type JobListOptions, waitForEnds } from "../joblist.ts"
import { json } from "../reply.ts"
import { checkNames } from "../request/filters.ts"
import { type ListerOptions, listOwners } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"

interface UsageOptions extends ListerOptions, Pick<JobListOptions, "engine" | "waits"> {
  reads: Reads
}

const DAY_MS = 86_400_000
const DAYS_DEFAULT = 30
const ROWS_MAX = 10_000

/** The words of `by`. */
const dimensions = new Map<string, UsageDimension>([
  ["day", "day"],
  ["provider", "provider"],
  ["model", "model"],
  ["type", "requestType"],
  ["owner", "owner"],
  ["key", "keyName"],
])

/** @throws {GatewayError} invalid_request, and as `listOwners` */
export async function showUsage(request: Request, options: UsageOptions): Promise<Response> {
  const owners = listOwners(request, options)
  const { from, to, by } = readQuery(new URL(request.url).searchParams, options.clock.now())
  await waitForEnds(request, options)
  const rows = await options.reads.usage({ owners, from, to, by, limit: ROWS_MAX + 1 })
  if (rows.length > ROWS_MAX) {
    const message = `these are more than ${ROWS_MAX} rows: ask for fewer days, or for less in by`
    throw new GatewayError("invalid_request", message, { param: "by" })
  }
  const page = {
    object: "list",
    data: rows.map((row) => writeRow(row, by, options)),
    budgets: await readBudgets(owners, options),
  }
  return json(page, { "cache-control": "no-store", "x-request-id": readRequestId(request) })
}

function readQuery(given: URLSearchParams, now: number) {
  checkNames(given, ["from", "to", "by"], "parameter")
  const to = readDay(given, "to") ?? countDays(now)
  const from = readDay(given, "from") ?? to - DAYS_DEFAULT + 1
  if (from > to) throw new GatewayError("invalid_request", "from must not be after to", { param: "from" })
  return { from, to, by: readBy(given.get("by") ?? "day") }
}

function readBy(text: string): ReadonlySet<UsageDimension> {
  const words = text.split(",").filter((word) => word !== "")
  return new Set(
    words.map((word) => {
      const dimension = dimensions.get(word)
      if (dimension !== undefined) return dimension
      const message = `by must be a list, with commas, of ${[...dimensions.keys()].join(", ")}`
      throw new GatewayError("invalid_request", message, { param: "by" })
    }),
  )
}

function readDay(given: URLSearchParams, name: string): number | null {
  const text = given.get(name)
  if (text === null) return null
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time) && formatDay(countDays(time)) === text) return countDays(time)
  throw new GatewayError("invalid_request", `${name} must be a day of UTC, as 2026-01-31`, { param: name })
}

function formatDay(day: number): string {
  return formatTime(day * DAY_MS).slice(0, 10)
}

/** The members that were asked for, and the sums. */
function writeRow(row: UsageRow, by: ReadonlySet<UsageDimension>, { keyring }: UsageOptions) {
  return {
    ...(row.day === null ? {} : { day: formatDay(row.day) }),
    ...(row.provider === null ? {} : { provider: row.provider }),
    ...(row.model === null ? {} : { model: row.model }),
    ...(row.requestType === null ? {} : { type: row.requestType }),
    ...(row.owner === null ? {} : { owner: describeOwner(row.owner, keyring) }),
    ...(by.has("keyName") ? { key_name: row.keyName || null } : {}),
    calls: row.calls,
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
    total_tokens: row.inputTokens + row.outputTokens,
    cost_usd: row.cost,
    calls_without_cost: row.callsWithoutCost,
  }
}

/** The budgets of the virtual keys whose jobs the caller sees, one entry for each period. */
async function readBudgets(owners: readonly string[] | null, { keyring, reads, clock }: UsageOptions) {
  const now = clock.now()
  const keys = keyring.list().filter(({ id }) => owners === null || owners.includes(`vk:${id}`))
  const limited = keys.flatMap((key) => listPeriods(key.budgets ?? {}, now).map((period) => ({ key, period })))
  // One question for each period, however many keys there are.
  const spent = new Map<number, UsageRow[]>()
  for (const { from } of limited.map(({ period }) => period)) {
    if (spent.has(from)) continue
    const days = { from: countDays(from), to: countDays(now) }
    spent.set(from, await reads.usage({ owners, ...days, by: new Set(["owner"]), limit: Number.MAX_SAFE_INTEGER }))
  }
  return limited.map(({ key, period }) =>
    writeBudget(
      key,
      period,
      spent.get(period.from)?.find(({ owner }) => owner === `vk:${key.id}`),
    ),
  )
}

function writeBudget({ id, name }: VirtualKey, { name: period, spend, until }: Period, spent: UsageRow | undefined) {
  const { inputTokens = 0, outputTokens = 0, cost = 0 } = spent ?? {}
  const resets_at = formatTime(until)
  return {
    virtual_key: { id, name },
    period,
    tokens: spend.tokens === undefined ? null : { limit: spend.tokens, used: inputTokens + outputTokens, resets_at },
    cost_usd: spend.cost === undefined ? null : { limit: spend.cost, used: cost, resets_at },
  }
}
