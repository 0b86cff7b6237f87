// The tables of PostgreSQL are what the program takes them for, and what those of SQLite are.
import { afterAll, describe, expect, test } from "bun:test"
import { getTableColumns } from "drizzle-orm"
import * as columns from "../../../src/jobs/postgres/pgcolumns.ts"
import * as tables from "../../../src/jobs/sqlite/tables.ts"
import { createPgWorld, endPgWorlds } from "../../pgworld.ts"
import { hasPostgres } from "../../postgres.ts"

/** The table of each list of columns, and what it has besides: what no member of ours holds. */
const lists = [
  ["jobs", columns.jobs, [], tables.jobs],
  ["attempts", columns.attempts, [], tables.attempts],
  ["quotas", columns.quotas, [], tables.quotas],
  ["usage_daily", columns.usageDaily, [], tables.usageDaily],
  ["webhook_endpoints", columns.webhookEndpoints, ["removed_at"], tables.webhookEndpoints],
  ["webhook_deliveries", columns.webhookDeliveries, ["job"], tables.webhookDeliveries],
  ["files", columns.files, [], tables.files],
  ["batches", columns.batches, [], tables.batches],
  ["conversations", columns.conversations, [], tables.conversations],
  ["conversation_items", columns.conversationItems, [], tables.conversationItems],
] as const

describe.skipIf(!hasPostgres())("the table", () => {
  afterAll(endPgWorlds)

  test.each(lists)("%s has the columns of its list, and those of SQLite", async (name, list, others, table) => {
    const world = await createPgWorld()
    const rows = await world.ask<{ name: string; type: string }>(
      "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema = 'asyncgate' AND table_name = $1::text",
      [name],
    )
    await world.dispose()
    const found = rows
      .filter((row) => !(others as readonly string[]).includes(row.name))
      .map((row) => [row.name, row.type.replace("double precision", "float8")])
    expect(Object.fromEntries(found)).toEqual(list)
    const there = [...Object.keys(list), ...others].filter((column) => column !== "lane")
    expect(there.sort()).toEqual(Object.keys(getTableColumns(table)).sort())
  })
})
