// Prints the answer of a job: a text as it is, sounds and images as bytes, everything else as the JSON that is stored.
import { closeSync, openSync, writeSync } from "node:fs"
import { getClientType } from "../endpoints/clienttypes.ts"
import { asList, asRecord, asText } from "../values.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import type { Gateway } from "./gatewayclient.ts"
import { JOBS, nameEnding, readListed, sayEnd } from "./jobcalls.ts"
import { BodyBroken, readPieces } from "./pieces.ts"
import { harmless, type Terminal } from "./terminal.ts"

/** How long a gateway may be silent in the middle of an answer. */
const SILENT_MS_MAX = 60_000

export interface AnswerOptions {
  /** Where it is written; null: to standard output. */
  file: string | null
  /** Which image of several. */
  index: number
  isJson: boolean
  isQuiet: boolean
  /** The beginning of the text, where that is printed already. Another text follows it in a line of its own. */
  printed?: string
}

/** @returns the exit code, which is that of the job */
export async function printAnswer(
  id: string,
  gateway: Gateway,
  terminal: Terminal,
  options: AnswerOptions,
): Promise<number> {
  if (options.isJson) return printJob(id, gateway, terminal, options.file)
  const job = await readListed(id, gateway)
  const ending = nameEnding(job)
  if (ending !== "done") {
    sayEnd(job, terminal)
    return findCode(ending)
  }
  const type = getClientType(asText(job["request_type"]))
  const isImage = type.hasImages === true
  if (type.isSound || (isImage && options.file !== null)) {
    await printContent(id, gateway, terminal, options)
    return 0
  }
  const { text, value } = await gateway.read(`${JOBS}/${id}`)
  const said = type.toText?.(asRecord(value["result"])) ?? null
  if (isImage && !options.isQuiet && terminal.isTerminal) {
    const count = asList(asRecord(value["result"])["data"]).length
    terminal.say(`${count} image${count === 1 ? "" : "s"}; write one to a file: asyncgate get ${id} -o image.png`)
    return 0
  }
  const shown = said ?? readMember(text, "result")
  const ended = shown.endsWith("\n") ? shown : `${shown}\n`
  const { printed = "" } = options
  const rest = printed === "" ? ended : ended.startsWith(printed) ? ended.slice(printed.length) : `\n${ended}`
  save({ again: `asyncgate get ${id}`, file: options.file }, rest, terminal)
  return 0
}

/** The job as the API shows it. */
async function printJob(id: string, gateway: Gateway, terminal: Terminal, file: string | null): Promise<number> {
  const { text, value } = await gateway.read(`${JOBS}/${id}`)
  const job = value["state"] === undefined ? await readListed(id, gateway) : value
  save({ again: `asyncgate get ${id}`, file }, text, terminal)
  return findCode(nameEnding(job))
}

/** The result as it is stored, its numbers with all of their digits. */
function readMember(text: string, name: string): string {
  const value = asRecord(JSON.parse(text))[name]
  // It is the last member of the job.
  const start = text.indexOf(`,"${name}":`)
  const stored = text.slice(start + name.length + 4).replace(/\}\s*$/, "")
  try {
    if (Bun.deepEquals(JSON.parse(stored), value)) return stored
  } catch {}
  return JSON.stringify(value)
}

async function printContent(id: string, gateway: Gateway, terminal: Terminal, options: AnswerOptions): Promise<void> {
  const { file, index, isQuiet } = options
  if (file === null && terminal.isTerminal) {
    throw new CommandError("usage", "the answer is no text: write it to a file with -o FILE, or send it on with |")
  }
  const query = index === 0 ? "" : `?index=${index}`
  const response = await gateway.ask(`${JOBS}/${id}/content${query}`, { mayPoint: true })
  const elsewhere = response.headers.get("location")
  if (elsewhere !== null) {
    // It is the provider's, who need not know that it was fetched, nor by whom.
    terminal.write(`${harmless(elsewhere)}\n`)
    if (!isQuiet) terminal.say("the provider has answered with an address, which is printed instead")
    return
  }
  await copy(response, { again: `asyncgate get ${id}`, file, url: gateway.url }, terminal)
  if (file !== null && !isQuiet) terminal.say(`written to ${file} (${response.headers.get("content-type")})`)
}

/** What is written, and where to. */
interface Target {
  /** The command that prints it again, as `asyncgate get ID`. */
  again: string
  /** Null: standard output. */
  file: string | null
  /** The gateway's address. */
  url: string
}

/** Writes the body of a response, piece by piece. @throws {CommandError} unreachable: it broke off; failed; no_reader */
export async function copy(response: Response, target: Target, terminal: Terminal): Promise<void> {
  const file = openTarget(target)
  try {
    for await (const piece of readPieces(response, SILENT_MS_MAX)) {
      if (file === null) terminal.write(piece)
      else file.write(piece)
    }
  } catch (error) {
    if (!(error instanceof BodyBroken)) throw error
    const rest = file === null ? "what was printed" : target.file
    const message = `the answer of ${target.url} broke off (${error.message}), and ${rest} is not whole: run it again`
    throw new CommandError("unreachable", message)
  } finally {
    file?.close()
  }
}

function save(target: Omit<Target, "url">, text: string, terminal: Terminal): void {
  const file = openTarget(target)
  if (file === null) {
    terminal.show(text)
    return
  }
  try {
    file.write(Buffer.from(text))
  } finally {
    file.close()
  }
}

/** Null: standard output. @throws {CommandError} failed: the answer of a job that has been paid for is still there */
function openTarget({ again, file }: Omit<Target, "url">) {
  if (file === null || file === "-") return null
  const attempt = <Value>(work: () => Value): Value => {
    try {
      return work()
    } catch (error) {
      const next = `the answer is kept: ${again} -o FILE, with a file that can be written`
      throw new CommandError("failed", `-o ${file}: ${(error as Error).message}; ${next}`)
    }
  }
  const opened = attempt(() => openSync(file, "w"))
  return {
    write(bytes: Uint8Array): void {
      for (let at = 0; at < bytes.length; ) at += attempt(() => writeSync(opened, bytes, at))
    },
    close: () => closeSync(opened),
  }
}
