// A process that stood still, by SIGSTOP, Ctrl-Z or a paused machine, reads what has come before it decides that nothing did.
import { afterEach, expect, test } from "bun:test"
import { type Gateway, launch } from "../harness.ts"
import { completion, configFor, startUpstream, type Upstream } from "../upstream.ts"

const TIMEOUT_SECONDS = 1

let gateway: Gateway | undefined
let upstream: Upstream | undefined
afterEach(async () => {
  gateway?.process.kill("SIGCONT")
  await gateway?.dispose()
  await upstream?.stop()
})

/** Stops the gateway until well after the call's time, and lets it go on. */
async function standStill(): Promise<void> {
  gateway?.process.kill("SIGSTOP")
  await Bun.sleep(TIMEOUT_SECONDS * 2000)
  gateway?.process.kill("SIGCONT")
}

test("an answer that came while the process stood still is the answer, though its time was up meanwhile", async () => {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  upstream = startUpstream(async () => {
    // It goes into the socket of a process that is stopped already.
    await stopped
    return completion("while you slept")
  })
  gateway = await launch({ config: configFor(upstream, { default_request_timeout_in_seconds: TIMEOUT_SECONDS }) })
  const id = await gateway.accept({ model: "up/m", messages: [{ role: "user", content: "Hello" }] })
  await upstream.request(0)
  const still = standStill()
  stop()
  await still
  const job = await gateway.end(id)
  expect(job).toMatchObject({ status: "completed", status_code: 200 })
  expect(job.result.choices[0].message.content).toBe("while you slept")
  expect(upstream.received).toHaveLength(1)
}, 240_000)

test("where nothing came, the call's time is still up, and soon", async () => {
  upstream = startUpstream(() => new Promise(() => {}))
  const config = configFor(upstream, { default_request_timeout_in_seconds: TIMEOUT_SECONDS, max_retries: 0 })
  gateway = await launch({ config })
  const id = await gateway.accept({ model: "up/m", messages: [{ role: "user", content: "Hello" }] })
  await upstream.request(0)
  await standStill()
  expect(await gateway.end(id)).toMatchObject({ status: "failed", error: { error: { type: "request_timed_out" } } })
  expect(upstream.received).toHaveLength(1)
}, 240_000)
