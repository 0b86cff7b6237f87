// Answers a shell at Tab: what the word under the cursor may become. It prints nothing but that, and asks only the gateway of the
// environment, and that for a moment.
import { inTime, systemClock } from "../clock.ts"
import type { Env } from "../config/variables.ts"
import { clientTypes } from "../endpoints/clienttypes.ts"
import { writeWaiting } from "../process/output.ts"
import { asRecords, asText } from "../values.ts"
import { findRow } from "./commandline.ts"
import { type Flag, filterFlags } from "./flag.ts"
import { openGateway } from "./gatewayclient.ts"
import { listFlags } from "./help.ts"
import { type Row, rows } from "./table.ts"
import { inLine, openTerminal } from "./terminal.ts"

interface Candidate {
  value: string
  /** What is shown beside it. */
  text: string
}

/** The shell completes the name of a file by itself. */
const FILES = ":files"
const USUAL_MS = 300
const JOBS_MAX = 100
const SHOWN_MAX = 200
const TEXT_CHARS = 60

/** What no shell would read in any other way than as itself: others have chosen the names of models. */
const PLAIN = /^[\w./@,=:+-]+$/

/** @param args the shell, of bash how it completes (COMP_TYPE), and the words after `asyncgate` up to the cursor */
export async function runComplete([shell, ...args]: readonly string[], env: Env): Promise<void> {
  const typed = shell === "bash" ? joinBroken(args.slice(1)) : args
  const words = typed.map(unquote)
  const current = words.pop() ?? ""
  const found = await complete(words, current, env)
  const lines = found === FILES ? [FILES] : found.slice(0, SHOWN_MAX).map((one) => write(one, shell ?? "", args))
  if (lines.length > 0) writeWaiting(1, `${lines.join("\n")}\n`)
}

/** Bash breaks words at `=` and `:`, and completes what is behind the last of them. */
function joinBroken(words: readonly string[]): string[] {
  const joined: string[] = []
  words.forEach((word, at) => {
    const isJoint = /^[=:]+$/.test(word) || (word !== "" && /^[=:]+$/.test(words[at - 1] ?? ""))
    if (isJoint && joined.length > 0) joined.push(`${joined.pop()}${word}`)
    else joined.push(word)
  })
  return joined
}

/** COMP_TYPE of a list that is only shown. https://www.gnu.org/software/bash/manual/html_node/Bash-Variables.html */
const LISTING = "63"

function write({ value, text }: Candidate, shell: string, args: readonly string[]): string {
  const said = [...inLine(text)].slice(0, TEXT_CHARS).join("")
  if (shell !== "bash") return said === "" ? value : `${value}\t${said}`
  const last = args.at(-1) ?? ""
  const whole = joinBroken(args.slice(1)).at(-1) ?? ""
  const end = value.slice(/^[=:]+$/.test(last) ? whole.length : whole.length - last.length)
  return args[0] === LISTING && said !== "" ? `${end}  (${said})` : end
}

/** A word as the program would get it, if nothing in it is evaluated. */
function unquote(word: string): string {
  const [, quote, inside = ""] = /^(["'])(.*)$/s.exec(word) ?? []
  if (quote !== undefined) return inside.endsWith(quote) ? inside.slice(0, -1) : inside
  return word.replace(/\\(.)/gs, "$1")
}

async function complete(words: readonly string[], current: string, env: Env): Promise<Candidate[] | typeof FILES> {
  const next = listNextWords(words[0] === "help" ? words.slice(1) : words)
  const row = words[0]?.startsWith("-") ? (rows[0] ?? null) : findRow(words)
  if (row === null || words[0] === "help") {
    const others = words.length > 0 ? [] : [{ value: "help", text: "tell more of a command, or of exit-codes" }]
    const flags = words.length > 0 || !current.startsWith("-") ? [] : listFlagsLeft(rows[0], [])
    return select([...next, ...others, ...flags], current)
  }
  const found = await completeRow(row, words, current, env)
  return found === FILES ? found : [...select(next, current), ...found]
}

/** The words with which the names of commands go on. */
function listNextWords(words: readonly string[]): Candidate[] {
  const start = words.map((word) => `${word} `).join("")
  const begun = rows.filter((row) => row.words.startsWith(start))
  return [...new Set(begun.map((row) => row.words.slice(start.length).split(" ")[0] ?? ""))].map((value) => {
    const row = begun.find((each) => each.words === start + value)
    return {
      value,
      text:
        row?.summary ??
        begun
          .map((each) => each.words)
          .filter((each) => each.startsWith(start + value))
          .join(", "),
    }
  })
}

async function completeRow(
  row: Row,
  words: readonly string[],
  current: string,
  env: Env,
): Promise<Candidate[] | typeof FILES> {
  const { given, arguments: before, open, isEnded } = readWords(row, words)
  if (open !== null) return completeValue(open, current, row, env)
  if (current.startsWith("-") && !isEnded) {
    const [name = "", start] = current.split(/=(.*)/s, 2)
    const flag = listFlags(row).find((each) => each.name === name)
    if (start === undefined || flag?.value === undefined) return select(listFlagsLeft(row, given), current)
    const found = await completeValue(flag, start, row, env)
    return found === FILES ? found : found.map(({ value, text }) => ({ value: `${name}=${value}`, text }))
  }
  const wanted = row.arguments.split(" ")
  const name = wanted[before] ?? (row.arguments.endsWith("...]") || row.arguments.endsWith("...") ? wanted.at(-1) : "")
  return completeValue({ name: "", value: name?.replace(/[[\].]/g, "") ?? "", text: "" }, current, row, env)
}

/** What is on the line already. @returns `open`: the flag whose value comes next */
function readWords(row: Row, words: readonly string[]) {
  const read = { given: [] as Flag[], arguments: 0, open: null as Flag | null, isEnded: false }
  const isServe = words[0]?.startsWith("-")
  for (const word of isServe ? words : words.slice(row.words.split(" ").length)) {
    if (read.open !== null) read.open = null
    else if (read.isEnded || !word.startsWith("-") || word === "-") read.arguments++
    else if (word === "--") read.isEnded = true
    else {
      const flag = listFlags(row).find(({ name, short }) => name === word.split("=")[0] || short === word)
      if (flag === undefined) continue
      read.given.push(flag)
      if (flag.value !== undefined && !flag.value.startsWith("[") && !word.includes("=")) read.open = flag
    }
  }
  return read
}

function listFlagsLeft(row: Row | undefined, given: readonly Flag[]): Candidate[] {
  const flags = row === undefined ? [] : listFlags(row)
  const left = flags.filter((flag) => flag.isList || !given.includes(flag))
  return [...left, { name: "--help", text: "tell more" }].map(({ name, text }) => ({ value: name, text }))
}

/** @param current what is typed of it so far */
async function completeValue(
  { name, value = "", choices }: Flag,
  current: string,
  row: Row,
  env: Env,
): Promise<Candidate[] | typeof FILES> {
  if (choices !== undefined) return select(asCandidates(choices), current)
  if (value.endsWith("FILE") || value === "DIR") return FILES
  if (name === "--filter") return completeFilter(current, row, env)
  if (value === "TYPE")
    return select(
      Object.values(clientTypes).map((type) => ({ value: type.requestType, text: type.path })),
      current,
    )
  if (/^[a-z|-]+$/.test(value)) return select(asCandidates(value.split("|")), current)
  return select(await askGateway(value, current, row, env), current)
}

/** `NAME=VALUE` with the names that are flags of ps. */
async function completeFilter(current: string, row: Row, env: Env): Promise<Candidate[] | typeof FILES> {
  const [name = "", start] = current.split(/=(.*)/s, 2)
  if (start === undefined) {
    return select(
      filterFlags.map((flag) => ({ value: `${flag.name.slice(2).replaceAll("-", "_")}=`, text: flag.text })),
      current,
    )
  }
  const flag = filterFlags.find((each) => each.name === `--${name.replaceAll("_", "-")}`)
  const found = flag === undefined ? [] : await completeValue(flag, start, row, env)
  return found === FILES ? found : found.map(({ value, text }) => ({ value: `${name}=${value}`, text }))
}

function asCandidates(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, text: "" }))
}

function select(candidates: readonly Candidate[], current: string): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(current) && PLAIN.test(value))
}

/** What only a gateway knows. Nothing where none answers in time: at Tab there is no place for a message. */
async function askGateway(kind: string, current: string, row: Row, env: Env): Promise<Candidate[]> {
  const read = kinds[kind]
  if (read === undefined) return []
  // Never the address or the token of the line: the line has not been sent off, and may never be.
  const gateway = () => openGateway({ words: [], flags: {}, env, terminal: openTerminal(env) })
  const answer = (async () => read(gateway, current, row))().catch(() => [])
  return (await inTime(answer, readPatience(env), systemClock)) ?? []
}

/** How long a Tab waits for the gateway. */
function readPatience({ ASYNCGATE_COMPLETION_MS: text = "" }: Env): number {
  return /^\d{1,6}$/.test(text) ? Number(text) : USUAL_MS
}

type Reader = (open: () => ReturnType<typeof openGateway>, current: string, row: Row) => Promise<Candidate[]>

const kinds: Record<string, Reader> = {
  ID: readJobs,
  "PROVIDER/MODEL": readModels,
  MODEL: async (open) =>
    (await readModels(open)).map(({ value, text }) => ({ value: value.replace(/^[^/]*\//, ""), text })),
  PROVIDER: async (open) => {
    const names = (await readModels(open)).map(({ value }) => value.split("/")[0] ?? "")
    return asCandidates([...new Set(names)])
  },
  BATCH: async (open) => {
    const { value } = await open().read(`/v1/batches?limit=${JOBS_MAX}`)
    return asRecords(value["data"]).map(({ id, status, endpoint }) => ({
      value: asText(id),
      text: `${asText(status)} ${asText(endpoint)}`,
    }))
  },
  ENDPOINT: async (open) =>
    (await readEndpoints(open)).map(({ name, url }) => ({ value: asText(name), text: asText(url) })),
  DELIVERY: async (open) => {
    const { value } = await open().read(`/api/webhooks/deliveries?limit=${JOBS_MAX}`)
    return asRecords(value["groups"]).map(({ webhook_id, endpoint_name, event, state }) => ({
      value: asText(webhook_id),
      text: `${asText(endpoint_name)} ${asText(event)} ${asText(state)}`,
    }))
  },
}

async function readEndpoints(open: () => ReturnType<typeof openGateway>) {
  const { value } = await open().read("/api/webhooks")
  return asRecords(value["endpoints"])
}

/** Which states make sense: those that have ended cannot be cancelled, and only those can be repeated. */
const wanted: Record<string, (status: string) => boolean> = {
  cancel: (status) => status === "pending" || status === "processing",
  retry: (status) => status === "completed" || status === "failed",
}

async function readJobs(open: () => ReturnType<typeof openGateway>, current: string, row: Row): Promise<Candidate[]> {
  const query = new URLSearchParams({ limit: String(JOBS_MAX), ...(current.length < 8 ? {} : { search: current }) })
  const { value } = await open().read(`/v1/async/jobs?${query}`)
  return asRecords(value["data"])
    .filter(({ status }) => wanted[row.words]?.(asText(status)) ?? true)
    .map(({ id, status, provider, model }) => ({
      value: asText(id),
      text: `${asText(status)} ${asText(provider)}/${asText(model)}`,
    }))
}

async function readModels(open: () => ReturnType<typeof openGateway>): Promise<Candidate[]> {
  const { value } = await open().read("/v1/models")
  return asRecords(value["data"]).map(({ id }) => ({ value: asText(id), text: "" }))
}
