// The stores that store.test.ts runs its suite against. Each is created empty, with functions that look at its rows directly.

import type { Answer } from "../../src/jobs/answer.ts"
import type { State } from "../../src/jobs/job.ts"
import type { BodyKind, Store } from "../../src/jobs/store.ts"
import { createWorld, insertJob, type Row, type World } from "../factory.ts"
import { createPgWorld, endPgWorlds } from "../pgworld.ts"
import { hasPostgres } from "../postgres.ts"

export interface Maker {
  name: string
  make(): Answer<Made>
  /** Ends what all stores of a file have shared. */
  end(): Answer<void>
}

export interface Made {
  store: Store
  inspect: Inspect
  dispose(): Answer<void>
}

export interface Inspect {
  /** Inserts a job in any state. `over` replaces members of its row. */
  insert(state: State, over?: Partial<Row>): Answer<Row>
  row(id: string): Answer<Row | undefined>
  /** The rows of all jobs. */
  rows(): Answer<Row[]>
  /** The recorded attempts of a job, in their order. */
  attempts(id: string): Answer<ReturnType<World["attempts"]>>
  /** A body as text; empty where there is none. */
  body(id: string, kind: BodyKind): Answer<string>
  /** The numbers of rows in the other tables. */
  counts(): Answer<{ bodies: number; attempts: number; usage: number }>
}

const sqlite: Maker = {
  name: "the store on SQLite",
  make() {
    const world = createWorld()
    const count = (table: string) =>
      world.database.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? Number.NaN
    return {
      store: world.store,
      inspect: {
        insert: (state, over) => insertJob(world.database, state, over),
        row: world.row,
        rows: world.rows,
        attempts: world.attempts,
        body: world.body,
        counts: () => ({
          bodies: count("requests") + count("results") + count("contents"),
          attempts: count("attempts"),
          usage: count("usage_daily"),
        }),
      },
      dispose: world.dispose,
    }
  },
  end() {},
}

const postgres: Maker = {
  name: "the store on PostgreSQL",
  async make() {
    const world = await createPgWorld()
    return { store: world.store, inspect: world.inspect, dispose: world.dispose }
  },
  end: endPgWorlds,
}

export const makers: readonly Maker[] = [sqlite, ...(hasPostgres() ? [postgres] : [])]
