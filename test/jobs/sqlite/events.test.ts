// The event log in the store: the places of events, the fence of their attempt, and that packing changes nothing of what is read.
import { afterEach, beforeEach, expect, test } from "bun:test"
import type { Claimed, LoggedGroup } from "../../../src/jobs/job.ts"
import {
  claimedFrom,
  createWorld,
  doTurn,
  insertJob,
  makeFinish,
  makeRemove,
  makeRequeue,
  type World,
} from "../../factory.ts"

let world: World
let job: Claimed
beforeEach(() => {
  world = createWorld()
  job = claimedFrom(insertJob(world.database, "running"))
})
afterEach(() => world.dispose())

const add = (
  of: Claimed,
  lines: readonly string[],
  more: { hasCall?: true; sequence?: number; state?: string } = {},
) => {
  const { hasCall = false, sequence = null, state = null } = more
  const events = { lines: lines.join("\n"), count: lines.length, hasCall, sequence, state }
  return doTurn(world.store, { kind: "logEvents", job: of, ...events })
}
const readGroups = (of: Claimed) => world.store.events(of.id) as LoggedGroup[]
const listStored = (of: Claimed) => readGroups(of).flatMap(({ lines }) => lines)
const pack = () => doTurn(world.store, { kind: "packEvents", id: job.id })
const rows = () => world.database.query("SELECT first, attempt, count FROM answer_events ORDER BY first").all()

/** All events from a place on, with the attempts of the groups that they are read in. */
async function readFrom(at: number): Promise<{ lines: string[]; attempts: number[] }> {
  const lines: string[] = []
  const attempts: number[] = []
  for (;;) {
    const group = await world.reads.events(job.id, at + lines.length)
    if (group === null) return { lines, attempts }
    lines.push(...group.lines)
    attempts.push(group.attempt)
  }
}

test("events have places without a gap, and are read from any of them on", async () => {
  expect(add(job, ["a {}", "b {}"])).toBe(0)
  expect(add(job, ["c {}"])).toBe(2)
  expect(add(job, ["d {}", "e {}", "f {}"])).toBe(3)
  const all = ["a {}", "b {}", "c {}", "d {}", "e {}", "f {}"]
  for (let at = 0; at <= all.length; at++) expect((await readFrom(at)).lines).toEqual(all.slice(at))
  expect(await world.reads.eventCount(job.id)).toBe(6)
  expect([listStored(job), world.store.eventCount(job.id)]).toEqual([all, 6])
})

test("an attempt that is not running any more adds none", async () => {
  add(job, ["a {}"])
  expect(add({ ...job, attempt: job.attempt + 1 }, ["b {}"])).toBeNull()
  doTurn(world.store, makeRequeue(job))
  expect(add(job, ["b {}"])).toBeNull()
  expect((await readFrom(0)).lines).toEqual(["a {}"])
})

test("a complete call of a function forbids to repeat its job, with the events and not without them", () => {
  const left = () => world.database.query<{ loss_retries: number | null }, []>("SELECT loss_retries FROM jobs").get()
  add({ ...job, attempt: job.attempt + 1 }, ["a {}"], { hasCall: true })
  expect(left()?.loss_retries).not.toBe(0)
  add(job, ["a {}"], { hasCall: true })
  expect(left()?.loss_retries).toBe(0)
})

test("the upstream job and the provider's number of the last event are stored with the events of a running attempt", () => {
  const state = () =>
    world.database.query<{ provider_state: string | null }, []>("SELECT provider_state FROM jobs").get()
  add({ ...job, attempt: job.attempt + 1 }, [], { state: "another" })
  expect(state()?.provider_state).toBeNull()
  expect(add(job, [], { state: "theirs" })).toBeNull()
  expect(state()?.provider_state).toBe("theirs")
  expect(readGroups(job)).toEqual([])
  add(job, ["a {}", "b {}"], { sequence: 7 })
  add(job, ["c {}"])
  expect(state()?.provider_state).toBe("theirs")
  expect(readGroups(job)).toEqual([
    { attempt: job.attempt, sequence: 7, lines: ["a {}", "b {}"] },
    { attempt: job.attempt, sequence: null, lines: ["c {}"] },
  ])
})

test("packing leaves places, attempts and events as they are", async () => {
  const long = (at: number) => `delta {"text":"${`${at} `.repeat(500)}"}`
  const all = Array.from({ length: 400 }, (_, at) => long(at))
  for (let at = 0; at < 200; at += 4) add(job, all.slice(at, at + 4))
  world.database.run("UPDATE jobs SET attempt = attempt + 1")
  const second = { ...job, attempt: job.attempt + 1 }
  for (let at = 200; at < 400; at += 4) add(second, all.slice(at, at + 4))
  doTurn(world.store, makeFinish(second))
  const before = rows().length
  pack()
  expect(rows().length).toBeLessThan(before / 5)
  for (const at of [0, 1, 3, 4, 199, 200, 201, 399, 400, 1000]) {
    const { lines, attempts } = await readFrom(at)
    expect(lines).toEqual(all.slice(at))
    expect(attempts).toEqual(attempts.toSorted())
  }
  expect(new Set((await readFrom(0)).attempts)).toEqual(new Set([job.attempt, second.attempt]))
  expect(await world.reads.eventCount(job.id)).toBe(400)
  const packed = rows()
  pack()
  expect(rows()).toEqual(packed)
})

test("a single event is kept whole, however long it is", async () => {
  const line = `image {"b64":"${"x".repeat(3_000_000)}"}`
  add(job, [line])
  add(job, ["end {}"])
  expect((await readFrom(0)).lines).toEqual([line, "end {}"])
})

test("the log is deleted with its job, and only that", () => {
  const other = claimedFrom(insertJob(world.database, "running"))
  add(job, ["a {}"])
  add(other, ["b {}"])
  doTurn(world.store, makeRemove([job.id]))
  expect(listStored(job)).toEqual([])
  expect(listStored(other)).toEqual(["b {}"])
})
