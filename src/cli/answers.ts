// Prints the answer of a job: a text as it is, sounds and images as bytes, everything else as the JSON that is stored.
import { closeSync, openSync, writeSync } from "node:fs"
import { getEndpoint } from "../endpoints/endpoints.ts"
import { asList, asRecord, asText } from "../values.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import type { Gateway } from "./gatewayclient.ts"
import { JOBS, nameEnding, readListed, sayEnd } from "./jobcalls.ts"
import { harmless, type Terminal } from "./terminal.ts"

export interface AnswerOptions {
  /** Where it is written; null: to standard output. */
  file: string | null
  /** Which image of several. */
  index: number
  isJson: boolean
  isQuiet: boolean
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
  const endpoint = getEndpoint(asText(job["request_type"]))
  const isImage = endpoint.readImage !== undefined
  if (endpoint.isSound || (isImage && options.file !== null)) {
    await printContent(id, gateway, terminal, options)
    return 0
  }
  const { text, value } = await gateway.read(`${JOBS}/${id}`)
  const said = endpoint.toText?.(asRecord(value["result"])) ?? null
  if (isImage && !options.isQuiet && terminal.isTerminal) {
    const count = asList(asRecord(value["result"])["data"]).length
    terminal.say(`${count} image${count === 1 ? "" : "s"}; write one to a file: asyncgate get ${id} -o image.png`)
    return 0
  }
  const shown = said ?? readMember(text, "result")
  const ended = shown.endsWith("\n") ? shown : `${shown}\n`
  save(options.file, ended, terminal)
  return 0
}

/** The job as the API shows it. */
async function printJob(id: string, gateway: Gateway, terminal: Terminal, file: string | null): Promise<number> {
  const { text, value } = await gateway.read(`${JOBS}/${id}`)
  const job = value["state"] === undefined ? await readListed(id, gateway) : value
  save(file, text, terminal)
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
  await copy(response, file, terminal)
  if (file !== null && !isQuiet) terminal.say(`written to ${file} (${response.headers.get("content-type")})`)
}

/** Writes the body of a response, piece by piece. */
export async function copy(response: Response, file: string | null, terminal: Terminal): Promise<void> {
  const target = file === null || file === "-" ? null : openFile(file)
  try {
    for await (const piece of response.body ?? []) {
      if (target === null) terminal.write(piece)
      else for (let at = 0; at < piece.length; ) at += writeSync(target, piece, at)
    }
  } finally {
    if (target !== null) closeSync(target)
  }
}

function save(file: string | null, text: string, terminal: Terminal): void {
  if (file === null || file === "-") {
    terminal.write(terminal.isTerminal ? harmless(text) : text)
    return
  }
  const target = openFile(file)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(target, bytes, at)
  } finally {
    closeSync(target)
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, "w")
  } catch (error) {
    throw new CommandError("failed", `-o: ${(error as Error).message}: name a file that can be written`)
  }
}
