// The one connection that writes. It holds the lock that keeps every other gateway out, so that whatever is written here is written
// under the lock; and it finds out what became of a commit whose answer was lost.
import { type Clock, inTime } from "../../clock.ts"
import { StoreError } from "../storeerror.ts"
import { type Asking, type Connection, connect as connectToServer } from "./pgdriver.ts"
import { IN_FAILED_TRANSACTION } from "./pgerrors.ts"
import { describeHolder, LOCK, type LockHolder, nameConnection, selectHolder, tryLock } from "./pglock.ts"
import { describeOldest, isTooOldFor } from "./pgmigrate.ts"

type Ask = Asking["ask"]

/** A transaction, for what runs in it. After one statement has failed no other is sent. */
export interface Transaction {
  ask: Ask
}

/** How long the first question is asked again where the server is away. */
const START_MS = 10_000
const RETRY_MS = 250
/** How long a turn waits for a connection: the driver tries for longer. */
const OPEN_MS = 2000
/** How long a connection of ours that was lost may keep the lock after the server was told to end it. */
const FREED_MS = 5000

export interface WriterOptions {
  url: string
  clock: Clock
  /** By default the driver's. */
  connect?: typeof connectToServer
  /** Names this process in the database: another gateway that ran in between has left another name. */
  gateway: string
  /** Called when the lock is another's. Nothing is written any more. */
  onLoss(message: string): void
  /** Called while a commit is asked after. */
  onTrouble(error: StoreError): void
  /** Called when what is known of the rows may not be true any more: a transaction was rolled back, or nobody knows. */
  onUndo(): void
}

export type Writer = ReturnType<typeof createWriter>

// Longer than 80 lines: what a lost connection leaves behind concerns all of its steps.
export function createWriter(options: WriterOptions) {
  const { url, clock, gateway, onLoss, onTrouble, onUndo, connect = connectToServer } = options
  const name = nameConnection(gateway)
  let connection: Connection | null = null
  let opening: Promise<Connection> | null = null
  let turns = 0
  /** Whether this process has had the lock before. */
  let hasWritten = false
  let isOver = false
  /** Rejected when the store is closed: connecting to a server that is away takes its time. */
  const closing = Promise.withResolvers<never>()
  closing.promise.catch(() => {})

  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))

  async function open(): Promise<Connection> {
    if (isOver) throw closed()
    if (connection && !connection.isLost()) return connection
    opening ??= openAnew().finally(() => {
      opening = null
    })
    return opening
  }

  async function openAnew(): Promise<Connection> {
    const fresh = await connect(url, name)
    try {
      await takeLock(fresh)
      if (isOver) throw closed()
      hasWritten = true
      connection = fresh
      return fresh
    } catch (error) {
      await fresh.close()
      throw error
    }
  }

  /** Takes the lock. A connection of ours that the server has not missed yet is ended; whoever else holds it is another gateway. */
  async function takeLock({ ask }: Connection): Promise<void> {
    for (const until = clock.now() + FREED_MS; ; await pause(RETRY_MS)) {
      if (await tryLock(ask, LOCK)) return await claim(ask)
      const [holder] = await ask<LockHolder>(selectHolder, [LOCK])
      if (holder && holder.name !== name) throw lose(`another gateway uses this database (${describeHolder(holder)})`)
      if (holder) await ask("SELECT pg_terminate_backend($1::integer)", [holder.pid])
      if (clock.now() > until) throw new StoreError("unavailable", "LOCKED", "the lock of the database is not free yet")
    }
  }

  /** Names this process as the one that writes. At the first connection it replaces whoever was here before. */
  async function claim(ask: Ask): Promise<void> {
    const rows = await ask<{ name: string; value: string }>(
      "SELECT name, value FROM settings WHERE name IN ('gateway', 'oldest_writer')",
    )
    const settings = new Map(rows.map(({ name, value }) => [name, value]))
    const oldestWriter = Number(settings.get("oldest_writer") ?? 0)
    if (isTooOldFor(oldestWriter)) throw lose(`the database ${describeOldest(oldestWriter)}`)
    if (settings.get("gateway") === gateway) return
    if (hasWritten) throw lose("another gateway has used this database while it could not be reached from here")
    await ask(
      "INSERT INTO settings (name, value) VALUES ('gateway', $1::text) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      [gateway],
    )
  }

  function lose(message: string): StoreError {
    isOver = true
    onLoss(message)
    return new StoreError("unavailable", "LOCK_LOST", message)
  }

  /** Runs `work` in a transaction. When this returns, everything is on disk. @throws {StoreError} nothing is, unless it is uncertain */
  async function transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const opened = await inTime(open(), OPEN_MS, clock)
    if (opened === null) throw new StoreError("unavailable", "CONNECTING", "the server does not answer")
    const { ask, run, isLost } = opened
    const { transaction, outcome } = beginTransaction(ask)
    try {
      const begun = transaction.ask("BEGIN")
      const mark = `${gateway} ${++turns}`
      const marked = transaction.ask(MARK, [mark])
      const results = await awaitAll([work(transaction), begun, marked])
      await commit(run, isLost, mark)
      return results[0] as T
    } catch (error) {
      const failure = outcome() ?? error
      if (!isLost()) await ask("ROLLBACK").catch(() => connection?.close())
      onUndo()
      throw failure
    }
  }

  async function commit(run: Connection["run"], isLost: () => boolean, mark: string): Promise<void> {
    try {
      await run("COMMIT")
    } catch (error) {
      if (!isLost() || !(error instanceof StoreError)) throw error
      if (await wasCommitted(mark, error)) return
      throw new StoreError(error.kind, error.code, `${error.message}, and the commit was rolled back`, { cause: error })
    }
  }

  /**
   * Asks what became of a transaction whose commit was not answered, until the server can be asked: whoever is told either of it must not
   * be told wrong. Who holds the lock knows that the connection of that commit is gone, so that the answer is final.
   * @throws {StoreError} uncertain: the store was closed, or the lock is another's
   */
  async function wasCommitted(mark: string, cause: StoreError): Promise<boolean> {
    onTrouble(cause)
    try {
      return await askAgain(async () => {
        const { ask } = await open()
        const [last] = await ask<{ value: string }>("SELECT value FROM settings WHERE name = 'turn'")
        if (last?.value !== mark) return false
        // The server may have shown it before its synchronous standby had it. The answer to a later commit says that it has both.
        await ask(MARK, [mark])
        return true
      })
    } catch {
      const message = `${cause.message}, and the server could not be asked whether that was stored`
      throw new StoreError("unavailable", cause.code, message, { cause, isUncertain: true })
    }
  }

  /** Asks again where the server is away. */
  async function askAgain<T>(question: () => Promise<T>, until = Number.POSITIVE_INFINITY): Promise<T> {
    for (;;) {
      try {
        return await Promise.race([question(), closing.promise])
      } catch (error) {
        if (!(error instanceof StoreError && error.kind === "unavailable") || isOver || clock.now() >= until)
          throw error
      }
      await pause(RETRY_MS)
    }
  }

  return {
    transact,

    /** Asks again for a while where the server is away. */
    askPatiently: <T>(question: () => Promise<T>): Promise<T> => askAgain(question, clock.now() + START_MS),

    /** A statement outside of a transaction. */
    ask: (async (text, values) => (await open()).ask(text, values)) as Ask,

    async close(): Promise<void> {
      isOver = true
      closing.reject(closed())
      await connection?.close()
    },
  }
}

const closed = () => new StoreError("unavailable", "CLOSED", "the store is closed")

/** The mark of the transaction that was stored last. */
const MARK = `INSERT INTO settings (name, value) VALUES ('turn', $1::text) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

/** Statements of one transaction. After the first failure all others fail with it: none may be sent behind a ROLLBACK. */
function beginTransaction(ask: Ask): { transaction: Transaction; outcome(): unknown } {
  let failure: unknown
  return {
    transaction: {
      async ask(text, values) {
        if (failure !== undefined) throw failure
        try {
          return await ask(text, values)
        } catch (error) {
          if (!(error instanceof StoreError && error.code === IN_FAILED_TRANSACTION)) failure ??= error
          throw failure ?? error
        }
      },
    },
    outcome: () => failure,
  }
}

/** Waits for all, also when one fails: nothing of a transaction may go on behind its end. */
export async function awaitAll(promises: readonly Promise<unknown>[]): Promise<unknown[]> {
  const ends = await Promise.allSettled(promises)
  return ends.map((end) => {
    if (end.status === "rejected") throw end.reason
    return end.value
  })
}
