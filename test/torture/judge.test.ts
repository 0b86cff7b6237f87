// Which second calls of a provider the judge of `bun run torture` excuses by a kill, however slow the machine is.
import { expect, test } from "bun:test"
import { judge, type Kill } from "./judge.ts"
import { createLedger } from "./ledger.ts"
import type { Plan } from "./plan.ts"
import type { Call } from "./upstream.ts"

const plain: Omit<Plan, "number" | "script"> = {
  isForm: false,
  provider: "up",
  model: "up/any",
  length: 1,
  ends: "completed",
  onInterrupt: null,
  isKeyed: false,
  hasOwnKey: false,
  act: "none",
  actAfter: 0,
}

/** @param calls of each job when its calls were answered, in ms; each took 50 ms, and the last of them was stored */
function judgeCalls(calls: number[][], kills: Kill[]): string[] {
  const ledger = createLedger()
  const made = calls.flatMap((answered, number): Call[] => {
    const entry = ledger.open({ ...plain, number, script: { job: number, faults: [], ms: 50 } })
    ledger.accept(entry, `id-${number}`)
    const knownAt = (answered.at(-1) ?? 0) + 10_000
    ledger.restore(entry, { status: "completed", code: "", completedAt: "then", knownAt })
    return answered.map((endedAt) => ({
      ...{ job: number, key: `id-${number}`, startedAt: endedAt - 50, endedAt },
      ...{ fault: null, isCut: false },
    }))
  })
  return Object.keys(judge(ledger, made, kills, null).broken)
}

const AGAIN = "called again for no reason: 1"

test.each<[what: string, calls: number[][], kills: Kill[], broken: string[]]>([
  ["a call that was open at the kill", [[5100, 9000]], [{ at: 5080 }], []],
  ["a second call without any kill", [[1000, 9000]], [], [AGAIN]],
  ["a kill after the second call", [[1000, 2000]], [{ at: 5000 }], [AGAIN]],
  [
    "an answer that waited seconds on a busy machine, as all after it",
    [[1000], [2000, 9000], [3000, 9000]],
    [{ at: 5000 }],
    [],
  ],
  ["an answer that was left out while later ones were stored", [[1000], [2000, 9000], [3000]], [{ at: 5000 }], [AGAIN]],
  ["one that came just before the last that was stored", [[1000], [2000, 9000], [2200]], [{ at: 5000 }], []],
  ["an answer that an earlier life had stored", [[1000, 9000], [2000], [6000]], [{ at: 3000 }, { at: 7000 }], [AGAIN]],
  [
    "an answer to a store that took nothing any more",
    [[1000], [4000, 9000], [4900]],
    [{ at: 5000, unstoredSince: 3900 }],
    [],
  ],
])("%s", (_, calls, kills, broken) => {
  expect(judgeCalls(calls, kills)).toEqual(broken)
})
