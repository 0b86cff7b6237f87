// The commands stats, queues, models and version: what a gateway tells of itself.
import { version as programVersion } from "../../package.json" with { type: "json" }
import { systemClock } from "../clock.ts"
import { asList, asRecord, asRecords, asText, asWord, isRecord } from "../values.ts"
import { CommandError } from "./exitcodes.ts"
import { openGateway, refuseStranger } from "./gatewayclient.ts"
import { type Input, isSet, readText, readTimeMs } from "./input.ts"
import { layOut } from "./terminal.ts"
import { formatAge, formatAgo, formatBytes } from "./texts.ts"

type Fields = Record<string, unknown>

export const stats = {
  async run(input: Input): Promise<number> {
    const by = readText(input, "by")
    const sinceMs = readTimeMs(input, "since")
    if (by !== null) return showUsage(by, sinceMs, input)
    if (sinceMs !== null) throw new CommandError("usage", "--since is for --by: write stats --by day --since 7d")
    const window = readText(input, "window") ?? "10m"
    const gateway = openGateway(input)
    const { text, value } = await gateway.read(`/v1/async/stats?${new URLSearchParams({ window })}`)
    if (!isRecord(value["current"])) throw refuseStranger(gateway.url)
    input.terminal.show(isSet(input, "json") ? text : drawStats(value))
    return 0
  },
}

function drawStats({ current, points, health, window }: Fields): string {
  const { queued, running, waiting, oldest_queued_at } = asRecord(current)
  const { status, store, version, uptime_s, rss_bytes } = asRecord(health)
  const { database_bytes, disk_free_bytes, reason } = asRecord(store)
  const sum = (name: string) => asRecords(points).reduce((total, point) => total + Number(point[name] ?? 0), 0)
  const oldest =
    typeof oldest_queued_at === "string"
      ? `, the oldest for ${formatAge(systemClock.wall() - Date.parse(oldest_queued_at))}`
      : ""
  const lines = [
    ["gateway", `${asText(status)}${typeof reason === "string" ? ` (${reason})` : ""}, version ${asText(version)}`],
    ["up", `${formatAge(Number(uptime_s) * 1000)}, ${formatBytes(Number(rss_bytes))} of memory`],
    ["now", `${asWord(queued) || "?"} queued${oldest}, ${asWord(running)} running, ${asWord(waiting)} waiting`],
    [
      `last ${asText(window)}`,
      `${sum("accepted")} accepted, ${sum("succeeded")} succeeded, ${sum("failed")} failed, ${sum("cancelled")} cancelled`,
    ],
    ["disk", `${formatBytes(Number(database_bytes))} of jobs, ${formatBytes(Number(disk_free_bytes))} free`],
  ]
  return lines.map(([name = "", text]) => `${name.padEnd(10)} ${text}\n`).join("")
}

/** What was called, used and paid for. @param sinceMs null: as far back as the API goes by itself */
async function showUsage(by: string, sinceMs: number | null, input: Input): Promise<number> {
  const { terminal } = input
  if (readText(input, "window") !== null)
    throw new CommandError("usage", "--window is of the last minutes or hours: with --by write --since 7d")
  const query = new URLSearchParams({ by })
  if (sinceMs !== null) query.set("from", formatAgo(sinceMs, systemClock.wall()).slice(0, 10))
  const { text, value, data } = await openGateway(input).readList(`/v1/async/usage?${query}`)
  if (isSet(input, "json")) terminal.show(text)
  else if (data.length === 0) terminal.say("nothing was called in these days")
  else terminal.write(drawUsage(by.split(",").filter(Boolean), data, terminal.width))
  if (!isSet(input, "json")) terminal.write(drawBudgets(asRecords(value["budgets"]), terminal.width))
  return 0
}

function drawUsage(by: readonly string[], data: readonly Fields[], width: number): string {
  const rows = data.map((row) => [
    ...by.map((word) => describeDimension(word === "key" ? row["key_name"] : row[word])),
    ...["calls", "input_tokens", "output_tokens"].map((name) => asWord(row[name])),
    Number(row["cost_usd"]).toFixed(4),
    asWord(row["calls_without_cost"]),
  ])
  const head = [...by.map((word) => word.toUpperCase()), "CALLS", "TOKENS IN", "TOKENS OUT", "USD", "OF UNKNOWN COST"]
  return layOut(head, rows, width)
}

/** An owner is an object. */
function describeDimension(value: unknown): string {
  const { name, id, kind } = asRecord(value)
  return [name, id, kind, value].map(asWord).find((text) => text !== "" && text !== "null") ?? "-"
}

function drawBudgets(budgets: readonly Fields[], width: number): string {
  if (budgets.length === 0) return ""
  const share = (value: unknown, unit: string) => {
    const { limit, used } = asRecord(value)
    return limit === undefined ? "-" : `${Number(Number(used).toFixed(4))} of ${asWord(limit)}${unit}`
  }
  const rows = budgets.map(({ virtual_key, period, tokens, cost_usd }) => [
    asText(asRecord(virtual_key)["name"]),
    asText(period),
    share(tokens, ""),
    share(cost_usd, " US dollars"),
    asText(asRecord(tokens ?? cost_usd)["resets_at"]),
  ])
  return `\n${layOut(["BUDGET OF", "PERIOD", "TOKENS", "COST", "RESETS AT"], rows, width)}`
}

export const queues = {
  async run(input: Input): Promise<number> {
    const { terminal } = input
    const { text, data: lanes } = await openGateway(input).readList("/v1/async/queues")
    if (isSet(input, "json")) terminal.show(text)
    else if (isSet(input, "jsonl")) terminal.show(lanes.map((lane) => `${JSON.stringify(lane)}\n`).join(""))
    else if (lanes.length === 0) terminal.say("nothing waits and nothing runs")
    else terminal.write(drawLanes(lanes, terminal.width))
    return 0
  },
}

function drawLanes(lanes: readonly Fields[], width: number): string {
  const now = systemClock.wall()
  const rows = lanes.map(({ provider, model, priority, depth, oldest_at, in_flight, place, waits_for }) => [
    `${asText(provider)}/${asText(model)}`,
    asText(priority),
    asWord(depth),
    asWord(in_flight),
    typeof oldest_at === "string" ? formatAge(now - Date.parse(oldest_at)) : "-",
    asText(place),
    asRecords(waits_for)
      .map(({ reason }) => asText(reason))
      .join("; "),
  ])
  return layOut(["MODEL", "PRIORITY", "QUEUED", "RUNNING", "OLDEST", "PLACE", "WAITS FOR"], rows, width)
}

export const models = {
  async run(input: Input): Promise<number> {
    const { terminal, words } = input
    const [provider] = words
    const query = provider === undefined ? "" : `?${new URLSearchParams({ provider })}`
    const { text, data } = await openGateway(input).readList(`/v1/models${query}`)
    if (isSet(input, "json")) terminal.show(text)
    else if (isSet(input, "jsonl")) terminal.show(data.map((model) => `${JSON.stringify(model)}\n`).join(""))
    else if (data.length === 0) terminal.say("no models: set the key of a provider, as docs/providers.md says")
    else terminal.write(drawModels(data, terminal.width))
    return 0
  },
}

function drawModels(data: readonly Fields[], width: number): string {
  const rows = data.map(({ id, types, request_types, context_length }) => [
    asText(id),
    asWord(context_length) || "-",
    asList(types ?? request_types)
      .map(asWord)
      .join(", "),
  ])
  return layOut(["MODEL", "CONTEXT", "TYPES"], rows, width)
}

export const version = {
  async run(input: Input): Promise<number> {
    if (!isSet(input, "json")) {
      input.terminal.write(`${programVersion}\n`)
      return 0
    }
    const gateway = await readGatewayVersion(input)
    const facts = {
      version: programVersion,
      bun: Bun.version,
      platform: `${process.platform}-${process.arch}`,
      gateway,
    }
    input.terminal.show(`${JSON.stringify(facts)}\n`)
    return 0
  },
}

/** Null: none answers, or it does not say. */
async function readGatewayVersion(input: Input): Promise<{ url: string; version: string } | null> {
  try {
    const { url, read } = openGateway(input)
    const { value } = await read("/v1/async/me")
    return { url, version: asText(value["version"]) }
  } catch (error) {
    if (error instanceof CommandError && error.ending !== "usage") return null
    throw error
  }
}
