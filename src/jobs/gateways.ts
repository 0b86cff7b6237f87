// Several gateways on one database: one runs the jobs, the others wait to take over.

/** How long the gateway that runs the jobs may be silent before another takes over. A stall of the machine must not pass for its end. */
export const LEASE_MS = 4000

/** What a gateway says of itself to the others. */
export interface Member {
  /** Where the others reach it, as `http://10.0.0.7:8080`. */
  address: string
  version: string
}

/** A gateway, as the others see it. */
export interface MemberView extends Member {
  /** Whether it runs the jobs. */
  isRunning: boolean
  /** How long ago it was heard of, milliseconds. */
  silentMs: number
}

/** A standby of the database that the server tells of. */
export interface StandbyView {
  /** What its connection calls itself. */
  name: string
  /** Whether commits wait for it. */
  isSynchronous: boolean
  /** The bytes of the server's log that are not on its disk yet: a failover to it would lose them. */
  behindBytes: number
}

/** The gateway that runs the jobs. */
export interface Runner {
  address: string
  /** Whether it is on this machine: elsewhere its address may mean another machine. */
  isHere: boolean
}

/** What the gateway that runs the jobs learns from the database. */
export interface RunnerEvents {
  /** Another has taken over. */
  onReplaced(): void
  /** Its program is too old for what the tables will be: it must stop in good order. */
  onOutdated(why: string): void
}

export interface Gateways {
  /** Whether this gateway may run the jobs at once. It then does, and calls `begin`. @throws {StoreError} */
  tryTurn(version: string): Promise<boolean>
  /**
   * Resolves when it may.
   * @param onRunner called with the one that does until then; null: none does at the moment. `isUnnamed`: a program has the jobs that
   * does not say where it is
   */
  awaitTurn(me: Member, onRunner: (runner: Runner | null, isUnnamed: boolean) => void): Promise<void>
  /**
   * This gateway runs the jobs now.
   * @param isAlive whether its engine works: without that it is not renewed
   */
  begin(me: Member, isAlive: () => boolean, on: RunnerEvents): void
  /** Makes the files with keys in the directory and their copies in the database alike. To be called about once a second. */
  shareKeys(): Promise<void>
  /** Tells the others that this gateway has stopped. */
  leave(): Promise<void>
}
