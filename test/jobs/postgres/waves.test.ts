// How the changes of a turn are divided into waves.
import { expect, test } from "bun:test"
import { planWaves } from "../../../src/jobs/postgres/pgwaves.ts"
import type { ChangeKind } from "../../../src/jobs/store.ts"
import { claimedFrom, makeClaim, makeFinish, makeRequeue, makeRow, makeSubmit, newJob } from "../../factory.ts"

const running = () => claimedFrom(makeRow("running"))
const shown = (waves: ReturnType<typeof planWaves>) =>
  waves.map((wave) => Object.fromEntries([...wave].map(([kind, some]) => [kind, some.map(({ at }) => at)])))
const log = (job = running()) =>
  ({ kind: "logEvents", job, lines: "{}", count: 1, hasCall: false, sequence: null, state: null }) as const
const probe = { kind: "probe" as ChangeKind & "probe" }

test("changes of different jobs are stored together, whatever came between them, and claims behind them", () => {
  const changes = [
    makeSubmit(newJob()),
    makeFinish(running()),
    makeSubmit(newJob()),
    makeRequeue(running()),
    makeClaim(),
    makeClaim(),
  ]
  expect(shown(planWaves(changes))).toEqual([{ submit: [0, 2], finish: [1], requeue: [3] }, { claim: [4, 5] }])
})

test("a second change of a job stands behind the first", () => {
  const job = running()
  expect(shown(planWaves([makeFinish(job), log(), log(job), log(job), makeRequeue(job)]))).toEqual([
    { finish: [0], logEvents: [1] },
    { logEvents: [2, 3] },
    { requeue: [4] },
  ])
})

test("a change of another kind is alone, and nothing passes it", () => {
  expect(shown(planWaves([makeSubmit(newJob()), probe, makeSubmit(newJob()), probe, probe]))).toEqual([
    { submit: [0] },
    { probe: [1] },
    { submit: [2] },
    { probe: [3] },
    { probe: [4] },
  ])
})
