// What the errors of PostgreSQL and of its driver mean.
import { SQL } from "bun"
import { describeCause } from "../../values.ts"
import { StoreError, type StoreErrorKind } from "../storeerror.ts"

/** The classes of SQLSTATE with a meaning of their own. All others pass by themselves, or when an operator has mended the cause. */
const kinds: readonly [RegExp, StoreErrorKind][] = [
  [/^53100$/, "full"],
  [/^XX00[12]$/, "corrupt"],
  // The statement is wrong for these values, and stays so.
  [/^(21|22|23|54)/, "conflict"],
]

/** After these the connection is closed. 25006: behind the address is a server that takes no writes, as after a failover. */
const LOSING = /^(ERR_POSTGRES_|NO_ANSWER$|08|57P0|25006$|58)/

/** What the driver says of a connection: any other error of it that is not the server's is a mistake of ours. */
const DRIVER =
  /^ERR_POSTGRES_(CONNECTION|TLS|LIFETIME|IDLE|EXPECTED|INVALID_SERVER|AUTHENTICATION|UNKNOWN_AUTH|UNSUPPORTED_AUTH|PASSWORD|SASL)/

export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  if (!(error instanceof SQL.PostgresError)) {
    return new StoreError("unavailable", "NO_ANSWER", describeCause(error), { cause: error })
  }
  const state = typeof error.errno === "string" ? error.errno : ""
  if (state === "") {
    const kind = DRIVER.test(error.code) ? "unavailable" : "conflict"
    return new StoreError(kind, error.code, error.message, { cause: error })
  }
  const kind = kinds.find(([pattern]) => pattern.test(state))?.[1] ?? "unavailable"
  return new StoreError(kind, state, error.message, { cause: error })
}

/** Whether the connection that this came from is of no use any more. */
export function isLost({ kind, code }: StoreError): boolean {
  return kind !== "conflict" && LOSING.test(code)
}

/** The transaction had failed before this statement: an earlier one says why. */
export const IN_FAILED_TRANSACTION = "25P02"
