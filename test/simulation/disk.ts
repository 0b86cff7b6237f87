// The database that outlives the processes of a world: a real one in memory, as the program creates it, and its possible failures.
import { Database } from "bun:sqlite"
import { claimDirectory } from "../../src/jobs/sqlite/directory.ts"
import { createStore, type SqliteStore } from "../../src/jobs/sqlite/sqlitestore.ts"
import type { Store } from "../../src/jobs/store.ts"
import { newDir, removeDir } from "../cleanup.ts"
import { type Change, watchChanges } from "./changes.ts"
import type { Fuse } from "./fuse.ts"

/** The failure: nothing can be written, the file cannot grow, or little of the disk is free. */
export type Trouble = "nothing" | "writes" | "space" | "reserve"

const empty = emptyDatabase()

export class Disk {
  database: Database
  trouble: Trouble = "nothing"
  /** How many random bytes were asked for: ids of endpoints must differ over all processes. */
  readonly randoms = { asked: 0 }
  private store: SqliteStore
  private changes: () => Change[]
  /** The bytes of the database that a process has closed; null: it is open. */
  private closed: Uint8Array | null = null

  constructor() {
    this.database = Database.deserialize(empty)
    this.changes = prepare(this.database)
    this.store = createStore(this.database)
  }

  /**
   * Opens the store on the database that the last process left. The process may die before each call of the store and after each
   * commit.
   */
  open(fuse: Fuse, onCommit: (changes: Change[]) => void): Store {
    this.reopen()
    const { database, changes } = this
    const functions = Object.entries<(...args: never[]) => unknown>(this.store as never).map(([name, call]) => [
      name,
      (...args: never[]) => {
        fuse.burn()
        const left = name === "close" ? database.serialize() : null
        const result = call(...args)
        this.closed ??= left
        if (name !== "turn") return result
        onCommit(changes())
        fuse.burn()
        return result
      },
    ])
    return Object.fromEntries(functions) as Store
  }

  /** The same disk for a process whose store is another, which `open` returns. */
  under(open: Disk["open"]): Pick<Disk, "open" | "trouble" | "randoms"> {
    return Object.defineProperty(Object.create(this) as Disk, "open", { value: open })
  }

  /** Reopens the database: what a process that died had committed, or the bytes that another had closed. */
  reopen(): void {
    if (this.closed !== null) {
      this.database = Database.deserialize(this.closed)
      this.changes = prepare(this.database)
      this.store = createStore(this.database)
      this.closed = null
    } else if (this.database.inTransaction) this.database.run("ROLLBACK")
    this.take(this.trouble)
  }

  /** Whether a process has shut down and closed the database. */
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

/** An empty database as bytes. */
function emptyDatabase(): Uint8Array {
  const dir = newDir()
  const directory = claimDirectory(dir)
  const database = new Database(directory.databasePath, { readonly: true })
  const bytes = database.serialize()
  database.close()
  directory.release()
  removeDir(dir)
  // Clears the two numbers that stand for WAL mode, because a database in memory has no log.
  bytes.set([1, 1], 18)
  return bytes
}
