// What a gateway has opened at its start, on whichever database, and what its engine thread opens. Types.
import type { Sealed } from "../auth/sealing.ts"
import type { FileBytes } from "./filebytes.ts"
import type { Gateways } from "./gateways.ts"
import type { Reads } from "./reads.ts"
import type { HeldLock } from "./sqlite/directory.ts"

export interface Data {
  reads: Reads
  /** Called when the store has changed: later queries must see the change. */
  refresh(): void
  /** The bytes of uploaded files and of results of batches. */
  fileBytes: FileBytes
  /** What is encrypted, to find out whether the encryption key is the right one. */
  sealed: Sealed
  /** Further checks of the encryption key. @throws {SetupRefused} it is another one than before */
  proveKey(key: Uint8Array, isGivenUp: boolean): Promise<void>
  /** The time of the newest id in the store, epoch milliseconds. */
  readLatestIdTime(): Promise<number>
  /** The path of a database that is too large to be checked before the start; null: it is checked, or not a file. */
  uncheckedPath: string | null
  engine: EngineData
  /** The gateways that share the database; null: none can. */
  gateways: Gateways | null
  /** Tells the commands on this machine where the gateway listens. */
  announce(url: string): void
}

/** The lock of the data directory is held by the main thread; that of a PostgreSQL database by the engine. */
export type EngineData =
  | { kind: "sqlite"; databasePath: string; lock: HeldLock }
  | { kind: "postgres"; url: string; gateway: string }
