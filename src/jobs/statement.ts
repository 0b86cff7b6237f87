// A statement that changes rows: written with Drizzle, prepared once, and bound without it, which takes a third of the time.
import type { Database, SQLQueryBindings } from "bun:sqlite"
import { is, Param, Placeholder } from "drizzle-orm"

interface Query {
  toSQL(): { sql: string; params: unknown[] }
}

type Value = SQLQueryBindings

/** Runs with a value for each `sql.placeholder`; how many rows were changed. What else stands beside them is left out. */
export type Change = (values: object) => number

export function prepareChange(database: Database, query: Query): Change {
  const { sql, params } = query.toSQL()
  const statement = database.query<unknown, Value[]>(sql)
  const names = params.map(nameOf)
  const constants = params as Value[]
  return (values) => {
    const given = values as Record<string, Value>
    const bound: Value[] = []
    for (let at = 0; at < names.length; at++) {
      const name = names[at]
      bound.push(name === null || name === undefined ? (constants[at] ?? null) : (given[name] ?? null))
    }
    return statement.run(...bound).changes
  }
}

/** Of a placeholder its name; null: a value that is the same each time. */
function nameOf(param: unknown): string | null {
  const inner = is(param, Param) ? param.value : param
  return is(inner, Placeholder) ? inner.name : null
}
