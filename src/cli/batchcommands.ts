// The commands about batches: batch submit, ls, get, cancel and results, on /v1/files and /v1/batches.
import { systemClock } from "../clock.ts"
import { asRecord, asRecords, asText } from "../values.ts"
import { copy } from "./answers.ts"
import { readBatchInput } from "./batchinput.ts"
import {
  BATCHES,
  describeCost,
  type Fields,
  hasEnded,
  nameBatchEnding,
  readCounts,
  waitForBatch,
} from "./batchprogress.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { type Gateway, openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readCount, readMembers, readText } from "./input.ts"
import { harmless, layOut, type Terminal } from "./terminal.ts"
import { formatAge } from "./texts.ts"

const FILES = "/v1/files"
/** A file of 512 MB over a slow line. */
const UPLOAD_MS_MAX = 3_600_000
const USUAL_COUNT = 20
const COUNT_MAX = 100
const ID_START_CHARS_MIN = 8

export const submit = {
  async run(input: Input): Promise<number> {
    const { terminal } = input
    const isQuiet = isSet(input, "quiet")
    const output = readText(input, "output")
    if (output !== null && !isSet(input, "wait"))
      throw new CommandError(
        "usage",
        "-o is for the results: write --wait too, or later asyncgate batch results ID -o FILE",
      )
    const { file, name, endpoint } = await readBatchInput(input.words[0] ?? "-", input)
    const metadata = readMembers(input, "metadata")
    const gateway = openGateway(input)
    const form = new FormData()
    form.append("purpose", "batch")
    form.append("file", file, name)
    if (!isQuiet) terminal.progress(`uploading ${name}`)
    const uploaded = await gateway.read(FILES, { method: "POST", body: form, withinMs: UPLOAD_MS_MAX })
    terminal.progress("")
    const { text, value } = await create(
      {
        input_file_id: uploaded.value["id"],
        endpoint,
        completion_window: readText(input, "window") ?? "24h",
        ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
      },
      gateway,
    )
    const id = asText(value["id"])
    if (isSet(input, "wait")) return finish(id, gateway, input)
    terminal.write(isSet(input, "json") ? text : `${id}\n`)
    if (terminal.isTerminal && !isQuiet)
      terminal.say(`follow it: asyncgate batch get ${id} --wait; its results: asyncgate batch results ${id}`)
    return 0
  },
}

/** Makes the batch. The file of one that is refused would be of no use. */
async function create(batch: Fields, gateway: Gateway) {
  const body = JSON.stringify(batch)
  try {
    return await gateway.read(BATCHES, { method: "POST", headers: { "content-type": "application/json" }, body })
  } catch (error) {
    // Where that fails too, the reason why there is no batch is still what matters, and the file expires by itself.
    await gateway.ask(`${FILES}/${asText(batch["input_file_id"])}`, { method: "DELETE" }).catch(() => {})
    throw error
  }
}

/** Waits for the end, prints the results, and ends as the batch has. */
async function finish(id: string, gateway: Gateway, input: Input): Promise<number> {
  const { terminal } = input
  const isQuiet = isSet(input, "quiet")
  const batch = await waitForBatch(id, gateway, terminal, isQuiet)
  terminal.progress("")
  if (isSet(input, "json")) terminal.write(`${JSON.stringify(batch)}\n`)
  else await printResults(batch, "output_file_id", gateway, input)
  if (!isQuiet) sayOutcome(batch, terminal)
  return findCode(nameBatchEnding(batch))
}

export const get = {
  async run(input: Input): Promise<number> {
    const { terminal } = input
    const gateway = openGateway(input)
    const id = await findBatchId(input.words[0] ?? "", gateway)
    const isWaited = isSet(input, "wait")
    // A gateway that has answered once may be started again while it is waited for.
    let { text, value } = await gateway.read(`${BATCHES}/${id}`)
    if (isWaited && !hasEnded(value)) {
      await waitForBatch(id, gateway, terminal, isSet(input, "quiet"))
      terminal.progress("")
      ;({ text, value } = await gateway.read(`${BATCHES}/${id}`))
    }
    terminal.write(isSet(input, "json") ? text : describeBatch(value))
    return isWaited ? findCode(nameBatchEnding(value)) : 0
  },
}

function describeBatch(batch: Fields): string {
  const { total, completed, failed } = readCounts(batch)
  const { input_tokens, output_tokens } = asRecord(batch["usage"])
  const errors = asRecords(asRecord(batch["errors"])["data"])
  const facts = [
    ["batch", asText(batch["id"])],
    ["status", `${asText(batch["status"])}${typeof batch["waits_for"] === "string" ? `: ${batch["waits_for"]}` : ""}`],
    ["endpoint", asText(batch["endpoint"])],
    ["lines", `${total} in all, ${completed} succeeded, ${failed} failed`],
    ["tokens", `${Number(input_tokens ?? 0)} in, ${Number(output_tokens ?? 0)} out`],
    ["cost", describeCost(batch)],
    ["made", `${formatAge(systemClock.wall() - Number(batch["created_at"]) * 1000)} ago`],
    ...(hasEnded(batch)
      ? []
      : [["expires", `in ${formatAge(Number(batch["expires_at"]) * 1000 - systemClock.wall())}`]]),
    ...errors.map(({ line, code, message }) => [
      line === null ? "error" : `line ${Number(line)}`,
      `${asText(message)} (${asText(code)})`,
    ]),
  ]
  return facts.map(([name = "", text = ""]) => `${name.padEnd(10)} ${harmless(text)}\n`).join("")
}

export const ls = {
  async run(input: Input): Promise<number> {
    const { terminal } = input
    const limit = readCount(input, "limit", USUAL_COUNT)
    if (limit > COUNT_MAX)
      throw new CommandError("usage", `--limit is at most ${COUNT_MAX}: write --limit ${COUNT_MAX}`)
    const { text, value } = await openGateway(input).read(`${BATCHES}?limit=${limit}`)
    const batches = asRecords(value["data"])
    if (isSet(input, "json")) terminal.write(text)
    else if (batches.length === 0) terminal.say("there are no batches; make one: asyncgate batch submit FILE.jsonl")
    else
      terminal.write(
        layOut(["ID", "STATUS", "DONE", "FAILED", "OF", "MADE", "ENDPOINT"], batches.map(describeRow), terminal.width),
      )
    return 0
  },
}

function describeRow(batch: Fields): string[] {
  const { total, completed, failed } = readCounts(batch)
  return [
    asText(batch["id"]),
    asText(batch["status"]),
    String(completed + failed),
    String(failed),
    String(total),
    `${formatAge(systemClock.wall() - Number(batch["created_at"]) * 1000)} ago`,
    asText(batch["endpoint"]),
  ]
}

export const cancel = {
  async run(input: Input): Promise<number> {
    const gateway = openGateway(input)
    const id = await findBatchId(input.words[0] ?? "", gateway)
    const { text, value } = await gateway.read(`${BATCHES}/${id}/cancel`, { method: "POST" })
    input.terminal.write(isSet(input, "json") ? text : `${id} ${asText(value["status"])}\n`)
    return 0
  },
}

export const results = {
  async run(input: Input): Promise<number> {
    const { terminal } = input
    const gateway = openGateway(input)
    const id = await findBatchId(input.words[0] ?? "", gateway)
    const { value: batch } = await gateway.read(`${BATCHES}/${id}`)
    if (!hasEnded(batch)) {
      if (!isSet(input, "quiet"))
        terminal.say(`${id} has not ended (${asText(batch["status"])}): asyncgate batch get ${id} --wait`)
      return findCode("unfinished")
    }
    const isOfErrors = isSet(input, "errors")
    await printResults(batch, isOfErrors ? "error_file_id" : "output_file_id", gateway, input)
    if (!isSet(input, "quiet") && !isOfErrors) sayOutcome(batch, terminal)
    return 0
  },
}

/** Prints a result file as it is, or writes it where -o says; nothing where there is none. */
async function printResults(
  batch: Fields,
  member: "output_file_id" | "error_file_id",
  gateway: Gateway,
  input: Input,
): Promise<void> {
  const file = batch[member]
  if (typeof file !== "string") return
  const response = await gateway.ask(`${FILES}/${encodeURIComponent(file)}/content`)
  const again = `asyncgate batch results ${asText(batch["id"])}`
  await copy(response, { again, file: readText(input, "output"), url: gateway.url }, input.terminal)
}

/** Says what did not succeed, and where that is. */
function sayOutcome(batch: Fields, terminal: Terminal): void {
  const id = asText(batch["id"])
  const { completed, failed } = readCounts(batch)
  terminal.say(`${asText(batch["status"])}: ${completed} succeeded, ${failed} failed, cost ${describeCost(batch)}`)
  for (const { line, message } of asRecords(asRecord(batch["errors"])["data"]))
    terminal.say(harmless(`${line === null ? "" : `line ${Number(line)}: `}${asText(message)}`))
  if (typeof batch["error_file_id"] === "string") terminal.say(`why: asyncgate batch results ${id} --errors`)
}

/**
 * The whole id of which this is the beginning.
 * @throws {CommandError} usage, failed
 */
async function findBatchId(given: string, gateway: Gateway): Promise<string> {
  const start = given.startsWith("batch_") ? given : `batch_${given}`
  if (!/^batch_[0-9a-f]+$/.test(start) || start.length < "batch_".length + ID_START_CHARS_MIN)
    throw new CommandError("usage", `${JSON.stringify(given)} is no id of a batch; asyncgate batch ls lists them`)
  if (start.length === "batch_".length + 32) return start
  const { value } = await gateway.read(`${BATCHES}?limit=${COUNT_MAX}`)
  const found = asRecords(value["data"]).flatMap(({ id }) => (asText(id).startsWith(start) ? [asText(id)] : []))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (only !== undefined)
    throw new CommandError(
      "usage",
      `more than one batch begins with ${start}: write more of the id (${found.slice(0, 5).join(", ")})`,
    )
  throw new CommandError(
    "failed",
    `no batch among the newest ${COUNT_MAX} begins with ${start}; asyncgate batch ls lists them`,
  )
}
