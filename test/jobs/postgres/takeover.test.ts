// When a gateway that waits may take over from the one that runs the jobs.
import { describe, expect, test } from "bun:test"
import { LEASE_MS, mayTakeOver, type Sight } from "../../../src/jobs/postgres/pggateways.ts"
import { nameConnection } from "../../../src/jobs/postgres/pglock.ts"

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
  ...over,
})
const gone = { lockedBy: null, isConnected: false }

describe("a gateway takes over", () => {
  test.each<[string, Partial<Sight>, number]>([
    ["a database that nobody has used", { id: null, place: null, silentMs: null, ...gone }, 0],
    ["from one that has stopped in good order", { silentMs: null, ...gone }, 0],
    ["at once where it is started again in the directory of the one before", { place: HERE, ...gone }, 0],
    ["there also while the server has not missed that one", { place: HERE }, 0],
    ["from one whose connections have all ended, as those of a killed one do", gone, LONG],
    ["from one that is silent for too long, though it is connected", { silentMs: LEASE_MS + 1 }, LONG],
    ["from one that is silent and has lost its lock", { silentMs: LEASE_MS + 1, lockedBy: null }, LONG],
  ])("%s", (_, over, connectedMs) => {
    expect(mayTakeOver(runs(over), HERE, connectedMs)).toBe(true)
  })
})

describe("a gateway waits", () => {
  test.each<[string, Partial<Sight>, number]>([
    ["while another runs the jobs", {}, LONG],
    ["while the other has lost the connection that writes, and connects again", { lockedBy: null }, LONG],
    ["after an outage of the database, so that who was running can come back", { silentMs: 60_000, ...gone }, YOUNG],
    ["the same where the other is connected again already", { silentMs: 60_000 }, YOUNG],
    ["while a third one begins", { silentMs: 60_000, lockedBy: nameConnection("a third") }, LONG],
    ["while a program without a row of its own has the lock", { silentMs: null, lockedBy: "asyncgate" }, LONG],
    [
      "the same on a database that nobody else has used",
      { id: null, place: null, silentMs: null, lockedBy: "psql" },
      LONG,
    ],
    ["while one that stops still has the lock", { silentMs: null }, LONG],
  ])("%s", (_, over, connectedMs) => {
    expect(mayTakeOver(runs(over), HERE, connectedMs)).toBe(false)
  })
})
