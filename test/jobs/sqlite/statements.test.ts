// How SQLite carries out what the store and the reads ask of it: by an index, whatever the size of the table.
import type { Database } from "bun:sqlite"
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { createReads } from "../../../src/jobs/sqlite/sqlitereads.ts"
import { createStore } from "../../../src/jobs/sqlite/sqlitestore.ts"
import { prepareUsageReads } from "../../../src/jobs/sqlite/usagereads.ts"
import { createWorld, type World } from "../../factory.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

describe("no question reads the whole table", () => {
  /** What SQLite says it would do for each statement that `work` prepares. */
  function explainPlans(work: (database: Database) => void): { sql: string; plan: string }[] {
    const statements: string[] = []
    const noted = (make: "prepare" | "query") => (sql: string) => {
      statements.push(sql)
      return world.database[make](sql)
    }
    work(Object.assign(Object.create(world.database), { prepare: noted("prepare"), query: noted("query") }))
    return statements
      .filter((sql) => /^\s*(select|insert|update|delete)/i.test(sql))
      .map((sql) => {
        const steps = world.database.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all()
        return { sql, plan: steps.map((step) => step.detail).join("; ") }
      })
  }

  /** Reads all rows of a table, or makes an index of them for this one question. */
  const readsWhole = ({ plan }: { plan: string }) =>
    plan
      .split("; ")
      .some((step) =>
        /^SCAN (jobs|requests|results|contents|attempts|webhook_deliveries|batch_refusals)$|AUTOMATIC/.test(step),
      )

  test("every statement of the store finds its jobs, bodies and attempts by an index, and sorts nothing", () => {
    const plans = explainPlans(createStore)
    expect(plans.length).toBeGreaterThan(30)
    expect(plans.filter(readsWhole)).toEqual([])
    expect(plans.filter(({ plan }) => plan.includes("TEMP B-TREE"))).toEqual([])
  })

  test("and so does every statement of the reads", () => {
    const plans = explainPlans((database) => createReads(database, () => database).bodyBytes("none", "result"))
    expect(plans.length).toBeGreaterThan(11)
    expect(plans.filter(readsWhole)).toEqual([])
    expect(plans.filter(({ plan }) => plan.includes("TEMP B-TREE"))).toEqual([])
  })

  test("what an owner has used is read without the rows of other owners", () => {
    const plans = explainPlans((database) => {
      createStore(database)
      const by = new Set(["model"] as const)
      prepareUsageReads(database, (question) => question()).usage({ owners: ["vk:a"], from: 0, to: 30, by, limit: 10 })
    }).filter(({ sql }) => /^\s*SELECT.* total\(/s.test(sql))
    expect(plans.length).toBe(2)
    expect(plans.filter(({ plan }) => !plan.includes("(day=? AND owner=?)"))).toEqual([])
  })

  test("the stored responses that are deleted early are found in the order of their numbers, and none that came later", () => {
    const plans = explainPlans(createStore).filter(({ sql }) => /ttl_ms = \$ttlMs/.test(sql))
    const search = "SEARCH jobs USING INDEX jobs_stored_responses (ttl_ms=? AND number>? AND number<?)"
    expect(plans.map(({ plan }) => plan)).toEqual([search])
  })

  /** The lane, as far as an index of it is used, and what stands behind it. */
  const LANE = "provider=? AND model=? AND key_choice=? AND owner=? AND priority=?"

  test.each([
    ["the claim of one", /^update "jobs" set.*"key_id" = \?.*rowid = /s, `(${LANE} AND run_at<?)`],
    ["the claim of many", /^update "jobs" set.*"key_id" = \?.*rowid IN /s, `(${LANE} AND run_at<?)`],
    ["when the next job is due", /^select min\("run_at"\).*provider = \?/is, `(${LANE})`],
    [
      "oldestDue",
      /^SELECT provider.*\(provider, model, key_choice, owner, priority, run_at\) >/s,
      "((provider,model,key_choice,owner,priority,run_at)>(?,?,?,?,?,?))",
    ],
    ["position", /count\(\*\) AS position/, `(${LANE} AND run_at<?)`],
  ])("%s goes straight to its lane in the index of due jobs", (name, statement, search) => {
    const plans = explainPlans((database) => {
      createStore(database)
      createReads(database, () => database)
    }).filter(({ sql }) => statement.test(sql))
    const used = plans.filter(({ plan }) => plan.includes(`jobs_due ${search}`))
    expect({ name, used: used.length, plans: used.length === 0 ? plans : [] }).toEqual({ name, used: 1, plans: [] })
  })
})
