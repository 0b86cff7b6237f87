// The commands cancel, retry and rm: of jobs that are named, or of all that match a filter. And what `wipe` shares with them.
import { systemClock } from "../clock.ts"
import { asRecord, asText } from "../values.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { type Ask, type Body, type Gateway, openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readMembers, readText } from "./input.ts"
import { findId, JOBS, readListed } from "./jobcalls.ts"
import { inLine } from "./terminal.ts"

interface Change {
  word: "cancel" | "retry" | "rm"
  /** As /v1/async/bulk calls it. */
  action: "cancel" | "retry" | "delete"
  done: string
  method: "POST" | "DELETE"
  /** What follows the path of a job. */
  path: string
}

export const cancel = makeCommand({
  word: "cancel",
  action: "cancel",
  done: "cancelled",
  method: "POST",
  path: "/cancel",
})
export const retry = makeCommand({
  word: "retry",
  action: "retry",
  done: "started again",
  method: "POST",
  path: "/replay",
})
export const remove = makeCommand({ word: "rm", action: "delete", done: "deleted", method: "DELETE", path: "" })

const BULK = "/v1/async/bulk"
const LOOK_MS = 200
const JSON_TYPE = { "content-type": "application/json" }

function makeCommand(change: Change) {
  return {
    run(input: Input): Promise<number> {
      const filter = readMembers(input, "filter")
      const isAll = isSet(input, "all")
      const hasFilter = Object.keys(filter).length > 0
      if ([input.words.length > 0, hasFilter, isAll].filter(Boolean).length !== 1) {
        throw new CommandError(
          "usage",
          `write either ids (asyncgate ps lists them), or --filter NAME=VALUE, or --all: asyncgate ${change.word} ID`,
        )
      }
      return hasFilter || isAll ? changeMatching(change, filter, isAll, input) : changeNamed(change, input)
    },
  }
}

/** Each by itself: one that cannot be changed does not keep the others from it. */
async function changeNamed(change: Change, input: Input): Promise<number> {
  const { terminal, words } = input
  const gateway = openGateway(input)
  const isJson = isSet(input, "json")
  let code = 0
  const seen = new Set<string>()
  for (const word of words) {
    try {
      const id = await findId(word, gateway)
      if (seen.has(id)) continue
      seen.add(id)
      if (isSet(input, "dryRun")) {
        const job = await readListed(id, gateway)
        if (isJson) terminal.show(`${JSON.stringify(job)}\n`)
        else terminal.write(`${id} would be ${change.done}\n`)
        continue
      }
      const response = await gateway.ask(`${JOBS}/${id}${change.path}`, makeAsk(change, input))
      const text = await response.text()
      if (isJson) terminal.write(text)
      else terminal.write(`${describe(change, id, text)}\n`)
    } catch (error) {
      if (!(error instanceof CommandError) || error.ending === "no_reader" || error.ending === "unreachable")
        throw error
      terminal.say(`asyncgate ${change.word}: ${inLine(word)}: ${inLine(error.message)}`)
      code ||= findCode(error.ending)
    }
  }
  return code
}

function makeAsk(change: Change, input: Input): Ask {
  const model = readModel(input)
  if (change.action !== "retry") return { method: change.method }
  return { method: change.method, headers: JSON_TYPE, body: JSON.stringify(model === null ? {} : { model }) }
}

/** A retry prints the id of the new job, so that it can be waited for. */
function describe(change: Change, id: string, answer: string): string {
  if (change.action === "retry") return asText(asRecord(JSON.parse(answer))["id"])
  if (change.action === "delete") return `${id} ${change.done}`
  // One that had ended before stays as it was.
  const { status, error } = asRecord(JSON.parse(answer))
  const isCancelled = asRecord(asRecord(error)["error"])["code"] === "job_cancelled"
  return `${id} ${isCancelled ? change.done : asText(status)}`
}

async function changeMatching(
  change: Change,
  filter: Record<string, string>,
  isAll: boolean,
  input: Input,
): Promise<number> {
  const { terminal } = input
  const gateway = openGateway(input)
  const model = readModel(input)
  const request = {
    action: change.action,
    filter,
    ...(model === null ? {} : { model }),
    ...(isAll ? { all: true } : {}),
  }
  const counted = await sendBulk({ ...request, count_only: true }, gateway)
  if (isSet(input, "dryRun")) {
    const count = Number(counted.value["count"])
    terminal.write(isSet(input, "json") ? counted.text : `${describeCount(counted.value)} would be ${change.done}\n`)
    return Number.isNaN(count) ? findCode("failed") : 0
  }
  agree(describeCount(counted.value), change.done, input)
  const { value } = await sendBulk(request, gateway)
  return show(change, await follow(value, "jobs", change.done, gateway, input), input)
}

/** The answer of the gateway to a bulk request: an operation, or a count. */
export function sendBulk(request: object, gateway: Gateway): Promise<Body> {
  return gateway.read(BULK, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(request) })
}

/** Asks whether this is to be done. @throws {CommandError} usage, failed: nobody has agreed */
export function agree(what: string, done: string, input: Input): void {
  const { terminal } = input
  if (isSet(input, "yes")) return
  if (!terminal.canAsk) throw new CommandError("usage", `${what} would be ${done}: add --yes to do it`)
  if (terminal.confirm(`${what} will be ${done}. Go on?`)) return
  throw new CommandError("failed", "nothing was changed")
}

function describeCount({ count, cost_usd }: Record<string, unknown>): string {
  const cost =
    typeof cost_usd === "number" && cost_usd > 0 ? `, which cost ${cost_usd.toFixed(4)} US dollars so far,` : ""
  return `${count} job${count === 1 ? "" : "s"}${cost}`
}

/** Waits for the end of an operation, and shows meanwhile how many are done. @param nouns what it changes, as `jobs` */
export async function follow(
  started: Record<string, unknown>,
  nouns: string,
  done: string,
  gateway: Gateway,
  input: Input,
): Promise<Body> {
  const { terminal } = input
  let operation: Body = { value: started, text: JSON.stringify(started) }
  while (operation.value["status"] === "running") {
    const { value } = operation
    if (!isSet(input, "quiet")) terminal.progress(`${value["done"]} of ${value["total"]} ${nouns} ${done}`)
    await new Promise<void>((resolve) => systemClock.after(LOOK_MS, resolve))
    operation = await gateway.read(`${BULK}/${started["id"]}`)
  }
  terminal.progress("")
  return operation
}

/** Prints how an operation has ended, and returns the exit code. */
function show(change: Change, { value, text }: Body, input: Input): number {
  if (isSet(input, "json")) input.terminal.show(`${text.trimEnd()}\n`)
  else input.terminal.write(`${describeOperation(value, "job", change.done)}\n`)
  return findOperationCode(value)
}

/** What an operation has done, in words. */
export function describeOperation(operation: Record<string, unknown>, noun: string, word: string): string {
  const { done, skipped, failed, error } = operation
  const rest = [
    ...(skipped ? [`${skipped} had changed before`] : []),
    ...(failed ? [`${failed} could not be: ${inLine(asText(asRecord(error)["message"]))}`] : []),
  ]
  return [`${done} ${noun}${done === 1 ? "" : "s"} ${word}`, ...rest].join("; ")
}

/** The exit code of a command whose operation has ended so. */
export function findOperationCode({ status, failed }: Record<string, unknown>): number {
  return status === "completed" && !failed ? 0 : findCode("failed")
}

function readModel(input: Input): string | null {
  return readText(input, "model")
}
