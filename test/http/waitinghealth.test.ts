// What a gateway that waits tells a load balancer of itself.
import { describe, expect, test } from "bun:test"
import { json } from "../../src/http/reply.ts"
import { REFUSED } from "../../src/http/request/peer.ts"
import { createWaitingHealth } from "../../src/http/waitinghealth.ts"
import { createLog } from "../../src/log.ts"
import { Timeline } from "../timeline.ts"

const TAKEOVER_MS = 8000
const AWAY = "no gateway runs the jobs"

function open() {
  const clock = new Timeline(0)
  const log = createLog({ level: "error", style: "json", now: () => clock.now(), write: () => {} })
  const health = createWaitingHealth(clock, log, TAKEOVER_MS)
  /** @param answer of the gateway that runs the jobs; null: there is none */
  async function ask(answer: ((late: AbortSignal) => Promise<Response>) | null, isKept = true) {
    const response = await health.show({ ask: answer, reason: AWAY, isKept })
    return { status: response.status, said: (await response.json()) as unknown }
  }
  /** @param isDatabaseThere whether the database is looked at meanwhile */
  function pass(ms: number, isDatabaseThere = true): void {
    clock.advance(ms)
    if (isDatabaseThere) health.looked()
  }
  return { clock, health, ask, pass }
}

const ok = { status: 200, said: { status: "ok" } }
const bad = (reason: string) => ({ status: 503, said: { status: "unavailable", reason } })
const well = async () => json({ status: "ok" })
const broken = () => Promise.reject(new Error("refused"))
const unwell = async () => json({ status: "unavailable", reason: "the disk is full" }, {}, 503)

describe("a gateway that waits", () => {
  test("is well while it reaches one that runs the jobs and is well", async () => {
    const { ask, pass } = open()
    for (let count = 0; count < 3; count++) {
      expect(await ask(well)).toEqual(ok)
      pass(TAKEOVER_MS)
    }
  })

  test.each([
    ["cannot be reached", broken, AWAY],
    ["says that it is unwell", unwell, "the disk is full"],
    ["answers as something else", async () => new Response("<html>", { status: 503 }), AWAY],
    ["is none", null, AWAY],
  ] as const)(
    "is well for as long as a takeover takes where the one that runs the jobs %s",
    async (_, answer, reason) => {
      const { ask, pass } = open()
      expect(await ask(answer)).toEqual(ok)
      pass(TAKEOVER_MS - 1)
      expect(await ask(answer)).toEqual(ok)
      pass(1)
      expect(await ask(answer)).toEqual(bad(reason))
      expect(await ask(well)).toEqual(ok)
      expect(await ask(answer)).toEqual(ok)
    },
  )

  test("does not wait for longer than a load balancer for one that is frozen, and lets its connection go", async () => {
    const { clock, ask } = open()
    let isLetGo = false
    const asked = ask(
      (late: AbortSignal) =>
        new Promise((_, reject) => {
          late.addEventListener("abort", () => {
            isLetGo = true
            reject(late.reason)
          })
        }),
    )
    clock.advance(1000)
    expect(await asked).toEqual(ok)
    expect(isLetGo).toBe(true)
  })

  test("begins to count anew when another one runs the jobs", async () => {
    const { health, ask, pass } = open()
    health.turned(false)
    pass(TAKEOVER_MS)
    expect(await ask(null)).toEqual(bad(AWAY))
    health.turned(true)
    expect(await ask(broken)).toEqual(ok)
  })

  test("is unwell where it has not reached the database for so long, although it reaches the other one", async () => {
    const { ask, pass } = open()
    pass(TAKEOVER_MS - 1, false)
    expect(await ask(well)).toEqual(ok)
    pass(1, false)
    expect(await ask(well)).toEqual(bad("the database has not answered for 8 s"))
  })

  test("is unwell at once where it refuses requests at once", async () => {
    const { ask } = open()
    expect(await ask(null, false)).toEqual(bad(AWAY))
  })

  test("is well for as long as the one that runs the jobs takes to stop in good order", async () => {
    const { ask, pass } = open()
    const stopping = async () =>
      json({ status: "unavailable", reason: "it stops" }, { [REFUSED]: "shutting_down" }, 503)
    for (let count = 0; count < 3; count++) {
      expect(await ask(stopping)).toEqual(ok)
      pass(TAKEOVER_MS)
    }
  })

  test("says to the operator what the other one says, and that it waits itself", async () => {
    const { ask } = open()
    const gateways = [{ address: "http://a" }]
    const { said } = await ask(async () => json({ status: "ok", role: "running", gateways }))
    expect(said).toEqual({ status: "ok", role: "waiting", gateways })
  })

  test("passes a refusal of the caller on", async () => {
    const { ask } = open()
    const refused = { error: { code: "host_not_allowed" } }
    expect(await ask(async () => json(refused, {}, 403))).toEqual({ status: 403, said: refused })
  })
})
