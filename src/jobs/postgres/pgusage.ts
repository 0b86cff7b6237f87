// Counts what was used on each day, in the transactions that end the attempts, and answers what an owner has spent.

import { type AttemptEnd, type Claimed, countDays, type Target } from "../job.ts"
import type { Spent } from "../store.ts"
import { CALLER_OWNER, CALLERS_MAX, isOfUnknownCost, MODELS_MAX, OTHER_CALLER, OTHER_MODEL } from "../storebounds.ts"
import { daysSince } from "../usagequery.ts"
import { given, list, toRow, usageDaily } from "./pgcolumns.ts"
import { toJson } from "./pgdriver.ts"
import type { Turn } from "./pgturn.ts"

const sums = ["calls", "input_tokens", "output_tokens", "cost", "calls_without_cost"] as const

const ADD = `INSERT INTO usage_daily (${list(usageDaily)}) SELECT ${list(usageDaily)} FROM ${given(usageDaily)}
  ON CONFLICT (day, owner, provider, model, request_type, key_name)
  DO UPDATE SET ${sums.map((name) => `${name} = usage_daily.${name} + excluded.${name}`)}`

interface Used {
  job: Claimed
  end: AttemptEnd
}

interface Row extends Target {
  day: number
  owner: string
  requestType: string
  keyName: string
  calls: number
  inputTokens: number
  outputTokens: number
  cost: number
  callsWithoutCost: number
}

export type PgUsage = ReturnType<typeof createPgUsage>

export function createPgUsage() {
  /** What this turn has ended and not written yet. */
  let used: Used[] = []
  /** Owner -> what it has spent since a day, for those who have a budget. */
  const spent = new Map<string, { since: number; spent: Spent }[]>()
  /** The models of each owner and the callers of one day. */
  let known = { day: -1, models: new Map<string, Set<string>>(), callers: new Set<string>() }

  async function knowDay({ ask }: Turn, day: number): Promise<void> {
    if (known.day === day) return
    const rows = await ask<{ owner: string }>(
      `SELECT DISTINCT owner FROM usage_daily WHERE day = $1::integer AND starts_with(owner, '${CALLER_OWNER}')`,
      [day],
    )
    known = { day, models: new Map(), callers: new Set(rows.map(({ owner }) => owner)) }
  }

  async function knowModels({ ask }: Turn, owner: string): Promise<Set<string>> {
    let models = known.models.get(owner)
    if (models === undefined) {
      const rows = await ask<Target>(
        "SELECT DISTINCT provider, model FROM usage_daily WHERE day = $1::integer AND owner = $2::text",
        [known.day, owner],
      )
      models = new Set(rows.map(nameTarget))
      known.models.set(owner, models)
    }
    return models
  }

  function boundOwner(owner: string): string {
    if (!owner.startsWith(CALLER_OWNER) || known.callers.has(owner)) return owner
    if (known.callers.size >= CALLERS_MAX) return OTHER_CALLER
    known.callers.add(owner)
    return owner
  }

  async function boundModel(turn: Turn, owner: string, target: Target): Promise<string> {
    const models = await knowModels(turn, owner)
    const name = nameTarget(target)
    if (models.has(name)) return target.model
    if (models.size >= MODELS_MAX) return OTHER_MODEL
    models.add(name)
    return target.model
  }

  function count(row: Row, end: AttemptEnd): void {
    const input = end.used?.input_tokens ?? 0
    const output = end.used?.output_tokens ?? 0
    row.calls++
    row.inputTokens += input
    row.outputTokens += output
    row.cost += end.cost ?? 0
    row.callsWithoutCost += Number(isOfUnknownCost(end))
    for (const each of spent.get(row.owner) ?? []) {
      if (each.since > row.day) continue
      each.spent = { tokens: each.spent.tokens + input + output, cost: each.spent.cost + (end.cost ?? 0) }
    }
  }

  /** Writes what the turn has counted: one row for all attempts that are alike. */
  async function flush(turn: Turn): Promise<void> {
    if (used.length === 0) return
    const ended = used
    used = []
    const day = countDays(turn.now)
    await knowDay(turn, day)
    const rows = new Map<string, Row>()
    for (const { job, end } of ended) {
      const owner = boundOwner(job.owner)
      const model = await boundModel(turn, owner, job)
      const { provider, requestType } = job
      const keyName = end.keyName ?? ""
      const name = [owner, provider, model, requestType, keyName].join("\n")
      const row = rows.get(name) ?? { day, owner, provider, model, requestType, keyName, ...nothing }
      rows.set(name, row)
      count(row, end)
    }
    await turn.ask(ADD, [toJson([...rows.values()].map((row) => toRow(usageDaily, row)))])
  }

  return {
    flush,

    /** Counts an attempt that this turn ends. */
    add(job: Claimed, end: AttemptEnd): void {
      used.push({ job, end })
    },

    /** What an owner has spent since a day. Read once, and then kept up to date. */
    async spentSince(turn: Turn, owner: string, since: number): Promise<Spent> {
      await flush(turn)
      const sums = spent.get(owner) ?? []
      const found = sums.find((each) => each.since === since)
      if (found) return found.spent
      const [read] = await turn.ask<Spent>(
        `SELECT coalesce(sum(input_tokens + output_tokens), 0) AS tokens, coalesce(sum(cost), 0) AS cost
         FROM ${daysSince("$2::integer")} JOIN usage_daily ON day = each AND owner = $1::text`,
        [owner, since],
      )
      const now = read ?? { tokens: 0, cost: 0 }
      // Those of earlier days and months are not asked for again.
      spent.set(owner, [...sums.slice(-1), { since, spent: now }])
      return now
    },

    async forget({ ask }: Turn, daysBefore: number): Promise<void> {
      await ask("DELETE FROM usage_daily WHERE day < $1::integer", [daysBefore])
      spent.clear()
    },

    /** The turn was rolled back. */
    undo(): void {
      used = []
      spent.clear()
      known.day = -1
    },
  }
}

const nothing = { calls: 0, inputTokens: 0, outputTokens: 0, cost: 0, callsWithoutCost: 0 }

function nameTarget({ provider, model }: Target): string {
  return `${provider}/${model}`
}
