// The command submit: makes a job of what was typed.
import { closest, distance } from "fastest-levenshtein"
import { steadyNow } from "../clock.ts"
import { type ClientType, clientTypes, findJobsPath } from "../endpoints/clienttypes.ts"
import { isRecord } from "../values.ts"
import { printAnswer } from "./answers.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { type Gateway, openGateway, refuseStranger } from "./gatewayclient.ts"
import { type Input, isSet, readList, readMembers, readPairs, readText } from "./input.ts"
import { readListed, sayEnd, waitForEnd } from "./jobcalls.ts"
import { printStream } from "./streamprint.ts"

const types: readonly ClientType[] = Object.values(clientTypes)
const UPLOAD_MS_MAX = 600_000

export async function run(input: Input): Promise<number> {
  const { type, text } = readWords(input)
  const isStreamed = isSet(input, "stream")
  if (isStreamed && !(type.isStreamed && type.toText)) {
    const able = types.filter((each) => each.isStreamed && each.toText).map(nameType)
    throw new CommandError(
      "usage",
      `--stream shows texts as they come: ${able.join(", ")}; for ${nameType(type)} write --wait`,
    )
  }
  const waitMs = readWaitMs(input)
  if (readText(input, "output") !== null && (isStreamed || waitMs === null)) {
    const instead = isStreamed
      ? "instead of --stream"
      : "beside it, or collect the answer later: asyncgate get ID -o FILE"
    throw new CommandError("usage", `-o writes the answer that is waited for: write --wait ${instead}`)
  }
  const headers = readHeaders(input)
  const request = await makeRequest(type, text, isStreamed, input)
  const gateway = openGateway(input)
  const init = { method: "POST", ...request, headers: { ...headers, ...request.headers }, withinMs: UPLOAD_MS_MAX }
  if (isStreamed) return printStream(await gateway.ask(`/v1${type.path}`, init), type, gateway, input)
  const { text: answer, value } = await gateway.read(`/v1/async${findJobsPath(type)}`, init)
  const { id } = value
  if (typeof id !== "string") throw refuseStranger(gateway.url)
  if (waitMs !== null) return finish(id, waitMs, gateway, input)
  input.terminal.show(isSet(input, "json") ? answer : `${id}\n`)
  if (input.terminal.isTerminal && !isSet(input, "quiet"))
    input.terminal.say(`collect the answer: asyncgate get ${id}; or wait for it: asyncgate wait ${id}`)
  return 0
}

/** Waits for the end, and prints the answer. @param waitMs infinite: as long as it takes */
async function finish(id: string, waitMs: number, gateway: Gateway, input: Input): Promise<number> {
  const { terminal } = input
  const isQuiet = isSet(input, "quiet")
  terminal.progress(isQuiet ? "" : `waiting for ${id}`)
  const untilMs = waitMs === Number.POSITIVE_INFINITY ? null : steadyNow() + waitMs
  const hasEnded = await waitForEnd(id, untilMs, gateway, true)
  terminal.progress("")
  if (!hasEnded) {
    terminal.write(`${id}\n`)
    if (!isQuiet) sayEnd(await readListed(id, gateway), terminal)
    return findCode("unfinished")
  }
  return printAnswer(id, gateway, terminal, {
    file: readText(input, "output"),
    index: 0,
    isJson: isSet(input, "json"),
    isQuiet,
  })
}

/** The type and the text. The first word is the type if it is the name of one. */
function readWords(input: Input): { type: ClientType; text: string | null } {
  const [first, second] = input.words
  const named = first === undefined ? null : findType(first)
  if (named !== null) return { type: named, text: second ?? null }
  if (first !== undefined) refuseMisspelt(first, second)
  return { type: clientTypes.chat, text: first ?? null }
}

/** @throws {CommandError} usage: what stands in the place of the type is none */
function refuseMisspelt(first: string, second: string | undefined): void {
  const names = types.flatMap(listNames)
  const near = closest(first, names)
  const isNear = distance(first, near) <= 2
  if (second === undefined && !(isNear && first.length > 3)) return
  const guess = isNear ? `; did you mean ${near}?` : `; there is ${types.map(nameType).join(", ")}`
  const asText = second === undefined ? `; to send it as a text: asyncgate submit chat ${JSON.stringify(first)}` : ""
  throw new CommandError("usage", `${JSON.stringify(first)} is no request type${guess}${asText}`)
}

export function findType(word: string): ClientType | null {
  const wanted = word.toLowerCase().replaceAll("-", "_")
  return types.find((type) => listNames(type).includes(wanted)) ?? null
}

/** What a type may be called: as the API does, by the first word of that where only one type has it, and by its path. */
function listNames({ requestType, path }: ClientType): string[] {
  const start = requestType.split("_")[0] ?? ""
  const isOnly = types.filter((other) => other.requestType.split("_")[0] === start).length === 1
  const ends = path.slice(1).replaceAll("/", "_")
  return [requestType, ...(isOnly ? [start] : []), ends]
}

function nameType({ requestType }: ClientType): string {
  return requestType
}

function readWaitMs(input: Input): number | null {
  const text = readText(input, "wait")
  if (text === null || text === "") return text === null ? null : Number.POSITIVE_INFINITY
  if (/^\d{1,7}$/.test(text)) return Number(text) * 1000
  throw new CommandError("usage", `--wait=${text} is no number of seconds: write --wait=60, or --wait alone`)
}

/** Headers that carry a key: an argument is seen by every user of the machine. */
const SECRET = /^(authorization|proxy-authorization|cookie|.*api-?key|x-bf-vk)$/i

function readHeaders(input: Input): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(readMembers(input, "header"))) {
    if (SECRET.test(name)) {
      throw new CommandError(
        "usage",
        `--header ${name} is no place for a key, which others on this machine could read: put it into ASYNCGATE_TOKEN or --token-file`,
      )
    }
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value))
      throw new CommandError("usage", `--header ${JSON.stringify(name)} is no header: write --header NAME=VALUE`)
    headers[name.toLowerCase()] = value
  }
  for (const [flag, header] of optionHeaders) {
    const value = readText(input, flag)
    if (value === null) continue
    if (!/^[\x20-\x7e]+$/.test(value)) throw new CommandError("usage", `${header} may have plain characters only`)
    headers[header] = value
  }
  return headers
}

const optionHeaders = [
  ["priority", "x-asyncgate-priority"],
  ["cancelAfter", "cancel-after"],
  ["idempotencyKey", "idempotency-key"],
] as const

interface Made {
  headers: Record<string, string>
  body: string | Uint8Array | FormData
}

async function makeRequest(type: ClientType, words: string | null, isStreamed: boolean, input: Input): Promise<Made> {
  const body = readText(input, "body")
  if (body !== null) return readBody(body, words, type, isStreamed, input)
  const text = words === "-" ? await readInput() : (words ?? "")
  const files = readList(input, "file").map((path) => Bun.file(path))
  const given = readPairs(input, "set")
  const model = readText(input, "model")
  if (model === null && !given.some(([name]) => name === "model")) {
    throw new CommandError("usage", "there is no model: write -m provider/model; asyncgate models lists them")
  }
  if (text === "" && files.length === 0 && given.length === 0) {
    throw new CommandError("usage", "there is nothing to ask: write a text, - for standard input, --file or --body")
  }
  const beside = { ...(model === null ? {} : { model }), ...(isStreamed ? { stream: true } : {}) }
  if (type.forms[0] === "multipart") {
    const fields = { ...type.fromWords({ text, files: [] }), ...beside }
    return makeForm(type, files, [
      ...given.filter(([name]) => !(name in fields)),
      ...Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]),
    ])
  }
  const members = Object.entries(readMembers(input, "set")).map(([name, value]) => [name, readValue(value)])
  const plain = await Promise.all(files.map(readFile))
  return toJson({ ...type.fromWords({ text, files: plain }), ...Object.fromEntries(members), ...beside })
}

function toJson(members: Record<string, unknown>): Made {
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(members) }
}

async function makeForm(
  type: ClientType,
  files: readonly Bun.BunFile[],
  fields: readonly [name: string, value: string][],
): Promise<Made> {
  const part = type.filePart ?? "file"
  if (files.length === 0) throw new CommandError("usage", `${nameType(type)} needs a file: write --file FILE`)
  const form = new FormData()
  for (const [name, value] of fields) form.append(name, value)
  for (const file of files) {
    const { name, bytes, type: mediaType } = await readFile(file)
    form.append(part, new Blob([bytes], { type: mediaType }), name)
  }
  return { headers: {}, body: form }
}

async function readFile(file: Bun.BunFile) {
  const path = file.name ?? ""
  try {
    return { name: path.replace(/^.*[/\\]/, ""), type: file.type.replace(/;.*$/, ""), bytes: await file.bytes() }
  } catch (error) {
    throw new CommandError("usage", `--file cannot be read: ${(error as Error).message}`)
  }
}

async function readInput(): Promise<string> {
  const text = await Bun.stdin.text()
  if (text === "") throw new CommandError("usage", "standard input is empty: there is nothing to ask")
  return text
}

/** A value as JSON, or as the text that it is. */
export function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A request that is sent as it is. The model and the stream are added where it does not name them. */
async function readBody(
  path: string,
  text: string | null,
  type: ClientType,
  isStreamed: boolean,
  input: Input,
): Promise<Made> {
  const others = ["set", "file"].filter((name) => readList(input, name).length > 0)
  if (text !== null || others.length > 0) {
    const what = text === null ? `--${others[0]}` : "a text"
    throw new CommandError("usage", `--body is the whole request: write ${what} into it, or leave --body out`)
  }
  if (!type.forms.includes("json"))
    throw new CommandError("usage", `${nameType(type)} is sent as a form: write --file FILE and --set NAME=VALUE`)
  const whole = path === "-" ? await readInput() : await readBodyFile(path)
  const members = readObject(whole)
  const model = readText(input, "model")
  if (model !== null && "model" in members) throw new CommandError("usage", "--body names a model itself: leave -m out")
  const added = {
    ...(model === null ? {} : { model }),
    ...(isStreamed && !("stream" in members) ? { stream: true } : {}),
  }
  return { headers: { "content-type": "application/json" }, body: prepend(added, whole, members) }
}

async function readBodyFile(path: string): Promise<string> {
  try {
    return await Bun.file(path).text()
  } catch (error) {
    throw new CommandError("usage", `--body cannot be read: ${(error as Error).message}`)
  }
}

function readObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new CommandError("usage", `--body is no valid JSON: ${(error as Error).message}`)
  }
  if (isRecord(value)) return value
  throw new CommandError("usage", '--body must be a JSON object, as {"model":"mock/echo"}')
}

/** Adds members to the text of an object, which stays as it is: its numbers keep their digits. */
function prepend(added: Record<string, unknown>, text: string, members: Record<string, unknown>): string {
  if (Object.keys(added).length === 0) return text
  const rest = text.slice(text.indexOf("{") + 1)
  return `${JSON.stringify(added).slice(0, -1)}${Object.keys(members).length > 0 ? "," : ""}${rest}`
}
