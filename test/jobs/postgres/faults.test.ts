// What the store on PostgreSQL makes of a network, a server and another gateway that fail it.
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test"
import { systemClock } from "../../../src/clock.ts"
import { connect } from "../../../src/jobs/postgres/pgdriver.ts"
import { LOCK, nameConnection } from "../../../src/jobs/postgres/pglock.ts"
import { createPgStore, type PgStore } from "../../../src/jobs/postgres/pgstore.ts"
import type { StoreError } from "../../../src/jobs/storeerror.ts"
import { makeFinish, makeSubmit, NOON, newJob } from "../../factory.ts"
import { createPgWorld, endPgWorlds, type PgWorld } from "../../pgworld.ts"
import { hasPostgres } from "../../postgres.ts"
import { type Relay, startRelay } from "../../postgresrelay.ts"

describe.skipIf(!hasPostgres())("the store on PostgreSQL", () => {
  let world: PgWorld
  let relay: Relay
  let store: PgStore
  let troubles: string[]
  let losses: string[]

  beforeEach(async () => {
    world = await createPgWorld()
    await world.store.close()
    relay = startRelay(world.url)
    troubles = []
    losses = []
    store = createPgStore({
      ...{ url: relay.url, clock: systemClock, gateway: "ours" },
      onTrouble: ({ code }) => troubles.push(code),
      onLoss: (message) => losses.push(message),
    })
    await store.turn(NOON, [{ kind: "probe" }])
  })

  /** The same store, which calls this when it begins to ask after a commit. */
  async function reopen(onTrouble: (error: StoreError) => void): Promise<PgStore> {
    await store.close()
    const opened = createPgStore({ url: relay.url, clock: systemClock, gateway: "ours", onTrouble })
    await opened.turn(NOON, [{ kind: "probe" }])
    return opened
  }
  afterAll(endPgWorlds)
  afterEach(async () => {
    await store.close()
    relay.stop()
  })

  const fail = async (promise: Promise<unknown>): Promise<StoreError> =>
    promise.then(
      () => {
        throw new Error("it did not fail")
      },
      (error) => error,
    )

  test("asks after a commit whose answer was lost, and answers what became of it", async () => {
    const job = newJob()
    relay.lose("COMMIT", "unanswered")
    expect(await store.turn(NOON, [makeSubmit(job)])).toEqual([{ kind: "queued" }])
    expect(await world.inspect.row(job.id)).toMatchObject({ state: "queued" })
    // Meanwhile others were refused.
    expect(troubles).toHaveLength(1)
  })

  test("fails a turn whose commit did not reach the server, and nothing of it is there", async () => {
    const job = newJob()
    relay.lose("COMMIT", "unsent")
    const error = await fail(store.turn(NOON, [makeSubmit(job)]))
    expect(error).toMatchObject({ kind: "unavailable", isUncertain: false })
    expect(await world.inspect.rows()).toEqual([])
    expect(await store.turn(NOON, [makeSubmit(job)])).toEqual([{ kind: "queued" }])
  })

  test("fails a turn in whose middle the connection breaks, and takes the next one", async () => {
    relay.lose("INSERT INTO jobs", "unanswered")
    const error = await fail(store.turn(NOON, [makeSubmit(newJob())]))
    expect(error).toMatchObject({ kind: "unavailable", isUncertain: false })
    expect(await world.inspect.rows()).toEqual([])
    await store.turn(NOON, [makeSubmit(newJob())])
    expect(await world.inspect.rows()).toHaveLength(1)
  })

  test("asks as long as the server is away", async () => {
    const job = newJob()
    store = await reopen((error) => {
      relay.setOpen(false)
      troubles.push(error.code)
    })
    relay.lose("COMMIT", "unanswered")
    const submitted = store.turn(NOON, [makeSubmit(job)])
    await relay.refused(3)
    relay.setOpen(true)
    expect(await submitted).toEqual([{ kind: "queued" }])
    expect(await world.inspect.row(job.id)).toMatchObject({ state: "queued" })
    expect(troubles).toHaveLength(1)
  })

  test("says that it does not know, where it is closed before the server is back", async () => {
    const job = newJob()
    store = await reopen(() => relay.setOpen(false))
    relay.lose("COMMIT", "unanswered")
    const submitted = fail(store.turn(NOON, [makeSubmit(job)]))
    await relay.refused(1)
    await store.close()
    expect(await submitted).toMatchObject({ kind: "unavailable", isUncertain: true })
    expect(await world.inspect.row(job.id)).toBeDefined()
  })

  test("answers a commit that the server has alone only when its synchronous standby has it too", async () => {
    const waits = async (statement: string) => {
      const found: unknown[] = await world.ask(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '${statement}%'`,
      )
      return found.length > 0
    }
    await world.ask("ALTER SYSTEM SET synchronous_standby_names = 'away'")
    try {
      await world.ask("SELECT pg_reload_conf()")
      let isAnswered = true
      let submitted: Promise<unknown> = Promise.resolve()
      // The server takes the setting a moment later.
      while (isAnswered) {
        isAnswered = false
        submitted = store.turn(NOON, [makeSubmit(newJob())]).finally(() => {
          isAnswered = true
        })
        while (!isAnswered && !(await waits("COMMIT")));
      }
      // The server ends each connection that waits for the standby.
      for (let times = 0; times < 3; times++) while (!(await waits("INSERT INTO settings")));
      expect(isAnswered).toBe(false)
      await world.ask("ALTER SYSTEM RESET synchronous_standby_names")
      await world.ask("SELECT pg_reload_conf()")
      expect(await submitted).toEqual([{ kind: "queued" }])
    } finally {
      await world.ask("ALTER SYSTEM RESET synchronous_standby_names")
      await world.ask("SELECT pg_reload_conf()")
    }
  })

  test("ends a connection of its own that still has the lock, and takes no other gateway's for it", async () => {
    await store.close()
    for (const [gateway, isOurs] of [
      ["theirs", false],
      ["ours", true],
    ] as const) {
      const held = await connect(world.url, nameConnection(gateway))
      await held.ask("SELECT pg_advisory_lock($1::bigint)", [LOCK])
      store = createPgStore({ url: relay.url, clock: systemClock, gateway: "ours" })
      if (isOurs) expect(await store.turn(NOON, [makeSubmit(newJob())])).toEqual([{ kind: "queued" }])
      else expect(await fail(store.turn(NOON, [{ kind: "probe" }]))).toMatchObject({ code: "LOCK_LOST" })
      await store.close()
      await held.close()
    }
  })

  test("applies an end once, however often it is sent", async () => {
    const job = newJob()
    const [submitted] = (await store.turn(NOON, [
      makeSubmit(job, { start: { keyId: null, startedAt: NOON, leaseUntil: NOON + 1000 } }),
    ])) as [{ job: never }]
    relay.lose("COMMIT", "unsent")
    await fail(store.turn(NOON, [makeFinish(submitted.job)]))
    expect(await store.turn(NOON, [makeFinish(submitted.job)])).toEqual([true])
    expect(await store.turn(NOON, [makeFinish(submitted.job)])).toEqual([false])
  })

  test("lets no other gateway write, and stops where another has", async () => {
    const other = createPgStore({ url: world.url, clock: systemClock, gateway: "theirs" })
    const refused = await fail(other.turn(NOON, [makeSubmit(newJob())]))
    expect(refused.message).toMatch(/^another gateway uses this database \(connected from 127\.0\.0\.1 since /)
    await other.close()
    // The server ends our connection, and another gateway was faster.
    relay.setOpen(false)
    const faster = createPgStore({ url: world.url, clock: systemClock, gateway: "theirs" })
    await faster.turn(NOON, [{ kind: "probe" }])
    relay.setOpen(true)
    const lost = await fail(store.turn(NOON, [makeSubmit(newJob())]))
    expect(lost.message).toMatch(/^another gateway uses this database/)
    expect(losses).toEqual([lost.message])
    await faster.close()
    // That it is gone again does not help: nobody knows what it has done.
    expect(await fail(store.turn(NOON, [makeSubmit(newJob())]))).toMatchObject({ code: "CLOSED" })
    expect(await world.inspect.rows()).toHaveLength(0)
  })

  test("says what is wrong where the server takes no writes", async () => {
    const [{ name } = { name: "" }] = await world.ask<{ name: string }>("SELECT current_database() AS name")
    await world.ask(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
    relay.setOpen(false)
    relay.setOpen(true)
    const error = await fail(store.turn(NOON, [makeSubmit(newJob())]))
    expect(error).toMatchObject({ kind: "unavailable" })
    await world.ask("SET default_transaction_read_only = off")
    await world.ask(`ALTER DATABASE ${name} RESET default_transaction_read_only`)
    await fail(store.turn(NOON, [{ kind: "probe" }])).catch(() => {})
    expect(await store.turn(NOON, [makeSubmit(newJob())])).toEqual([{ kind: "queued" }])
  })

  test("takes texts as they are, but for what PostgreSQL has no place for", async () => {
    const texts = ["\u0000", "\ud83d", "\\u0000", '"\\', "\u{1f600}", "\n"]
    const job = newJob({ model: texts.join(""), owner: "vk:a", warnings: JSON.stringify(texts) })
    await store.turn(NOON, [makeSubmit(job)])
    const stored = job.model.toWellFormed().replaceAll("\u0000", "\ufffd")
    expect(await world.inspect.row(job.id)).toMatchObject({ model: stored, warnings: job.warnings })
    // The lane of the job is found by its model as it came, and as it is stored.
    for (const model of [job.model, stored]) {
      const lane = { provider: "mock", model, keyChoice: "", owner: "vk:a", priority: 1 }
      const claim = { kind: "claim", lane, keyId: null, leaseUntil: NOON, limit: 0, asksNext: true } as const
      expect(await store.turn(NOON, [claim])).toMatchObject([{ nextRunAt: NOON }])
    }
  })
})
