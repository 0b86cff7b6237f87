// GET /health at a gateway that waits: whether a load balancer shall send requests to it. It asks the one that runs the jobs. Where that
// is away, frozen or unwell, another takes over within seconds, and requests are kept for so long: until then all is well here.
import type { Clock } from "../clock.ts"
import type { Log } from "../log.ts"
import { asRecord, asText, describeCause } from "../values.ts"
import { STOPS } from "./health.ts"
import { json } from "./reply.ts"
import { REFUSED } from "./request/peer.ts"

/** Load balancers do not wait for much longer than a second. */
const ASKED_MS_MAX = 800

interface Way {
  /** Asks the gateway that runs the jobs; null: there is none. */
  ask: ((ended: AbortSignal) => Promise<Response>) | null
  /** Why requests are refused that get no answer there. */
  reason: string
  /** Whether they are kept for a while first. */
  isKept: boolean
}

interface Answered {
  response: Response
  /** What it says; null: it refuses the caller. */
  said: Record<string, unknown> | null
}

/** @param takeoverMs how long a takeover takes */
export function createWaitingHealth(clock: Clock, log: Log, takeoverMs: number) {
  /** When the database has last been looked at. */
  let lookedAt = clock.now()
  /** Since when no gateway is known that runs the jobs and is well; null: one is. */
  let badSince: number | null = null

  /** Why no requests should be sent here; null: they may be. */
  function judge(trouble: string | null, isKept: boolean): string | null {
    const now = clock.now()
    badSince = trouble === null ? null : (badSince ?? now)
    const silentMs = now - lookedAt
    if (silentMs >= takeoverMs) return `the database has not answered for ${Math.round(silentMs / 1000)} s`
    return badSince !== null && (!isKept || now - badSince >= takeoverMs) ? trouble : null
  }

  async function askInTime(ask: Exclude<Way["ask"], null>): Promise<Answered | null> {
    const late = new AbortController()
    const cancel = clock.after(ASKED_MS_MAX, () => late.abort())
    try {
      const response = await ask(late.signal)
      // Any other refuses the caller, as it would refuse all that this caller sends.
      const isOfHealth = response.status === 200 || response.status === 503
      return { response, said: isOfHealth ? asRecord(await response.json()) : null }
    } catch (error) {
      log.debug("the gateway that runs the jobs does not say how it is", { error: describeCause(error) })
      return null
    } finally {
      cancel()
    }
  }

  return {
    looked(): void {
      lookedAt = clock.now()
    },

    /** @param isThere whether another gateway runs the jobs from now on, or none does */
    turned(isThere: boolean): void {
      badSince = isThere ? null : clock.now()
    },

    async show({ ask, reason, isKept }: Way): Promise<Response> {
      const answered = ask && (await askInTime(ask))
      if (answered?.said === null) return answered.response
      const { status, reason: given, ...more } = answered?.said ?? {}
      const isWell = status === "ok" || answered?.response.headers.get(REFUSED) === STOPS
      const trouble = judge(isWell ? null : asText(given) || reason, isKept)
      const shared = "role" in more ? { ...more, role: "waiting" } : {}
      return trouble === null
        ? json({ status: "ok", ...shared })
        : json({ status: "unavailable", reason: trouble, ...shared }, { "retry-after": "1" }, 503)
    },
  }
}
