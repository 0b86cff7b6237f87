// `bun run drills`: three gateways of the real binary on one PostgreSQL database, with clients at all of them, while one gateway or the
// database fails; counts what was lost. Exit 1 when anything was, or when nobody was answered for too long. `--rounds N` of each fault,
// `--rate N` submits a second, `--only kill,cut` for some of the faults (see faults.ts), `--keep` keeps the logs of every
// round and not only of those that missed a bar; ASYNCGATE_BINARY names another binary.
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { faults } from "./faults.ts"
import { findMissed, type Outcome, readLine, readTable } from "./report.ts"

const home = join(import.meta.dir, "../..")

/** How many requests of this process may be out: while nobody is answered there are many. Bun reads it when a process starts. */
const FETCHES_VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS"
const FETCHES_MAX = "65535"

if (process.env[FETCHES_VARIABLE] === undefined) executeAgain()
await main()

async function main(): Promise<void> {
  const options = readOptions()
  const binary = resolve(process.env["ASYNCGATE_BINARY"] ?? join(home, "dist/asyncgate"))
  if (!existsSync(binary)) quit(`${binary} is not there: bun run build makes it`)
  // Read when the harness is loaded, which therefore comes later.
  process.env["ASYNCGATE_BINARY"] = binary
  const { openGround } = await import("./site.ts")
  const { playRound } = await import("./round.ts")

  const ground = await openGround()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => void ground.dispose().then(() => process.exit(130)))
  process.stdout.write(`${binary}, ${options.rate} submits/s, ${options.rounds} rounds of each fault\n`)
  const outcomes: Outcome[] = []
  try {
    for (const fault of faults.filter(({ name }) => options.only === null || options.only.includes(name))) {
      const obstacle = fault.findObstacle?.() ?? null
      if (obstacle !== null) {
        process.stdout.write(`skipped ${fault.name}: ${obstacle}\n`)
        continue
      }
      for (let round = 1; round <= options.rounds; round++) {
        const outcome = await playRound(ground, fault, round, options)
        outcomes.push(outcome)
        process.stdout.write(readLine(outcome))
      }
    }
  } finally {
    await ground.dispose()
  }
  process.stdout.write(`\n${readTable(outcomes)}`)
  const missed = outcomes.filter((outcome) => findMissed(outcome).length > 0)
  process.stdout.write(missed.length === 0 ? "every bar was held\n" : `${missed.length} rounds missed a bar\n`)
  process.exit(missed.length === 0 ? 0 : 1)
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "10" },
      rate: { type: "string", default: "500" },
      only: { type: "string" },
      keep: { type: "boolean", default: false },
    },
  })
  const only = values.only?.split(",") ?? null
  const names = faults.map(({ name }) => name)
  const unknown = only?.find((name) => !names.includes(name))
  if (unknown !== undefined) quit(`--only knows ${names.join(", ")}, not ${unknown}`)
  const { keep: isKept } = values
  return { rounds: wholeNumber("rounds", values.rounds), rate: wholeNumber("rate", values.rate), only, isKept }
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) quit(`--${name} must be a whole number from 1 on, not ${text}`)
  return Number(text)
}

function executeAgain(): void {
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  process.execve?.(process.execPath, args, { ...process.env, [FETCHES_VARIABLE]: FETCHES_MAX })
}

function quit(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
