import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { createLanes, type Lanes, type Queue } from "../../../src/engine/schedule/lanes.ts"
import { openQuota } from "../../../src/engine/schedule/quotas.ts"
import { createTimers, type Timed } from "../../../src/engine/schedule/timers.ts"
import type { Lane } from "../../../src/jobs/job.ts"
import { makeLane, NOON } from "../../factory.ts"

const [LOW, NORMAL, HIGH] = [0, 1, 2]

function findQueueFor(lanes: Lanes, over: Partial<Lane> = {}): Queue {
  return lanes.find(makeLane(over), ({ provider, model }) => [openQuota(provider, "", model)])
}

/** Makes a queue for each, all of them ready. */
function readied(...all: Partial<Lane>[]): { lanes: Lanes; queues: Queue[] } {
  const lanes = createLanes()
  const queues = all.map((over) => findQueueFor(lanes, over))
  for (const queue of queues) lanes.ready(queue)
  return { lanes, queues }
}

/** A limit that the test moves. */
function gateWith(left: number, at = Number.POSITIVE_INFINITY, of = "gate") {
  const gate = { of, left, at, room: () => gate.left, opensAt: () => gate.at }
  return gate
}

/** Takes `count` turns, and returns what `pick` returns for each queue. */
function turns<T>(lanes: Lanes, count: number, pick: (queue: Queue) => T): (T | undefined)[] {
  return Array.from({ length: count }, () => {
    const turn = lanes.next(8, NOON)
    return turn ? pick(turn.queue) : undefined
  })
}

describe("a priority", () => {
  test("is served before lower ones, but for one turn in eight for each of these", () => {
    const { lanes } = readied({ priority: LOW }, { priority: NORMAL }, { priority: HIGH })
    const eight = [LOW, HIGH, HIGH, HIGH, NORMAL, HIGH, HIGH, HIGH]
    expect(turns(lanes, 24, ({ priority }) => priority)).toEqual([...eight, ...eight, ...eight])
  })

  test.each([
    [
      [LOW, NORMAL],
      [LOW, NORMAL, NORMAL, NORMAL, NORMAL, NORMAL, NORMAL, NORMAL],
    ],
    [
      [LOW, HIGH],
      [LOW, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH],
    ],
    [
      [NORMAL, HIGH],
      [NORMAL, HIGH, HIGH, HIGH, NORMAL, HIGH, HIGH, HIGH],
    ],
  ])("of %p gets its turns", (priorities, expected) => {
    const { lanes } = readied(...priorities.map((priority) => ({ priority })))
    expect(turns(lanes, 8, ({ priority }) => priority)).toEqual(expected)
  })

  test.each([LOW, NORMAL, HIGH])("of %i has every turn where no other is ready", (priority) => {
    const { lanes, queues } = readied({ priority })
    findQueueFor(lanes, { priority: (priority + 1) % 3 })
    expect(turns(lanes, 16, (queue) => queue)).toEqual(Array.from({ length: 16 }, () => queues[0]))
  })
})

describe("callers", () => {
  test("of one priority take turns, however many lanes each has", () => {
    const { lanes } = readied(
      { owner: "vk:many", model: "one" },
      { owner: "vk:many", model: "two" },
      { owner: "vk:many", model: "three" },
      { owner: "vk:one" },
      { owner: "" },
    )
    const three = ["vk:many", "vk:one", ""]
    expect(turns(lanes, 9, ({ owner }) => owner)).toEqual([...three, ...three, ...three])
  })

  test("have their lanes take turns too", () => {
    const { lanes } = readied(
      { owner: "a", model: "one" },
      { owner: "a", model: "two" },
      { owner: "a", model: "one", keyChoice: "only:k" },
      { owner: "b" },
    )
    const of = ({ owner, model, keyChoice }: Queue) => `${owner} ${model} ${keyChoice}`.trim()
    const expected = ["a one", "b echo", "a two", "b echo", "a one only:k", "b echo", "a one", "b echo"]
    expect(turns(lanes, 8, of)).toEqual(expected)
  })

  test("who come later stand behind those who wait, and keep their place when more of their jobs come", () => {
    const { lanes } = readied({ owner: "a" }, { owner: "b" })
    lanes.ready(findQueueFor(lanes, { owner: "c" }))
    expect(turns(lanes, 1, ({ owner }) => owner)).toEqual(["a"])
    lanes.ready(findQueueFor(lanes, { owner: "c", model: "other" }))
    expect(turns(lanes, 3, ({ owner }) => owner)).toEqual(["b", "c", "a"])
  })

  test("do not starve, nor do their lanes, whoever else is ready", () => {
    const lane = fc.record({
      owner: fc.constantFrom("", "a", "b", "c"),
      model: fc.constantFrom("one", "two", "three"),
      priority: fc.nat(2),
    })
    fc.assert(
      fc.property(fc.uniqueArray(lane, { minLength: 1, selector: (one) => JSON.stringify(one) }), (all) => {
        const { lanes, queues } = readied(...all)
        // Each priority has at least one turn in eight; in it, each of four callers; of these, each of three lanes.
        const seen = new Set(turns(lanes, 8 * 4 * 3, (queue) => queue))
        expect(seen.size).toBe(queues.length)
      }),
      { seed: 2 },
    )
  })
})

describe("a share", () => {
  test("is an even part of the free slots, for callers and then for their lanes", () => {
    const { lanes } = readied({ owner: "a" }, { owner: "b", model: "one" }, { owner: "b", model: "two" })
    expect([lanes.next(100, NOON)?.share, lanes.next(100, NOON)?.share]).toEqual([50, 25])
  })

  test("is all of them where no other queue is ready, and never less than one", () => {
    expect(readied({}).lanes.next(256, NOON)?.share).toBe(256)
    const many = readied(...Array.from({ length: 20 }, (_, n) => ({ owner: `${n}` })))
    expect(many.lanes.next(1, NOON)?.share).toBe(1)
    expect(many.lanes.next(19, NOON)?.share).toBe(1)
  })

  test("is of an eighth only where several priorities are ready, so that the first turn does not take it all", () => {
    const { lanes } = readied({ priority: LOW }, { priority: HIGH, owner: "a" }, { priority: HIGH, owner: "b" })
    expect(lanes.next(80, NOON)).toMatchObject({ queue: { priority: LOW }, share: 10 })
    expect(lanes.next(80, NOON)).toMatchObject({ queue: { priority: HIGH }, share: 5 })
  })
})

describe("a queue", () => {
  test("is the same for the same lane, and another one for any other", () => {
    const { lanes, queues } = readied({})
    expect(findQueueFor(lanes)).toBe(queues[0] as Queue)
    for (const over of [{ model: "m" }, { keyChoice: "only:a" }, { owner: "a" }, { priority: HIGH }]) {
      expect(findQueueFor(lanes, over)).not.toBe(queues[0] as Queue)
    }
  })

  test("that is to be looked at later has no turn before that, and then has one", () => {
    const { lanes, queues } = readied({ owner: "a" }, { owner: "b" })
    const [a, b] = queues as [Queue, Queue]
    lanes.later(a, NOON + 500)
    lanes.later(b, NOON + 900)
    expect(lanes.next(8, NOON)).toBeNull()
    expect(lanes.nextAt()).toBe(NOON + 500)
    lanes.wake(NOON + 499)
    expect(lanes.next(8, NOON)).toBeNull()
    lanes.wake(NOON + 500)
    expect(lanes.nextAt()).toBe(0)
    expect(turns(lanes, 2, (queue) => queue)).toEqual([a, a])
    lanes.idle(a)
    expect(lanes.nextAt()).toBe(NOON + 900)
    lanes.wake(NOON + 100_000)
    expect(turns(lanes, 2, (queue) => queue)).toEqual([b, b])
  })

  test("without jobs has no turn and is forgotten, any other is not", () => {
    const { lanes, queues } = readied({ owner: "a" }, { owner: "b" }, { owner: "c" })
    const [idle, ready, later] = queues as [Queue, Queue, Queue]
    lanes.idle(idle)
    lanes.later(later, NOON)
    expect(turns(lanes, 2, (queue) => queue)).toEqual([ready, ready])
    const forgotten: Queue[] = []
    lanes.sweep((queue) => forgotten.push(queue))
    expect(forgotten).toEqual([idle])
    expect([...lanes.all()]).toEqual([ready, later])
    expect(findQueueFor(lanes, { owner: "a" })).not.toBe(idle)
  })

  test("is forgotten when all is cleared", () => {
    const { lanes, queues } = readied({ owner: "a" }, { owner: "b", priority: HIGH })
    lanes.later(queues[0] as Queue, NOON)
    lanes.wait(queues[1] as Queue, [gateWith(1, NOON)], NOON)
    const forgotten: Queue[] = []
    lanes.clear((queue) => forgotten.push(queue))
    expect(forgotten).toEqual(queues)
    lanes.wake(NOON + 1)
    lanes.open("gate")
    expect(lanes.next(8, NOON)).toBeNull()
    expect(lanes.nextAt()).toBe(Number.POSITIVE_INFINITY)
    expect([...lanes.all()]).toEqual([])
  })
})

describe("a gate", () => {
  test("lets through as many lanes as it has room for, in the order of their turns, and the rest when it has room again", () => {
    const { lanes, queues } = readied({ priority: LOW }, { owner: "a" }, { owner: "a", model: "m" }, { priority: HIGH })
    const [low, first, second, high] = queues as [Queue, Queue, Queue, Queue]
    const gate = gateWith(0)
    for (const queue of queues) lanes.wait(queue, [gate], NOON)
    expect(lanes.countWaiting("gate")).toBe(4)
    expect(lanes.next(8, NOON)).toBeNull()
    gate.left = 1
    expect(lanes.next(8, NOON)).toBeNull()
    const went: Queue[] = []
    while (lanes.hasWaiting()) {
      lanes.open("gate")
      expect(lanes.nextAt()).toBe(0)
      const turn = lanes.next(8, NOON)
      if (!turn) throw new Error("nobody goes through")
      went.push(turn.queue)
      lanes.idle(turn.queue)
      expect(lanes.next(8, NOON)).toBeNull()
    }
    expect(went).toEqual([low, high, first, second])
  })

  test("that opens with time is looked at then, and again when it has no room then", () => {
    const { lanes, queues } = readied({}, { owner: "a" })
    const gate = gateWith(0, NOON + 500)
    for (const queue of queues) lanes.wait(queue, [gate], NOON)
    expect(lanes.nextAt()).toBe(NOON + 500)
    lanes.wake(NOON + 500)
    expect(lanes.nextAt()).toBe(0)
    gate.at = NOON + 900
    expect(lanes.next(8, NOON + 500)).toBeNull()
    expect(lanes.nextAt()).toBe(NOON + 900)
    gate.left = Number.POSITIVE_INFINITY
    lanes.wake(NOON + 900)
    expect(turns(lanes, 2, (queue) => queue)).toEqual(queues)
    expect(lanes.hasWaiting()).toBe(false)
  })

  test("of several that a lane waits at lets it through alone, and it waits at none of the others any more", () => {
    const { lanes, queues } = readied({})
    const [queue] = queues as [Queue]
    const [one, other] = [gateWith(0, NOON + 500, "one"), gateWith(1, NOON + 900, "other")]
    lanes.wait(queue, [one, other, other], NOON)
    lanes.open("other")
    expect(lanes.next(8, NOON)?.queue).toBe(queue)
    expect([lanes.countWaiting("one"), lanes.countWaiting("other"), lanes.hasWaiting()]).toEqual([0, 0, false])
    lanes.idle(queue)
    expect(lanes.nextAt()).toBe(Number.POSITIVE_INFINITY)
  })

  test("at which no lane waits is forgotten, and a lane without a gate waits for ever", () => {
    const { lanes, queues } = readied({})
    lanes.open("gate")
    lanes.wait(queues[0] as Queue, [], NOON)
    lanes.wake(NOON + 86_400_000)
    lanes.sweep(() => {})
    expect(lanes.next(8, NOON)).toBeNull()
    expect(lanes.nextAt()).toBe(Number.POSITIVE_INFINITY)
    expect([...lanes.all()]).toEqual(queues)
  })
})

describe("timers", () => {
  test("give what is due in the order of its times, whatever was changed or taken out meanwhile", () => {
    const change = fc.tuple(fc.nat(30), fc.option(fc.nat(50)))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), fc.nat(60), (changes, now) => {
        const timers = createTimers<Timed & { n: number }>()
        const items = Array.from({ length: 31 }, (_, n) => ({ n, dueAt: 0, heapIndex: -1 }))
        const known = new Map<number, number>()
        for (const [n, at] of changes) {
          const item = items[n] as (typeof items)[number]
          if (at === null) {
            timers.delete(item)
            known.delete(n)
          } else {
            timers.set(item, at)
            known.set(n, at)
          }
        }
        expect(timers.nextAt()).toBe(Math.min(...known.values()))
        const taken: number[] = []
        for (let item = timers.takeDue(now); item; item = timers.takeDue(now)) {
          taken.push(item.dueAt)
          known.delete(item.n)
        }
        expect(taken).toEqual(taken.toSorted((a, b) => a - b))
        expect(Math.min(...known.values())).toBeGreaterThan(now)
      }),
      { seed: 4 },
    )
  })
})
