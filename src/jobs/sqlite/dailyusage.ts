// Counts what was used on each day, in the transactions that end the attempts, and answers what an owner has spent.
import { type SQL, sql } from "drizzle-orm"
import { type AttemptEnd, type Claimed, countDays, type Target } from "../job.ts"
import type { Spent } from "../store.ts"
import { CALLER_OWNER, CALLERS_MAX, isOfUnknownCost, MODELS_MAX, OTHER_CALLER, OTHER_MODEL } from "../storebounds.ts"
import { daysSince } from "../usagequery.ts"
import { type Connection, isDamage } from "./database.ts"
import { prepareChange } from "./statement.ts"
import { usageDaily } from "./tables.ts"

type Counts = Record<"calls" | "inputTokens" | "outputTokens" | "cost" | "callsWithoutCost", number>
type Names = Record<"owner" | "provider" | "model" | "requestType" | "keyName", string>

export type DailyUsage = ReturnType<typeof createDailyUsage>

// Longer than 80 lines: what is counted in a turn and what is known of the store must be forgotten together.
export function createDailyUsage({ database, db }: Connection) {
  const placed = (name: string) => sql.placeholder(name)
  const sums: Record<string, SQL> = Object.fromEntries(
    ["calls", "input_tokens", "output_tokens", "cost", "calls_without_cost"].map((column) => [
      column,
      sql.raw(`${column} + excluded.${column}`),
    ]),
  )
  const addRow = prepareChange(
    database,
    db
      .insert(usageDaily)
      .values({
        day: placed("day"),
        owner: placed("owner"),
        provider: placed("provider"),
        model: placed("model"),
        request_type: placed("requestType"),
        key_name: placed("keyName"),
        calls: placed("calls"),
        input_tokens: placed("inputTokens"),
        output_tokens: placed("outputTokens"),
        cost: placed("cost"),
        calls_without_cost: placed("callsWithoutCost"),
      })
      .onConflictDoUpdate({
        target: [
          usageDaily.day,
          usageDaily.owner,
          usageDaily.provider,
          usageDaily.model,
          usageDaily.request_type,
          usageDaily.key_name,
        ],
        set: sums,
      }),
  )
  // A sum of whole numbers that does not fit in 64 bits is an error; a total is not.
  const selectSpent = database.query<Spent, [string, number]>(
    `SELECT total(input_tokens) + total(output_tokens) AS tokens, total(cost) AS cost
     FROM ${daysSince("?2")} CROSS JOIN usage_daily ON day = each AND owner = ?1`,
  )
  const selectModels = database.query<Target, [number, string]>(
    "SELECT DISTINCT provider, model FROM usage_daily WHERE day = ? AND owner = ?",
  )
  const selectCallers = database.query<{ owner: string }, [number]>(
    `SELECT DISTINCT owner FROM usage_daily WHERE day = ? AND owner > '${CALLER_OWNER}' AND owner < 'key;'`,
  )
  const deleteRows = prepareChange(database, db.delete(usageDaily).where(sql`day < ${placed("before")}`))

  /** What this turn has counted and not written yet, by its names. */
  const counted = new Map<string, { day: number } & Names & Counts>()
  /** Owner -> what it has spent since a day, for those who have a budget. */
  const spent = new Map<string, { since: number; spent: Spent }[]>()
  /** The models of each owner and the callers of one day. */
  let known = { day: -1, models: new Map<string, Set<string>>(), callers: new Set<string>() }

  function knowDay(day: number): void {
    if (known.day !== day)
      known = { day, models: new Map(), callers: new Set(selectCallers.all(day).map(({ owner }) => owner)) }
  }

  function boundOwner(owner: string): string {
    if (!owner.startsWith(CALLER_OWNER) || known.callers.has(owner)) return owner
    if (known.callers.size >= CALLERS_MAX) return OTHER_CALLER
    known.callers.add(owner)
    return owner
  }

  function boundModel(owner: string, target: Target): string {
    let models = known.models.get(owner)
    if (models === undefined) {
      models = new Set()
      const there = models
      survive(() => {
        for (const target of selectModels.all(known.day, owner)) there.add(nameTarget(target))
      })
      known.models.set(owner, models)
    }
    const name = nameTarget(target)
    if (models.has(name)) return target.model
    if (models.size >= MODELS_MAX) return OTHER_MODEL
    models.add(name)
    return target.model
  }

  /** Writes what the turn has counted: one row for all attempts that are alike. */
  function flush(): void {
    survive(() => {
      for (const row of counted.values()) addRow(row)
    })
    counted.clear()
  }

  return {
    flush,

    /** Counts an attempt that this turn ends. */
    add(job: Claimed, end: AttemptEnd, now: number): void {
      const { keyName, used, cost } = end
      const day = countDays(now)
      survive(() => knowDay(day))
      const { provider, requestType } = job
      const owner = boundOwner(job.owner)
      const model = boundModel(owner, job)
      const name = `${owner}\n${provider}\n${model}\n${requestType}\n${keyName ?? ""}\n${day}`
      let row = counted.get(name)
      if (row === undefined) {
        row = { day, owner, provider, model, requestType, keyName: keyName ?? "", ...nothing }
        counted.set(name, row)
      }
      const input = used?.input_tokens ?? 0
      const output = used?.output_tokens ?? 0
      row.calls++
      row.inputTokens += input
      row.outputTokens += output
      row.cost += cost ?? 0
      row.callsWithoutCost += Number(isOfUnknownCost(end))
      for (const each of spent.get(owner) ?? []) {
        if (each.since > day) continue
        each.spent = { tokens: each.spent.tokens + input + output, cost: each.spent.cost + (cost ?? 0) }
      }
    },

    /** What an owner has spent since a day. Read once, and then kept up to date. */
    spentSince(owner: string, since: number): Spent {
      const sums = spent.get(owner) ?? []
      const found = sums.find((each) => each.since === since)
      if (found) return found.spent
      flush()
      const read = selectSpent.get(owner, since) ?? { tokens: 0, cost: 0 }
      // Those of earlier days and months are not asked for again.
      spent.set(owner, [...sums.slice(-1), { since, spent: read }])
      return read
    },

    forget(daysBefore: number): void {
      deleteRows({ before: daysBefore })
      spent.clear()
    },

    /** The turn was rolled back. */
    undo(): void {
      counted.clear()
      spent.clear()
      known.day = -1
    },
  }
}

/** An answer that was paid for is stored although a page of this table is damaged, which the reaper and the check at the start report. */
function survive(action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!isDamage(error)) throw error
  }
}

const nothing: Counts = { calls: 0, inputTokens: 0, outputTokens: 0, cost: 0, callsWithoutCost: 0 }

function nameTarget({ provider, model }: Target): string {
  return `${provider}/${model}`
}
