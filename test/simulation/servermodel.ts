// A model of the PostgreSQL server, as several gateways know it: connections, advisory locks, the rows that say who lives, and turns
// that are stored in the real SQLite store. It understands the statements of pgwriter.ts and pggateways.ts and no others.

import { drainMicrotasks } from "bun:jsc"
import type { Connection, Value } from "../../src/jobs/postgres/pgdriver.ts"
import { LOCK, nameConnection } from "../../src/jobs/postgres/pglock.ts"
import type { Change, Store } from "../../src/jobs/store.ts"
import { StoreError } from "../../src/jobs/storeerror.ts"
import { NOON } from "../factory.ts"

/** The network of a gateway, and whether its machine runs. */
export interface Line {
  isFrozen: boolean
  /** Whether it was frozen before its commit went out. */
  isHeld: boolean
  isCut: boolean
  /** Whether its process was killed: nothing reaches it any more. */
  isDead: boolean
  /** What has arrived while it was frozen. */
  arrived: (() => void)[]
}

/** A turn that waits for its commit. */
export interface Turn {
  now: number
  changes: readonly Change[]
  results: unknown[] | null
  /** Called right before it is stored, to say whose it is. */
  begin(): void
}

/** A connection, as the server has it. */
interface Session {
  pid: number
  name: string
  line: Line
  isEnded: boolean
  /** Whether its gateway knows that it has ended. */
  isLost: boolean
  mark: string | null
  turn: Turn | null
  /** What waits for the answer of the commit. */
  behind: (() => void)[]
  /** The commit that is not answered. */
  commit: { isApplied: boolean; error: unknown; answer(): void; fail(error: unknown): void } | null
}

export const TURN = "TURN"
export const READ = "READ"

const gone = () => new StoreError("unavailable", "ERR_POSTGRES_CONNECTION_CLOSED", "the connection is closed")

type Answering = (values: readonly Value[], session: Session) => unknown[]

export class ServerModel {
  time = NOON
  /** Whether commits are answered at once. */
  isQuick = false
  /** The time of the turn that is being stored; null: none is. */
  turnNow: number | null = null
  private readonly turns = new Map<number, Turn>()
  private readonly sessions = new Set<Session>()
  private readonly locks = new Map<number, Session>()
  private readonly settings = new Map<string, string>()
  private readonly rows = new Map<string, { address: Value; place: Value; seenAt: number }>()
  private pids = 0
  private turnsPut = 0

  /** @param fail called when something is stored without the lock */
  constructor(
    readonly store: Store,
    private readonly fail: (problem: string) => void,
  ) {}

  connect = async (line: Line, name: string): Promise<Connection> => {
    if (line.isCut) throw gone()
    const nothing = { isEnded: false, isLost: false, mark: null, turn: null, commit: null, behind: [] }
    const session: Session = { pid: ++this.pids, name, line, ...nothing }
    this.sessions.add(session)
    const ask = async (text: string, values: readonly Value[] = []) => {
      // Whatever is asked behind a commit is answered behind it.
      if (session.commit !== null) await new Promise<void>((resolve) => session.behind.push(resolve))
      if (session.isEnded || line.isCut) session.isLost = true
      if (session.isLost) throw gone()
      return this.answer(session, text, values)
    }
    return {
      ask: ask as Connection["ask"],
      run: () => this.commit(session),
      isLost: () => session.isLost,
      close: async () => {
        session.isLost = true
        if (!line.isCut) this.end(session, false)
      },
    }
  }

  /** Takes a turn, which a statement names by its number. */
  put(turn: Turn): number {
    this.turns.set(++this.turnsPut, turn)
    return this.turnsPut
  }

  /** Stores the turns that are out, without an answer. */
  apply(line: Line): void {
    for (const session of this.find(line)) if (!session.isEnded && !line.isHeld) this.storeTurn(session)
  }

  /** Answers the turns that are out. */
  answerAll(): void {
    for (const session of [...this.sessions]) if (!session.line.isCut && !session.line.isHeld) this.reply(session)
  }

  /** The writing connection breaks. @param isApplied whether a turn that is out is stored before that */
  lose(line: Line, isApplied: boolean): void {
    for (const session of this.find(line)) {
      if (session.commit === null && this.locks.get(LOCK) !== session) continue
      this.end(session, isApplied)
      this.noticeEnd(session)
    }
  }

  /** The gateway cannot be reached. @param isNoticed whether the server notices, and ends the connections */
  cut(line: Line, { isApplied, isNoticed }: { isApplied: boolean; isNoticed: boolean }): void {
    line.isCut = true
    for (const session of this.find(line)) {
      if (isNoticed) this.end(session, isApplied)
      else if (isApplied) this.storeTurn(session)
      this.noticeEnd(session)
    }
  }

  /** The process of the gateway has ended, or is ended. */
  kill(line: Line, isApplied: boolean): void {
    line.isDead = true
    for (const session of this.find(line)) this.end(session, isApplied)
  }

  thaw(line: Line): void {
    line.isFrozen = false
    line.isHeld = false
    for (const arrival of line.arrived.splice(0)) arrival()
    for (const session of this.find(line)) if (session.isEnded || line.isCut) this.noticeEnd(session)
  }

  private find(line: Line): Session[] {
    return [...this.sessions].filter((session) => session.line === line)
  }

  /** What the gateway gets, unless it is dead; later, while it is frozen. */
  private deliver({ line }: Session, arrival: () => void): void {
    if (line.isFrozen) line.arrived.push(arrival)
    else if (!line.isDead) arrival()
  }

  private noticeEnd(session: Session): void {
    if (session.line.isFrozen || session.line.isDead) return
    session.isLost = true
    const { commit } = session
    session.commit = null
    if (session.isEnded) this.sessions.delete(session)
    commit?.fail(gone())
    this.goOn(session)
  }

  /** The server ends a connection: its locks are free, and a commit that was not stored by now never is. */
  private end(session: Session, isApplied: boolean): void {
    if (session.isEnded) return
    if (isApplied) this.storeTurn(session)
    session.isEnded = true
    session.turn = null
    for (const [lock, holder] of this.locks) if (holder === session) this.locks.delete(lock)
    if (session.line.isDead) this.sessions.delete(session)
    else this.noticeEnd(session)
  }

  private commit(session: Session): Promise<void> {
    return new Promise((resolve, reject) => {
      if (session.isEnded || session.isLost || session.line.isCut) {
        session.isLost = true
        reject(gone())
        return
      }
      session.commit = { isApplied: false, error: null, answer: resolve, fail: reject }
      if (this.isQuick) this.reply(session)
    })
  }

  private storeTurn(session: Session): void {
    const { commit, turn, mark } = session
    if (commit === null || commit.isApplied) return
    commit.isApplied = true
    if (turn === null) return
    if (this.locks.get(LOCK) !== session) this.fail(`${session.name} stores a turn, and has not the lock`)
    this.turnNow = turn.now
    try {
      turn.begin()
      turn.results = this.store.turn(turn.now, turn.changes) as unknown[]
      this.settings.set("turn", mark ?? "")
    } catch (error) {
      commit.error = error
    }
    this.turnNow = null
    session.turn = null
  }

  private reply(session: Session): void {
    const { commit } = session
    if (commit === null || session.isEnded) return
    this.storeTurn(session)
    session.commit = null
    this.deliver(session, () => {
      if (commit.error === null) commit.answer()
      else commit.fail(commit.error)
      this.goOn(session)
    })
  }

  private goOn({ behind }: Session): void {
    if (behind.length === 0) return
    drainMicrotasks()
    for (const resolve of behind.splice(0)) resolve()
  }

  private holder(lock: number) {
    const session = this.locks.get(lock)
    return session && { pid: session.pid, startedAt: "", address: null, name: session.name }
  }

  private answer(session: Session, text: string, values: readonly Value[]): unknown[] {
    const [, answering] = this.statements.find(([start]) => text.startsWith(start)) ?? []
    if (answering === undefined) throw new Error(`the model of the server does not know: ${text}`)
    return answering(values, session)
  }

  /** What a statement begins with, and how it is answered. */
  private readonly statements: readonly (readonly [string, Answering])[] = [
    [READ, () => []],
    ["BEGIN", () => []],
    [
      TURN,
      ([key], session) => {
        session.turn = this.turns.get(key as number) ?? null
        this.turns.delete(key as number)
        return []
      },
    ],
    [
      "ROLLBACK",
      (_, session) => {
        session.turn = null
        return []
      },
    ],
    [
      "INSERT INTO settings (name, value) VALUES ('turn'",
      ([mark], session) => {
        session.mark = mark as string
        return []
      },
    ],
    ["SELECT value FROM settings WHERE name = 'turn'", () => this.setting("turn")],
    [
      "SELECT name, value FROM settings WHERE name IN ('gateway', 'oldest_writer')",
      () => this.setting("gateway").map((row) => ({ name: "gateway", ...row })),
    ],
    [
      "WITH free AS (SELECT pg_try_advisory_xact_lock",
      ([lock, id]) => {
        if (this.locks.has(lock as number)) return []
        this.settings.set("gateway", id as string)
        return [{ value: id }]
      },
    ],
    [
      "INSERT INTO settings (name, value) VALUES ('gateway'",
      ([id]) => {
        this.settings.set("gateway", id as string)
        return []
      },
    ],
    [
      "DELETE FROM settings WHERE name = 'gateway'",
      ([id]) => {
        if (this.settings.get("gateway") === id) this.settings.delete("gateway")
        return []
      },
    ],
    [
      "SELECT pg_try_advisory_lock",
      ([lock], session) => {
        const holder = this.locks.get(lock as number) ?? session
        if (holder === session) this.locks.set(lock as number, session)
        return [{ isHeld: holder === session }]
      },
    ],
    [
      "SELECT pg_advisory_unlock",
      ([lock], session) => {
        if (this.locks.get(lock as number) === session) this.locks.delete(lock as number)
        return []
      },
    ],
    [
      "SELECT pg_terminate_backend($1::integer)",
      ([pid]) => {
        for (const each of [...this.sessions]) if (each.pid === pid) this.end(each, false)
        return []
      },
    ],
    [
      "SELECT pg_terminate_backend(pid)",
      ([name]) => {
        for (const each of [...this.sessions]) if (each.name === name) this.end(each, false)
        return []
      },
    ],
    [
      "SELECT pid, backend_start",
      ([lock]) => {
        const holder = this.holder(lock as number)
        return holder ? [holder] : []
      },
    ],
    ["SELECT last.id", () => [this.describeRunner()]],
    ["SELECT id, extract", () => [...this.rows].map(([id, { seenAt }]) => ({ id, seenAt }))],
    [
      "INSERT INTO gateways",
      ([id, address, place]) => {
        this.rows.set(id as string, { address: address ?? null, place: place ?? null, seenAt: this.time })
        return []
      },
    ],
    [
      "DELETE FROM gateways",
      ([id]) => {
        this.rows.delete(id as string)
        return []
      },
    ],
  ]

  private setting(name: string): { value: string }[] {
    const value = this.settings.get(name)
    return value === undefined ? [] : [{ value }]
  }

  private describeRunner() {
    const id = this.settings.get("gateway") ?? null
    const row = id === null ? undefined : this.rows.get(id)
    const isConnected = [...this.sessions].some(({ name, isEnded }) => !isEnded && name === nameConnection(id ?? ""))
    const lockedBy = this.holder(LOCK)?.name ?? null
    return { id, address: row?.address ?? null, place: row?.place ?? null, lockedBy, isConnected, oldestWriter: 1 }
  }
}
