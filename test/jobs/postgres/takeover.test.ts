// When a gateway that waits may take over from the one that runs the jobs.
import { describe, expect, test } from "bun:test"
import { LEASE_MS } from "../../../src/jobs/gateways.ts"
import { mayTakeOver, type Sight } from "../../../src/jobs/postgres/pggateways.ts"
import { nameConnection } from "../../../src/jobs/postgres/pglock.ts"
import { pgSchemaVersion } from "../../../src/jobs/postgres/pgmigrate.ts"
import { createSilences } from "../../../src/jobs/postgres/silences.ts"

const HERE = "this machine:/data"
const LONG = LEASE_MS
const YOUNG = LEASE_MS - 1

/** Another gateway runs the jobs on another machine, and was heard of a moment ago. */
const runs = (over: Partial<Sight> = {}): Sight => ({
  id: "theirs",
  address: "http://other:8080",
  place: "other machine:/data",
  silentMs: 200,
  lockedBy: nameConnection("theirs"),
  isConnected: true,
  oldestWriter: 1,
  ...over,
})
const gone = { lockedBy: null, isConnected: false }

describe("a gateway takes over", () => {
  test.each<[string, Partial<Sight>, number]>([
    [
      "a database that nobody uses, or whose last gateway has stopped in good order",
      { id: null, place: null, ...gone },
      0,
    ],
    ["at once where it is started again in the directory of the one before", { place: HERE, ...gone }, 0],
    ["from one whose connections have all ended, as those of a killed one do", gone, LONG],
    ["from one that is silent for too long, though it is connected", { silentMs: LEASE_MS + 1 }, LONG],
    ["from one that is silent and has lost its lock", { silentMs: LEASE_MS + 1, lockedBy: null }, LONG],
    ["from a program without a row, when its lock is free", { address: null, place: null, ...gone }, LONG],
  ])("%s", (_, over, connectedMs) => {
    expect(mayTakeOver(runs(over), HERE, connectedMs)).toBe(true)
  })
})

describe("a gateway waits", () => {
  test.each<[string, Partial<Sight>, number]>([
    ["while another runs the jobs", {}, LONG],
    ["the same where both seem to be in one directory", { place: HERE }, LONG],
    ["while the other has lost the connection that writes, and connects again", { lockedBy: null }, LONG],
    ["after an outage of the database, so that who was running can come back", { silentMs: 60_000, ...gone }, YOUNG],
    ["the same where the other is connected again already", { silentMs: 60_000 }, YOUNG],
    ["the same where the other has no row", { address: null, place: null, ...gone }, YOUNG],
    [
      "where the tables are to become such that its program cannot write them",
      { id: null, place: null, ...gone, oldestWriter: pgSchemaVersion + 1 },
      LONG,
    ],
    ["while a third one begins", { silentMs: 60_000, lockedBy: nameConnection("a third") }, LONG],
    [
      "while a program without a row of its own has the lock",
      { address: null, place: null, lockedBy: "asyncgate" },
      LONG,
    ],
    ["the same on a database that nobody else has used", { id: null, place: null, lockedBy: "psql" }, LONG],
  ])("%s", (_, over, connectedMs) => {
    expect(mayTakeOver(runs(over), HERE, connectedMs)).toBe(false)
  })
})

describe("the silence of another gateway", () => {
  let now = 0
  const open = () => {
    now = 0
    return createSilences(() => now)
  }
  const look = (silences: ReturnType<typeof open>, at: number, seenAt: number) => {
    now = at
    silences.saw([{ id: "theirs", seenAt }])
    return silences.of("theirs")
  }

  test("is counted from the look that saw its row change, whatever the time in the row", () => {
    const silences = open()
    expect([look(silences, 0, 7), look(silences, 500, 7), look(silences, 1000, 8), look(silences, 2500, 8)]).toEqual([
      0, 500, 0, 1500,
    ])
  })

  test("begins anew after a time in which nothing could be seen, as while commits wait", () => {
    const silences = open()
    expect([look(silences, 0, 7), look(silences, 1500, 7), look(silences, 9000, 7), look(silences, 9500, 7)]).toEqual([
      0, 1500, 0, 500,
    ])
  })

  test("is none for one that is not known", () => {
    expect(open().of("theirs")).toBe(0)
  })
})
