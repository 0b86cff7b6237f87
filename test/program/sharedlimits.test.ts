// What a provider allows holds for all gateways of a PostgreSQL database together, whichever takes the calls.
import { describe, expect, setDefaultTimeout, test } from "bun:test"
import { afterTest } from "../cleanup.ts"
import { type GatewayGround, openGround } from "../gatewayground.ts"
import { chat, type Gateway } from "../harness.ts"
import { hasPostgres } from "../postgres.ts"
import { completion, configFor, type Handler, startUpstream } from "../upstream.ts"

setDefaultTimeout(240_000)

const CONCURRENCY = 10
const JOBS = 60
const RETRY_AFTER_S = 3
/** How far the clock of the answers may be from the one of the calls. */
const CLOCK_MS = 50

let ground: GatewayGround

/** Three gateways, the first of which runs the jobs, with a provider of few places. */
async function openThree(handler: Handler): Promise<Gateway[]> {
  await ground.createDatabase()
  const upstream = startUpstream(handler)
  afterTest(() => upstream.stop())
  const places = { concurrency: CONCURRENCY, buffer_size: 1000 }
  const config = configFor(upstream, { max_retries: 10 }, { concurrency_and_buffer_size: places })
  const gateways: Gateway[] = []
  for (let count = 0; count < 3; count++) gateways.push(await ground.open({ config }))
  return gateways
}

/** Submits jobs to all by turns. @returns their ids */
function submitByTurns(gateways: readonly Gateway[], jobs: number): Promise<string[]> {
  const submits = Array.from({ length: jobs }, (_, at) =>
    (gateways[at % gateways.length] as Gateway).accept(chat({ model: "up/m" })),
  )
  return Promise.all(submits)
}

async function awaitAnswers(gateways: readonly Gateway[], ids: readonly string[]): Promise<void> {
  const ends = ids.map((id, at) => (gateways[at % gateways.length] as Gateway).end(id))
  for (const job of await Promise.all(ends)) expect(job.status).toBe("completed")
}

describe.skipIf(!hasPostgres())("over three gateways", () => {
  ground = openGround()

  test("as many calls are out as the provider has places, and never one more", async () => {
    let out = 0
    let most = 0
    const waiting: (() => void)[] = []
    const gateways = await openThree(async () => {
      most = Math.max(most, ++out)
      // Answered when all places are taken, or nothing more can come.
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        if (out >= CONCURRENCY) for (const answer of waiting.splice(0, CONCURRENCY / 2)) answer()
      })
      out--
      return completion()
    })
    const ids = await submitByTurns(gateways, JOBS)
    const ended = awaitAnswers(gateways, ids)
    let isOver = false
    void ended.then(() => {
      isOver = true
    })
    while (!isOver) {
      await gateways[0]?.breathe()
      if (out < CONCURRENCY) for (const answer of waiting.splice(0)) answer()
    }
    await ended
    expect(most).toBe(CONCURRENCY)
  })

  test("nobody calls before the time that a 429 has set, also when another takes over meanwhile", async () => {
    const calls: number[] = []
    let closedUntil = Number.POSITIVE_INFINITY
    const gateways = await openThree(() => {
      calls.push(Date.now())
      if (calls.length > 1) return completion()
      closedUntil = Date.now() + RETRY_AFTER_S * 1000
      return Response.json(
        { error: { message: "slow down" } },
        { status: 429, headers: { "retry-after": String(RETRY_AFTER_S) } },
      )
    })
    const [first, ...others] = gateways as [Gateway, ...Gateway[]]
    const early = await others[0]?.accept(chat({ model: "up/m" }))
    await first.logged("a provider's quota is closed")
    const ids = await submitByTurns(gateways, 12)
    // It has nothing out, and goes at once.
    expect(await first.stop()).toBe(0)
    ids.push(String(early), ...(await submitByTurns(others, 12)))
    await awaitAnswers(others, ids)
    expect(calls).toHaveLength(ids.length + 1)
    for (const at of calls.slice(1)) expect(at).toBeGreaterThanOrEqual(closedUntil - CLOCK_MS)
  })
})
