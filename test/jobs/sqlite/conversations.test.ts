// Conversations in the store: the places and ids of items, what the end of a job adds, and how long one is kept.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { NewItem } from "../../../src/call.ts"
import { makeConversationId } from "../../../src/endpoints/conversationid.ts"
import type { Claimed } from "../../../src/jobs/job.ts"
import { readNumber } from "../../../src/jobs/numbers.ts"
import { createStore } from "../../../src/jobs/sqlite/sqlitestore.ts"
import type { ChangeOf } from "../../../src/jobs/store.ts"
import {
  claimedFrom,
  createWorld,
  doTurn,
  insertJob,
  makeFailure,
  makeFinish,
  makeRemove,
  NOON,
  newJobId,
  type World,
} from "../../factory.ts"

/** For how long a conversation is kept where nothing else is said. */
const KEPT_MS = 30 * 86_400_000

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

const makeItem = (id: string, over: Partial<NewItem> = {}): NewItem => ({
  ...{ id, provider: null, item: JSON.stringify({ role: "user", content: id }) },
  ...over,
})

function create(...ids: string[]) {
  const unique = newJobId(NOON)
  const conversation = { id: makeConversationId(unique), owner: "vk:a", metadata: '{"a":"b"}', createdAt: NOON }
  doTurn(world.store, { kind: "createConversation", conversation, items: ids.map((id) => makeItem(id)) })
  return { ...conversation, number: readNumber(unique) }
}

const add = (number: number, ids: readonly string[], now = NOON) =>
  doTurn(world.store, { kind: "addItems", number, items: ids.map((id) => makeItem(id)) }, now)
const rows = (table: string) => world.database.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n

function readIds(conversation: number): string[] {
  world.reads.refresh()
  const query = { conversation, order: "asc", after: null, limit: 1000 } as const
  return world.reads.conversationItems(query).map(({ id }) => id)
}

function read(id: string, now = NOON) {
  world.reads.refresh()
  return world.reads.conversation(id, now)
}

const run = (): Claimed => claimedFrom(insertJob(world.database, "running"))
const answerWith = (number: number, ...ids: string[]) => ({
  ...{ result: "{}", usage: null },
  turn: { number, items: ids.map((id) => makeItem(id)) },
})

describe("a conversation", () => {
  test("is read as it was stored, with its items in both orders, page by page", () => {
    const { id, number } = create("a", "b")
    expect(read(id)).toEqual({
      ...{ number, id, owner: "vk:a", metadata: '{"a":"b"}', createdAt: NOON },
      expiresAt: NOON + KEPT_MS,
    })
    expect(add(number, ["c"])).toEqual(["c"])
    expect(readIds(number)).toEqual(["a", "b", "c"])
    const page = (order: "asc" | "desc", after: number | null) =>
      world.reads.conversationItems({ conversation: number, order, after, limit: 2 }).map((item) => item.id)
    expect([page("asc", null), page("asc", 1)]).toEqual([["a", "b"], ["c"]])
    expect([page("desc", null), page("desc", 1)]).toEqual([["c", "b"], ["a"]])
    expect(world.reads.conversationItem(number, "b")).toMatchObject({ place: 1, item: makeItem("b").item })
    expect(world.reads.conversationItem(number, "x")).toBeNull()
    expect(world.reads.conversation(id.replace(/.$/, "x"), NOON)).toBeNull()
  })

  test("has each id once, whatever ids the items come with", () => {
    const { number } = create("a", "a_2", "a")
    add(number, ["a", "a"])
    const ids = readIds(number)
    expect(ids.slice(0, 2)).toEqual(["a", "a_2"])
    expect(new Set(ids).size).toBe(5)
  })

  test("loses an item, and those that follow stay behind the others", () => {
    const { number } = create("a", "b", "c")
    const remove = (id: string) => doTurn(world.store, { kind: "removeItem", number, id })
    expect([remove("b"), remove("b")]).toEqual([true, false])
    add(number, ["d"])
    expect(readIds(number)).toEqual(["a", "c", "d"])
  })

  test("is deleted with its items, and nothing is added afterwards", () => {
    const { id, number } = create("a")
    const other = create("b")
    const remove = () => doTurn(world.store, { kind: "removeConversation", number })
    expect([remove(), remove()]).toEqual([true, false])
    expect(read(id)).toBeNull()
    expect(add(number, ["c"])).toBeNull()
    expect(doTurn(world.store, { kind: "changeConversation", number, metadata: null })).toBe(false)
    expect(readIds(number)).toEqual([])
    expect(readIds(other.number)).toEqual(["b"])
  })

  test("expires after its last use: what is added or changed keeps it, and an expired one takes nothing", () => {
    const [kept, changed, left] = [create("a"), create(), create()]
    const later = NOON + KEPT_MS - 1
    add(kept.number, ["b"], later)
    expect(
      doTurn(world.store, { kind: "changeConversation", number: changed.number, metadata: '{"c":"d"}' }, later),
    ).toBe(true)
    expect(read(changed.id, later)?.metadata).toBe('{"c":"d"}')
    const end = NOON + KEPT_MS
    expect([kept, changed, left].map(({ id }) => read(id, end) !== null)).toEqual([true, true, false])
    expect(add(left.number, ["c"], end)).toBeNull()
    expect(read(kept.id, later + KEPT_MS)).toBeNull()
  })

  test("that has expired is deleted a few rows at a time, and others are left alone", () => {
    const end = NOON + KEPT_MS
    for (const ids of [["a", "b", "c", "d"], [], ["e"]]) create(...ids)
    const kept = create("f")
    add(kept.number, ["g"], end - 1)
    const counts: number[] = []
    const prune = () => doTurn(world.store, { kind: "pruneConversations", limit: 3 }, end)
    for (let count = prune(); count > 0; count = prune()) counts.push(count)
    expect(counts).toEqual([3, 3, 2])
    expect([rows("conversations"), rows("conversation_items")]).toEqual([1, 2])
  })
})

describe("all conversations of an owner", () => {
  const expire = (owners: readonly string[] | null, over: Partial<ChangeOf<"expireConversations">> = {}) =>
    doTurn(world.store, { kind: "expireConversations", owners, before: newJobId(NOON), after: 0, limit: 10, ...over })

  test("are gone at once, in steps of a bounded number, and take nothing more; those of others stay", () => {
    const [mine, other, second] = [create("a"), create("b"), create("c")]
    world.database.run("UPDATE conversations SET owner = 'vk:b' WHERE number = ?", [other.number])
    const first = expire(["vk:a"], { limit: 2 })
    expect(first).toEqual({ count: 1, last: other.number })
    expect(expire(["vk:a"], { limit: 2, after: other.number })).toEqual({ count: 1, last: null })
    expect([mine, other, second].map(({ id }) => read(id) !== null)).toEqual([false, true, false])
    expect(add(mine.number, ["d"])).toBeNull()
    expect(doTurn(world.store, { kind: "pruneConversations", limit: 10 })).toBe(4)
    expect(readIds(other.number)).toEqual(["b"])
    expect(expire(["vk:a"])).toEqual({ count: 0, last: null })
    expect(expire(null)).toEqual({ count: 1, last: null })
  })

  test("are those that were made before a job id", () => {
    create()
    const before = newJobId(NOON)
    const later = create()
    expect(expire(null, { before })).toEqual({ count: 1, last: null })
    expect(read(later.id)).not.toBeNull()
  })
})

test("a conversation is kept for the time that the store is opened with", () => {
  const store = createStore(world.database, 5000)
  const unique = newJobId(NOON)
  const conversation = { id: makeConversationId(unique), owner: "", metadata: null, createdAt: NOON }
  const number = readNumber(unique)
  doTurn(store, { kind: "createConversation", conversation, items: [] })
  expect(read(conversation.id)?.expiresAt).toBe(NOON + 5000)
  doTurn(store, { kind: "addItems", number, items: [] }, NOON + 1)
  expect(read(conversation.id)?.expiresAt).toBe(NOON + 5001)
  doTurn(store, makeFinish(run(), { answer: answerWith(number, "a") }), NOON + 2)
  expect(read(conversation.id)?.expiresAt).toBe(NOON + 5002)
})

describe("the end of a job", () => {
  test("adds its turn to the conversation, which is kept anew, in the order of the ends", () => {
    const { id, number } = create("a")
    const [first, second] = [run(), run()]
    const change = { answer: answerWith(number, "from second") }
    expect(doTurn(world.store, makeFinish(second, change), NOON + 5)).toBe(true)
    expect(doTurn(world.store, makeFinish(first, { answer: answerWith(number, "from first") }), NOON + 9)).toBe(true)
    expect(readIds(number)).toEqual(["a", "from second", "from first"])
    expect(read(id)?.expiresAt).toBe(NOON + 9 + KEPT_MS)
  })

  test("adds it also where its answer is stored part by part", () => {
    const { number } = create()
    doTurn(world.store, makeFinish(run(), { answer: { ...answerWith(number, "a"), isStaged: true } }))
    expect(readIds(number)).toEqual(["a"])
  })

  test("adds nothing where the job has ended before, has failed, or is another attempt's", () => {
    const { number } = create()
    const job = run()
    const finish = (of: Claimed) => doTurn(world.store, makeFinish(of, { answer: answerWith(number, "a") }))
    expect(finish({ ...job, attempt: job.attempt + 1 })).toBe(false)
    expect(doTurn(world.store, makeFailure(job))).toBe(true)
    expect(finish(job)).toBe(false)
    const gone = run()
    doTurn(world.store, makeRemove([gone.id]))
    expect(finish(gone)).toBe(false)
    expect(readIds(number)).toEqual([])
  })

  test("is stored without its turn where the conversation is gone", () => {
    const { number } = create("a")
    doTurn(world.store, { kind: "removeConversation", number })
    const job = run()
    expect(doTurn(world.store, makeFinish(job, { answer: answerWith(number, "b") }))).toBe(true)
    expect(world.row(job.id)?.state).toBe("succeeded")
    expect(rows("conversation_items")).toBe(0)
  })

  test("and its turn are stored together or not at all", () => {
    const { number } = create()
    const job = run()
    const broken = { kind: "saveFile", file: {} } as never
    expect(() => world.store.turn(NOON, [makeFinish(job, { answer: answerWith(number, "a") }), broken])).toThrow()
    expect(readIds(number)).toEqual([])
    expect(world.row(job.id)?.state).toBe("running")
  })
})
