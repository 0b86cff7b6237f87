import { expect, test } from "bun:test"
import { createInbox, type Write } from "../../src/engine/inbox.ts"

const MB = 1_000_000
let count = 0
const change = (over: Partial<Write> = {}): Write & { n: number } => ({ n: count++, apply: () => {}, ...over })

/** All batches, until nothing is left. */
function batches(inbox: ReturnType<typeof createInbox>): Write[][] {
  const all: Write[][] = []
  while (!inbox.isEmpty()) all.push(inbox.take())
  return all
}

test("small changes share a commit in the order they came, a thousand at most", () => {
  const inbox = createInbox()
  const changes = Array.from({ length: 1500 }, () => change())
  for (const one of changes) inbox.add(one)
  const [first, second, ...rest] = batches(inbox)
  expect([first?.length, second?.length, rest.length]).toEqual([1000, 500, 0])
  expect([...(first ?? []), ...(second ?? [])]).toEqual(changes)
})

test("a small change waits behind no more than one commit of large ones, and these have every second commit", () => {
  const inbox = createInbox()
  const large = [60, 60, 60].map((mb) => change({ bytes: mb * MB }))
  for (const one of large) inbox.add(one)
  expect(inbox.take()).toEqual([large[0] as Write])
  for (const next of large.slice(1)) {
    const small = change()
    inbox.add(small)
    expect(inbox.take()).toContain(small)
    // However many small ones there are by now.
    inbox.add(change())
    expect(inbox.take()).toEqual([next])
  }
})

test("a commit writes 16 MB, or one change that is larger", () => {
  const inbox = createInbox()
  for (const mb of [8, 8, 1, 20, 3, 3]) inbox.add(change({ bytes: mb * MB }))
  expect(batches(inbox).map((batch) => batch.map(({ bytes = 0 }) => bytes / MB))).toEqual([[8, 8], [1], [20], [3, 3]])
})

test("what must keep its order stands behind the large ones before it, and what comes last comes when nothing else is left", () => {
  const inbox = createInbox()
  const [large, ordered, last, small] = [change({ bytes: 20 * MB }), change({ isOrdered: true }), change(), change()]
  inbox.addLast(last)
  for (const one of [large, ordered, small]) inbox.add(one)
  expect(batches(inbox)).toEqual([[small], [large], [ordered], [last]])
})
