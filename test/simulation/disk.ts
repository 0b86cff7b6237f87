// The database that outlives the processes of a world: a real one, in memory, as the program makes it, with what can go wrong with it.
import { Database } from "bun:sqlite"
import { claimDirectory } from "../../src/jobs/sqlite/directory.ts"
import { createStore, type SqliteStore } from "../../src/jobs/sqlite/sqlitestore.ts"
import type { Store } from "../../src/jobs/store.ts"
import { newDir, removeDir } from "../cleanup.ts"
import { type Change, watchChanges } from "./changes.ts"
import type { Fuse } from "./fuse.ts"

/** What is wrong: nothing can be written, the file cannot grow, or little is free beside it. */
export type Trouble = "nothing" | "writes" | "space" | "reserve"

const empty = emptyDatabase()

export class Disk {
  database: Database
  trouble: Trouble = "nothing"
  private store: SqliteStore
  private changes: () => Change[]
  /** What a process left that closed its database; null: it is open. */
  private closed: Uint8Array | null = null

  constructor() {
    this.database = Database.deserialize(empty)
    this.changes = prepare(this.database)
    this.store = createStore(this.database)
  }

  /**
   * The store on what the last process left. Each of its doings may be the last one before the process dies, and each commit
   * may be the last thing it did.
   */
  open(fuse: Fuse, onCommit: (changes: Change[]) => void): Store {
    this.reopen()
    const { database, changes } = this
    const doings = Object.entries<(...args: never[]) => unknown>(this.store as never).map(([name, doing]) => [
      name,
      (...args: never[]) => {
        fuse.burn()
        const left = name === "close" ? database.serialize() : null
        const result = doing(...args)
        this.closed ??= left
        if (name !== "turn") return result
        onCommit(changes())
        fuse.burn()
        return result
      },
    ])
    return Object.fromEntries(doings) as Store
  }

  /** A process that died has left what it had committed, and the database as it was; one that closed it, its bytes. */
  reopen(): void {
    if (this.closed !== null) {
      this.database = Database.deserialize(this.closed)
      this.changes = prepare(this.database)
      this.store = createStore(this.database)
      this.closed = null
    } else if (this.database.inTransaction) this.database.run("ROLLBACK")
    this.take(this.trouble)
  }

  /** A process that has stopped in good order has left it so. */
  get isClosed(): boolean {
    return this.closed !== null
  }

  take(trouble: Trouble): void {
    this.trouble = trouble
    if (this.closed !== null) return
    this.database.run(`PRAGMA query_only = ${trouble === "writes"}`)
    const pages = this.database.query<{ page_count: number }, []>("PRAGMA page_count").get()?.page_count ?? 0
    this.database.run(`PRAGMA max_page_count = ${trouble === "space" ? pages : 1_000_000}`)
  }

  dispose(): void {
    this.database.close()
  }
}

function prepare(database: Database): () => Change[] {
  database.run("PRAGMA foreign_keys = ON")
  database.run("PRAGMA temp_store = MEMORY")
  return watchChanges(database)
}

/** As bytes. */
function emptyDatabase(): Uint8Array {
  const dir = newDir()
  const directory = claimDirectory(dir)
  const database = new Database(directory.databasePath, { readonly: true })
  const bytes = database.serialize()
  database.close()
  directory.release()
  removeDir(dir)
  // The two numbers that say that there is a log beside the file: there is none in memory.
  bytes.set([1, 1], 18)
  return bytes
}
