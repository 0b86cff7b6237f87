// The gateway that a command talks to: where it is, who calls, and what its refusals mean for whoever typed the command.
import { existsSync, lstatSync, readFileSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { systemClock } from "../clock.ts"
import { findAppDir } from "../config/appdir.ts"
import { asRecord, asRecords, isRecord } from "../values.ts"
import { CommandError, type Ending } from "./exitcodes.ts"
import { type Asking, readText } from "./input.ts"
import { readWhole } from "./pieces.ts"

export interface Gateway {
  url: string
  /**
   * Sends a request, and returns a response that is no refusal.
   * @param path as `/v1/models`
   * @throws {CommandError} unreachable, denied, failed
   */
  ask(path: string, init?: Ask): Promise<Response>
  /** As `ask`; the body as it is and as an object. It may not be silent for longer than an answer may take. */
  read(path: string, init?: Ask): Promise<Body>
  /** As `read`, of a list. */
  readList(path: string): Promise<Body & { data: Record<string, unknown>[] }>
}

export interface Body {
  text: string
  value: Record<string, unknown>
}

export interface Ask extends Omit<RequestInit, "signal"> {
  /** How long the gateway may take until it answers. */
  withinMs?: number
  /** Whether the answer may be an address elsewhere. */
  mayPoint?: true
  /** A status that is an answer here, and no refusal. */
  alsoTakes?: number
}

const ANSWER_MS_MAX = 60_000

/** @throws {CommandError} usage, unreachable */
export function openGateway(input: Asking): Gateway {
  const url = findUrl(input)
  const token = findToken(input)
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }

  async function ask(
    path: string,
    { withinMs = ANSWER_MS_MAX, mayPoint, alsoTakes, headers, ...init }: Ask = {},
  ): Promise<Response> {
    const abort = new AbortController()
    const cancel = systemClock.after(withinMs, () => abort.abort())
    const response = await fetch(url + path, {
      ...init,
      headers: { ...authorization, ...(headers as Record<string, string>) },
      // The token is for this address alone.
      redirect: "manual",
      ...(isLoopback(url) ? { proxy: false as unknown as string } : {}),
      signal: abort.signal,
    }).catch((error) => {
      throw new CommandError("unreachable", explainSilence(url, error, abort.signal.aborted, withinMs))
    })
    cancel()
    const { status } = response
    if (status < 300 || (status < 400 && mayPoint) || status === alsoTakes) return response
    throw await explainRefusal(response, url, token !== null)
  }

  return {
    url,
    ask,
    async read(path, init) {
      const response = await ask(path, init)
      const text = await readWhole(response, init?.withinMs ?? ANSWER_MS_MAX).catch((error: Error) => {
        throw new CommandError("unreachable", `the answer of ${url} broke off (${error.message}): check that it runs`)
      })
      return { text, value: parseObject(text, url) }
    },
    async readList(path) {
      const { text, value } = await this.read(path)
      const { data } = value
      if (!Array.isArray(data)) throw refuseStranger(url)
      return { text, value, data: asRecords(data) }
    },
  }
}

function parseObject(text: string, url: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value
  } catch {}
  throw refuseStranger(url)
}

/** What answers is another program. */
export function refuseStranger(url: string, status?: number): CommandError {
  const what = status === undefined ? "" : ` (status ${status})`
  return new CommandError("unreachable", `what answers at ${url} is not asyncgate${what}: check --url`)
}

function findUrl(input: Asking): string {
  const given = readText(input, "url") ?? (input.env["ASYNCGATE_URL"] || null)
  if (given === null) return readAddress(findAppDir(readText(input, "appDir"), input.env))
  const from = readText(input, "url") === null ? "ASYNCGATE_URL" : "--url"
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CommandError("usage", `${from} is no address: write it as http://127.0.0.1:8080`)
  if (url.username !== "" || url.password !== "")
    throw new CommandError(
      "usage",
      `${from} holds a password: send a token with --token-file or ASYNCGATE_TOKEN instead`,
    )
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "")
}

/** The address of the gateway that runs with this directory; null: none does. */
export function findRunning(appDir: string): string | null {
  try {
    return readAddress(appDir)
  } catch (error) {
    if (error instanceof CommandError) return null
    throw error
  }
}

/** The address that a running gateway has left in its directory. One that was killed leaves it too, beside the id of a dead process. */
function readAddress(appDir: string): string {
  const path = join(appDir, "asyncgate.db")
  const isLink = existsSync(path) && lstatSync(path).isSymbolicLink()
  const base = (isLink ? realpathSync(path) : path).replace(/\.db$/, "")
  const next = "start it with asyncgate, or name another with --url or --app-dir"
  let url: string
  try {
    // An empty file must not be process 0, which stands for this one.
    process.kill(Number(readFileSync(`${base}.pid`, "utf8").trim() || Number.NaN), 0)
    url = readFileSync(`${base}.url`, "utf8").trim()
  } catch (error) {
    const { code } = error as { code?: unknown }
    const what = code === "EACCES" || code === "EPERM" ? "belongs to another user" : "has no running gateway"
    throw new CommandError("unreachable", `the app directory ${appDir} ${what}: ${next}`)
  }
  // Listening on every address of the machine includes this one.
  return url.replace(/^http:\/\/(0\.0\.0\.0|\[::\])(?=:)/, "http://127.0.0.1")
}

/** A token is no argument, because arguments are shown to every user of the machine and kept by shells. */
export function findToken(input: Asking): string | null {
  const path = readText(input, "tokenFile")
  const token = path === null ? input.env["ASYNCGATE_TOKEN"]?.trim() || null : readTokenFile(path)
  if (token === null || /^[\x21-\x7e]+$/.test(token)) return token
  const from = path === null ? "ASYNCGATE_TOKEN" : path
  throw new CommandError("usage", `${from} holds no token: it must be one line with a virtual key or the admin token`)
}

function readTokenFile(path: string): string {
  try {
    const token = readFileSync(path, "utf8").trim()
    if (token !== "") return token
  } catch (error) {
    throw new CommandError("usage", `--token-file cannot be read: ${(error as Error).message}`)
  }
  throw new CommandError("usage", `--token-file ${path} is empty: write a virtual key or the admin token into it`)
}

/** Whether the address is one of this machine. */
export function isLoopback(url: string): boolean {
  return /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(new URL(url).hostname)
}

function explainSilence(url: string, error: unknown, isLate: boolean, withinMs: number): string {
  const next = "check that it runs, and --url or --app-dir"
  if (isLate) return `the gateway at ${url} did not answer in ${Math.round(withinMs / 1000)} s: ${next}`
  const { code, message } = error as { code?: unknown; message: string }
  return `no gateway answers at ${url} (${typeof code === "string" ? code : message}): ${next}`
}

async function explainRefusal(response: Response, url: string, hasToken: boolean): Promise<CommandError> {
  const text = await response.text().catch(() => "")
  const { code, message } = asRecord(readError(text))
  if (typeof message !== "string") return refuseStranger(url, response.status)
  const isDenied =
    /^(40[13])$/.test(String(response.status)) || /^(virtual_key|job_key|admin_token)_/.test(String(code))
  const ending: Ending = isDenied ? "denied" : response.status === 400 ? "usage" : "failed"
  const wait = response.headers.get("retry-after")
  const hints = [
    ...(isDenied ? [explainToken(hasToken)] : []),
    ...(code === "job_not_found" ? ["asyncgate ps lists what there is"] : []),
    ...(wait === null ? [] : [`try again in ${wait} s`]),
  ]
  return new CommandError(ending, [`${message}${typeof code === "string" ? ` (${code})` : ""}`, ...hints].join("; "))
}

function readError(text: string): unknown {
  try {
    return asRecord(JSON.parse(text))["error"]
  } catch {
    return null
  }
}

function explainToken(hasToken: boolean): string {
  return hasToken
    ? "the token that was sent does not allow it: another goes into ASYNCGATE_TOKEN or --token-file"
    : "no token was sent: put a virtual key (asyncgate vk create NAME) or the admin token (asyncgate admin-token rotate) into ASYNCGATE_TOKEN or --token-file"
}
