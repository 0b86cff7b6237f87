import { expect, test } from "bun:test"
import { createInbox, type Entry } from "../../src/engine/inbox.ts"

const MB = 1_000_000
let count = 0
const entry = (over: Partial<Entry> = {}): Entry & { n: number } => ({ n: count++, plan: () => [], ...over })

/** Takes batches until nothing is left. */
function batches(inbox: ReturnType<typeof createInbox>): Entry[][] {
  const all: Entry[][] = []
  while (!inbox.isEmpty()) all.push(inbox.take())
  return all
}

test("small entries share a commit in the order they came, a thousand at most", () => {
  const inbox = createInbox()
  const entries = Array.from({ length: 1500 }, () => entry())
  for (const one of entries) inbox.add(one)
  const [first, second, ...rest] = batches(inbox)
  expect([first?.length, second?.length, rest.length]).toEqual([1000, 500, 0])
  expect([...(first ?? []), ...(second ?? [])]).toEqual(entries)
})

test("a small entry waits behind no more than one commit of large ones, and these have every second commit", () => {
  const inbox = createInbox()
  const large = [60, 60, 60].map((mb) => entry({ bytes: mb * MB }))
  for (const one of large) inbox.add(one)
  expect(inbox.take()).toEqual([large[0] as Entry])
  for (const next of large.slice(1)) {
    const small = entry()
    inbox.add(small)
    expect(inbox.take()).toContain(small)
    // However many small entries have come by now.
    inbox.add(entry())
    expect(inbox.take()).toEqual([next])
  }
})

test("a commit writes 16 MB, or one entry that is larger", () => {
  const inbox = createInbox()
  for (const mb of [8, 8, 1, 20, 3, 3]) inbox.add(entry({ bytes: mb * MB }))
  expect(batches(inbox).map((batch) => batch.map(({ bytes = 0 }) => bytes / MB))).toEqual([[8, 8], [1], [20], [3, 3]])
})

test("an ordered entry is stored after the large ones before it, and the last one when nothing else is left", () => {
  const inbox = createInbox()
  const [large, ordered, last, small] = [entry({ bytes: 20 * MB }), entry({ isOrdered: true }), entry(), entry()]
  inbox.addLast(last)
  for (const one of [large, ordered, small]) inbox.add(one)
  expect(batches(inbox)).toEqual([[small], [large], [ordered], [last]])
})
