// The entry of the program. A command of a client runs at once. For the gateway it lifts Bun's limit on fetches, installs the signal
// handlers, and only then loads everything else.
import { canReexecute, reexecute } from "./process/reexecute.ts"
import { takeStopSignals } from "./process/signals.ts"

/** Bun runs at most 256 fetches of a process at a time. Only an environment variable that is set at the start lifts that. */
const FETCHES_MAX = "65535"

/** What the gateway's own entry runs: its flags, and the commands that change the files in its directory. */
const served = /^(-|serve$|vk$|admin-token$|$)/

const args = process.argv.slice(2)
const [first = ""] = args
if (/^(--help|-h|help)$/.test(first) && args.length === 1) {
  void import("./cli/overview.ts").then(({ printHelp }) => {
    process.exitCode = printHelp(process.env)
  })
} else if (/^(--version|-v)$/.test(first) && args.length === 1) {
  void import("./cli/overview.ts").then(({ printVersion }) => {
    process.exitCode = printVersion(process.env)
  })
} else if (first === "__complete") {
  // What a shell asks at Tab.
  void import("./cli/complete.ts").then(async ({ runComplete }) => {
    await runComplete(args.slice(1), process.env)
    // An answer that came too late is not waited for.
    process.exit()
  })
} else if (served.test(first)) {
  liftFetchLimit()
  const signals = takeStopSignals()
  void import("./gateway.ts").then(({ main }) => main(args, signals))
} else {
  const makeChecker = () => new Worker(new URL("./check.worker.ts", import.meta.url))
  void import("./cli/client.ts").then(async ({ runClient }) =>
    process.exit(await runClient(args, process.env, makeChecker)),
  )
}

/** Executes the program again, with the limit lifted. Where that fails, running with the limit is better than not running. */
function liftFetchLimit(): void {
  if (process.env["BUN_CONFIG_MAX_HTTP_REQUESTS"] !== undefined || !canReexecute) return
  reexecute({ ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: FETCHES_MAX })
}
