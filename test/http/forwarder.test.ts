// What a gateway that waits tells a caller whose request it could not pass on.
import { expect, test } from "bun:test"
import { createSecrets } from "../../src/auth/sealing.ts"
import { createForwarder } from "../../src/http/forwarder.ts"
import { createPeers } from "../../src/http/request/peer.ts"
import { createLog } from "../../src/log.ts"
import { afterTest } from "../cleanup.ts"
import { Timeline } from "../timeline.ts"

const KEPT_MS = 8000
const REFUSED = "no gateway runs the jobs"
const UNKNOWN = "whether this is stored is not known"

function open() {
  const clock = new Timeline(0)
  const log = createLog({ level: "error", style: "json", now: () => clock.now(), write: () => {} })
  const peers = createPeers(createSecrets(new Uint8Array(32)))
  const limits = { bodyBytesMax: 1_000_000, keptMs: KEPT_MS, takeoverMs: KEPT_MS }
  const { app, direct } = createForwarder({ clock, log, peers, ...limits, allowedHosts: [], allowedOrigins: [] })

  /** Asks, while time passes. */
  async function ask(method: string, path: string, body: string | null): Promise<{ status: number; text: string }> {
    const headers = {
      host: "localhost",
      "content-type": "application/json",
      "content-length": String(body?.length ?? 0),
    }
    let isOver = false
    const asked = app.handle(new Request(`http://localhost${path}`, { method, headers, body })).finally(() => {
      isOver = true
    })
    while (!isOver) {
      clock.advance(100)
      await new Promise(setImmediate)
    }
    const response = await asked
    return { status: response.status, text: await response.text() }
  }
  return { ask, direct }
}

/** A gateway that reads requests, and answers each with the next of these texts; with null it dies. */
function startGateway(answers: (string | null)[], onDeath: () => void): string {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        const answer = answers.length > 1 ? answers.shift() : answers[0]
        if (answer == null) onDeath()
        else socket.write(answer)
        socket.end()
      },
    },
  })
  afterTest(() => listener.stop(true))
  return `http://127.0.0.1:${listener.port}`
}

const chat = JSON.stringify({ model: "mock/m", messages: [] })
const unavailable = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 13\r\nconnection: close\r\n\r\nnot accepted."

test("a job that the one before may have stored is not told as refused, where none takes over", async () => {
  const { ask, direct } = open()
  direct(startGateway([null], () => direct(null)))
  const { status, text } = await ask("POST", "/v1/async/chat/completions", chat)
  expect(status).toBe(503)
  expect(text).toContain(UNKNOWN)
})

test("a job that the one before may have stored is not told as refused, where the next cannot look for it", async () => {
  const { ask, direct } = open()
  direct(startGateway([null, unavailable], () => {}))
  const { status, text } = await ask("POST", "/v1/async/chat/completions", chat)
  expect(status).toBe(503)
  expect(text).toContain(UNKNOWN)
})

test("what was never sent is told as refused, and so is what only reads", async () => {
  const { ask, direct } = open()
  expect((await ask("POST", "/v1/async/chat/completions", chat)).text).toContain(REFUSED)
  direct(startGateway([null], () => direct(null)))
  expect((await ask("GET", "/v1/async/jobs", null)).text).toContain(REFUSED)
})

test("a refusal of the first try is passed on as it is", async () => {
  const { ask, direct } = open()
  direct(startGateway([unavailable], () => {}))
  expect(await ask("POST", "/v1/async/chat/completions", chat)).toEqual({ status: 503, text: "not accepted." })
})
