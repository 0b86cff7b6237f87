// Where the program starts: lifts Bun's limit on fetches, takes the signals, and only then loads the rest, so that nothing is loaded twice.
import { takeStopSignals } from "./process/signals.ts"

/** Bun takes at most 256 fetches at a time for a whole process; only the environment at its start lifts that. */
const FETCHES_MAX = "65535"

liftFetchLimit()
const signals = takeStopSignals()
void import("./gateway.ts").then(({ main }) => main(process.argv.slice(2), signals))

/** Replaces this process by itself with the limit lifted: same pid, so that whoever started it still holds it. */
function liftFetchLimit(): void {
  if (process.env["BUN_CONFIG_MAX_HTTP_REQUESTS"] !== undefined || !process.execve) return
  const isCompiled = import.meta.url.includes("$bunfs")
  const args = isCompiled ? process.argv.slice(2) : [...process.execArgv, ...process.argv.slice(1)]
  try {
    process.execve(process.execPath, [process.execPath, ...args], {
      ...process.env,
      BUN_CONFIG_MAX_HTTP_REQUESTS: FETCHES_MAX,
    })
  } catch {
    // The file is gone, or the system forbids it: with the limit is better than not at all.
  }
}
