// What the gateway did in the last ten minutes, second by second, and in the last day, minute by minute. Kept in memory alone: it
// begins with the process. A step in which nothing happened takes no time and is not listed.

/** The windows, by their names on the wire. */
const windows = { "10m": { stepMs: 1000, steps: 600 }, "24h": { stepMs: 60_000, steps: 1440 } } as const
export type Window = keyof typeof windows

/** Where each number of a step is. The first is the step's own number, counted from 1970. */
const places = {
  step: 0,
  accepted: 1,
  succeeded: 2,
  failed: 3,
  cancelled: 4,
  wait50: 5,
  wait95: 6,
  run50: 7,
  run95: 8,
} as const
type Field = keyof typeof places
const NUMBERS = 9
/** Stands for a percentile of nothing. */
const NOTHING = 0xff_ff_ff_ff

/** A step: epoch milliseconds of its beginning, and its numbers. Times are milliseconds; null: there were none. */
export interface Step extends Record<"accepted" | "succeeded" | "failed" | "cancelled", number> {
  at: number
  wait50: number | null
  wait95: number | null
  run50: number | null
  run95: number | null
}

export type History = ReturnType<typeof createHistory>

export function createHistory() {
  /** Made with the first event: 77 KB, which a gateway without work does not have. */
  let rings: Record<Window, Ring> | null = null

  function open(now: number): Ring[] {
    rings ??= { "10m": createRing(windows["10m"]), "24h": createRing(windows["24h"]) }
    const both = [rings["10m"], rings["24h"]]
    for (const ring of both) ring.open(now)
    return both
  }

  return {
    /** Begins to count what one commit has changed. @returns the counting functions */
    at(now: number) {
      const both = open(now)
      return {
        count(field: "accepted" | "succeeded" | "failed" | "cancelled"): void {
          for (const ring of both) ring.count(field)
        },
        waited(ms: number): void {
          for (const ring of both) ring.waits.add(ms)
        },
        ran(ms: number): void {
          for (const ring of both) ring.runs.add(ms)
        },
      }
    },

    /** The steps of a window that ends now, the oldest first. */
    read: (window: Window, now: number): Step[] => rings?.[window].read(now) ?? [],
  }
}

type Ring = ReturnType<typeof createRing>

function createRing({ stepMs, steps }: { stepMs: number; steps: number }) {
  const data = new Uint32Array(steps * NUMBERS)
  /** The times of the step that is open. */
  const waits = createTimes()
  const runs = createTimes()
  let current = -1

  const place = (step: number, field: Field) => (step % steps) * NUMBERS + places[field]
  const get = (step: number, field: Field) => data[place(step, field)] as number

  function close(): void {
    if (current < 0) return
    for (const [name, times] of [
      ["wait", waits],
      ["run", runs],
    ] as const) {
      data[place(current, `${name}50`)] = times.percentile(0.5)
      data[place(current, `${name}95`)] = times.percentile(0.95)
    }
  }

  function describe(step: number): Step {
    const time = (field: Field) => (get(step, field) === NOTHING ? null : get(step, field))
    return {
      at: step * stepMs,
      accepted: get(step, "accepted"),
      succeeded: get(step, "succeeded"),
      failed: get(step, "failed"),
      cancelled: get(step, "cancelled"),
      wait50: time("wait50"),
      wait95: time("wait95"),
      run50: time("run50"),
      run95: time("run95"),
    }
  }

  return {
    waits,
    runs,

    /** Opens the step of this time. After the clock was set back an earlier step begins anew. */
    open(now: number): void {
      const step = Math.floor(now / stepMs)
      if (step === current) return
      close()
      current = step
      waits.clear()
      runs.clear()
      data.fill(0, place(step, "step"), place(step, "step") + NUMBERS)
      data[place(step, "step")] = step
    },

    count(field: Field): void {
      const at = place(current, field)
      data[at] = (data[at] as number) + 1
    },

    read(now: number): Step[] {
      close()
      const last = Math.floor(now / stepMs)
      const all = Array.from({ length: steps }, (_, back) => last - steps + 1 + back)
      return all.filter((step) => get(step, "step") === step).map(describe)
    },
  }
}

/** Up to 16 ms each has a bucket of its own; above, each doubling has 8, so that a percentile is right to 7 %. */
const BUCKETS = 16 + 27 * 8
const MS_MAX = 2 ** 31 - 1

/** A small histogram of times in milliseconds. */
function createTimes() {
  const counts = new Uint32Array(BUCKETS)
  let total = 0

  return {
    add(ms: number): void {
      const bucket = findBucket(Math.min(Math.max(0, Math.floor(ms)), MS_MAX))
      counts[bucket] = (counts[bucket] as number) + 1
      total++
    },

    /** `NOTHING` where there are no times. */
    percentile(part: number): number {
      if (total === 0) return NOTHING
      let left = Math.ceil(total * part)
      const bucket = counts.findIndex((count) => {
        left -= count
        return left <= 0
      })
      return findMiddle(bucket)
    },

    clear(): void {
      if (total > 0) counts.fill(0)
      total = 0
    },
  }
}

function findBucket(ms: number): number {
  if (ms < 16) return ms
  const power = 31 - Math.clz32(ms)
  return 16 + (power - 4) * 8 + ((ms >> (power - 3)) & 7)
}

function findMiddle(bucket: number): number {
  if (bucket < 16) return bucket
  const power = 4 + Math.floor((bucket - 16) / 8)
  return 2 ** power + ((bucket - 16) % 8) * 2 ** (power - 3) + 2 ** (power - 4)
}
