// Opens an address in the user's browser. What other users of the machine can see of it, the arguments of a process, holds no secret.
import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { randomBytes, systemClock } from "../clock.ts"
import type { Env } from "../config/variables.ts"
import { CommandError } from "./exitcodes.ts"

/** The program that opens an address in a browser; null: there is no display. */
export function findOpener(env: Env): readonly string[] | null {
  if (process.platform === "darwin") return ["open"]
  // `start` is a word of cmd, which would read an address by rules of its own.
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"]
  return env["DISPLAY"] || env["WAYLAND_DISPLAY"] ? ["xdg-open"] : null
}

/** How long a program that cannot open anything may take to say so. Where it starts the browser itself, it ends with that. */
const FAILURE_MS = 2000

/** Opens an address that holds no secret. @throws {CommandError} failed */
export async function openPlain(address: string, opener: readonly string[], env: Env): Promise<void> {
  const failure = start(address, opener, env)
  const reason = await Promise.race([
    failure,
    new Promise<null>((resolve) => systemClock.after(FAILURE_MS, () => resolve(null))),
  ])
  if (reason !== null) throw new CommandError("failed", reason)
}

/** How long a browser may take to start. */
const BROWSER_MS = 60_000

/** How long the answer that sends the browser on may take to be read. */
const SENT_MS = 1000

/**
 * Opens an address that holds a token. The opener is given a file that only this user may read, which leads to a port of this process;
 * whoever knows the words in the file is sent on from there, once. The token is in no file and in no argument.
 * @throws {CommandError} failed
 */
export async function openSecret(address: string, opener: readonly string[], env: Env): Promise<void> {
  const door = openDoor(address)
  const file = join(tmpdir(), `asyncgate-${randomBytes(9).toString("base64url")}.html`)
  const discard = () => rmSync(file, { force: true })
  process.on("exit", discard)
  // Ctrl-C ends the wait, and the file must not stay.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
  const { promise: left, resolve: leave } = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of signals) process.on(signal, leave)
  let end: NodeJS.Signals | { reason: string } | null
  try {
    writePrivate(file, door.address)
    const failure = start(file, opener, env).then((reason) => (reason === null ? door.taken : { reason }))
    end = await Promise.race([door.taken, failure, left, afterSilence()])
  } finally {
    for (const signal of signals) process.off(signal, leave)
    discard()
    await door.close()
  }
  if (typeof end === "string") process.kill(process.pid, end)
  else if (end !== null) throw new CommandError("failed", end.reason)
}

/** A port of this process that sends on to the address, once, whoever knows the path. */
function openDoor(address: string) {
  const code = randomBytes(32).toString("base64url")
  const { promise: taken, resolve } = Promise.withResolvers<null>()
  let isTaken = false
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      if (isTaken || new URL(request.url).pathname !== `/${code}`) return new Response(null, { status: 404 })
      isTaken = true
      resolve(null)
      const once = { "cache-control": "no-store", "referrer-policy": "no-referrer", connection: "close" }
      return new Response(null, { status: 302, headers: { ...once, location: address } })
    },
  })
  return {
    address: `http://127.0.0.1:${server.port}/${code}`,
    taken,
    async close() {
      const cut = systemClock.after(SENT_MS, () => void server.stop(true))
      await server.stop()
      cut()
    },
  }
}

function afterSilence(): Promise<{ reason: string }> {
  const reason = `no browser came in ${BROWSER_MS / 1000} s`
  return new Promise((resolve) => systemClock.after(BROWSER_MS, () => resolve({ reason })))
}

/** A page that leads to the address. */
function writePrivate(path: string, address: string): void {
  const page = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>asyncgate</title><meta http-equiv="refresh" content="0;url=${address}"><a href="${address}">To the dashboard</a>\n`
  try {
    const file = openSync(path, "wx", 0o600)
    writeSync(file, page)
    closeSync(file)
  } catch (error) {
    throw new CommandError("failed", `a file for the browser cannot be written: ${(error as Error).message}`)
  }
}

/** @returns why nothing was opened, once that is known; null: it was */
async function start(what: string, opener: readonly string[], env: Env): Promise<string | null> {
  const [name = "", ...args] = opener
  try {
    const child = Bun.spawn([name, ...args, what], {
      // The browser has no use for the token.
      env: { ...env, ASYNCGATE_TOKEN: undefined },
      stdio: ["ignore", "ignore", "ignore"],
    })
    child.unref()
    const code = await child.exited
    return code === 0 ? null : `${name} opened no browser (it ended with ${code})`
  } catch (error) {
    return `${name} cannot be run (${(error as Error).message})`
  }
}
