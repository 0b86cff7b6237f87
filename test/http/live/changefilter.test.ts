// What a reader of events is told of the news: what matches its filter, bounded however long it reads nothing.
import { expect, test } from "bun:test"
import type { ChangedJob, Moment, News } from "../../../src/engine/threads/protocol.ts"
import { Followers } from "../../../src/http/followers.ts"
import { addNews, type Untold } from "../../../src/http/live/changefilter.ts"
import type { JobFilter } from "../../../src/jobs/jobfilter.ts"
import { everyJob } from "../../factory.ts"

const counts = { queued: 0, running: 0, waiting: 0 }
const any: JobFilter = { ...everyJob, owners: ["vk:a"] }

function makeMoment(over: Partial<Moment> = {}): Moment {
  return { state: "running", attempt: 1, provider: "mock", model: "m", keyId: null, error: null, ...over }
}

function makeJob(n: number, over: Partial<ChangedJob> = {}): ChangedJob {
  const id = `019d6b1c-8f3a-7c52-9a41-${String(n).padStart(12, "0")}`
  const job = { id, requestId: `r${n}`, owner: "vk:a", requestType: "chat_completion", priority: 1 }
  return { ...job, was: null, is: makeMoment(), ...over }
}

function makeNews(jobs: ChangedJob[], crowds: string[] | null = []): News {
  return { round: 1, counts, jobs, crowds }
}

function tell(filter: JobFilter, ...news: News[]): Untold {
  let untold: Untold | null = null
  for (const each of news) untold = addNews(untold, each, filter, JSON.stringify(filter))
  return untold as Untold
}

test("news that nobody has taken become one: the last state of each job, and whether it is new since", () => {
  const running = makeJob(1)
  const ended = makeJob(1, { was: makeMoment(), is: makeMoment({ state: "succeeded" }) })
  const deleted = makeJob(2, { was: makeMoment({ state: "failed" }), is: null })
  expect([...tell(any, makeNews([running]), makeNews([ended, deleted])).jobs.values()]).toEqual([
    { state: "succeeded", isNew: true },
    { state: "deleted", isNew: false },
  ])
})

test("a slow reader is told to ask again and nothing is kept for it, also of what comes later", () => {
  const many = (from: number) => makeNews(Array.from({ length: 60 }, (_, n) => makeJob(from + n)))
  expect(tell(any, many(0))).toMatchObject({ isMore: false })
  const untold = tell(any, many(0), many(60), makeNews([makeJob(500)]))
  expect([untold.isMore, untold.jobs.size]).toEqual([true, 0])
})

test("crowds concern those whose jobs they are, and the admin", () => {
  const crowded = makeNews([], ["vk:b"])
  expect(tell(any, crowded).isMore).toBe(false)
  expect(tell({ ...any, owners: ["vk:b"] }, crowded).isMore).toBe(true)
  expect(tell({ ...any, owners: null }, crowded).isMore).toBe(true)
  expect(tell(any, makeNews([], null)).isMore).toBe(true)
})

const error = '{"error":{"code":"job_cancelled"}}'
const filters: [what: string, filter: Partial<JobFilter>, fitting: Partial<ChangedJob>][] = [
  ["the owner", { owners: ["vk:b"] }, { owner: "vk:b" }],
  ["the type", { requestType: "speech" }, { requestType: "speech" }],
  ["the state", { states: ["failed"] }, { is: makeMoment({ state: "failed" }) }],
  ["the state before", { states: ["queued"] }, { was: makeMoment({ state: "queued", attempt: 0 }) }],
  ["the model", { model: "n" }, { is: makeMoment({ model: "n" }) }],
  ["the provider before a fallback", { provider: "other" }, { was: makeMoment({ provider: "other" }) }],
  ["the priority", { priority: 2 }, { priority: 2 }],
  ["the error", { errorCode: "job_cancelled" }, { is: makeMoment({ state: "cancelled", error }) }],
  ["the key", { key: { name: "main", ids: ["k1"] } }, { is: makeMoment({ keyId: "k1" }) }],
  ["the request's id", { search: "mine" }, { requestId: "mine" }],
]
test.each(filters)("a job is told by %s", (_, filter, fitting) => {
  const untold = tell({ ...any, ...filter }, makeNews([makeJob(1), makeJob(2, fitting)]))
  expect([...untold.jobs.keys()]).toEqual([makeJob(2).id])
})

test("a filter of which the news say nothing is answered with asking again, where anything else matches", () => {
  for (const unknown of [{ minCost: 1 }, { origin: "a" }, { batch: "b" }, { idempotencyKeys: ["k"] }]) {
    expect(tell({ ...any, ...unknown }, makeNews([makeJob(1)])).isMore).toBe(true)
  }
  expect(tell({ ...any, minCost: 1, model: "n" }, makeNews([makeJob(1)])).isMore).toBe(false)
})

test("news that was under way when the last follower left is not for the next one", () => {
  const asked: (number | null)[] = []
  const followers = new Followers((round) => asked.push(round))
  const told: (News | null)[] = []
  const leave = followers.add(() => {})
  leave()
  followers.add((news) => told.push(news))
  const [first, , second] = asked
  expect(asked).toEqual([first ?? 0, null, second ?? 0])
  followers.tell({ ...makeNews([makeJob(1)]), round: first ?? 0 })
  expect(told).toEqual([])
  followers.tell({ ...makeNews([]), round: second ?? 0 })
  expect(told).toHaveLength(1)
})
