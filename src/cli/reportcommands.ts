// The commands stats, queues, models and version: what a gateway tells of itself.
import pkg from "../../package.json" with { type: "json" }
import { systemClock } from "../clock.ts"
import { asList, asRecord, asRecords, asText, asWord } from "../values.ts"
import { CommandError } from "./exitcodes.ts"
import { openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readText } from "./input.ts"
import { layOut } from "./terminal.ts"
import { formatAge, formatBytes } from "./texts.ts"

type Fields = Record<string, unknown>

export const stats = {
  async run(input: Input): Promise<number> {
    const window = readText(input, "window") ?? "10m"
    const { text, value } = await openGateway(input).read(`/v1/async/stats?${new URLSearchParams({ window })}`)
    input.terminal.write(isSet(input, "json") ? text : drawStats(value))
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

export const queues = {
  async run(input: Input): Promise<number> {
    const { terminal } = input
    const { text, value } = await openGateway(input).read("/v1/async/queues")
    const lanes = asRecords(value["data"])
    if (isSet(input, "json")) terminal.write(text)
    else if (isSet(input, "jsonl")) terminal.write(lanes.map((lane) => `${JSON.stringify(lane)}\n`).join(""))
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
    const { text, value } = await openGateway(input).read(`/v1/models${query}`)
    const data = asRecords(value["data"])
    if (isSet(input, "json")) terminal.write(text)
    else if (isSet(input, "jsonl")) terminal.write(data.map((model) => `${JSON.stringify(model)}\n`).join(""))
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
      input.terminal.write(`${pkg.version}\n`)
      return 0
    }
    const gateway = await readGatewayVersion(input)
    const facts = { version: pkg.version, bun: Bun.version, platform: `${process.platform}-${process.arch}`, gateway }
    input.terminal.write(`${JSON.stringify(facts)}\n`)
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
