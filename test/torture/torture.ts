// `bun run torture`: drives the real binary into every kind of end a machine can prepare for it, and counts what was lost. Exit 1 when
// anything was. `--only kills,output` runs some of its parts (see parts.ts); `--rounds N` and `--jobs N` are of the kills under load, `--starts
// N` of those in a first start, `--streams N`, `--seconds N` and `--pace N` of the readers that stall and vanish; `--seed N`, `--json FILE`;
// ASYNCGATE_BINARY names another binary.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { machine, versions } from "../../bench/machine.ts"

const home = join(import.meta.dir, "../..")
const dist = join(home, "dist")

await main()

async function main(): Promise<void> {
  const options = readOptions()
  const binary = resolve(process.env["ASYNCGATE_BINARY"] ?? join(dist, "asyncgate"))
  if (!existsSync(binary)) build(binary)
  // Read when the harness is loaded, which therefore comes later.
  process.env["ASYNCGATE_BINARY"] = binary
  const { runAll } = await import("./parts.ts")
  const { isBroken, readText } = await import("./report.ts")
  const { killAll } = await import("./process.ts")

  // Not the system's directory for temporary files, which is often kept in memory: nothing there waits for a disk.
  mkdirSync(dist, { recursive: true })
  const stage = mkdtempSync(join(dist, "torture-"))
  process.on("exit", () => {
    killAll()
    rmSync(stage, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  })
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130))

  process.stdout.write(`seed ${options.seed}, ${binary}\n`)
  const sections = await runAll(stage, options, (section) => process.stdout.write(`\n${readText(section)}`))
  const broken = sections.filter(isBroken)
  const verdict = broken.length === 0 ? "nothing was broken" : `broken by: ${broken.map(({ name }) => name).join(", ")}`
  process.stdout.write(`\n${verdict}; seed ${options.seed}\n`)
  const { json, ...asked } = options
  if (json !== undefined) {
    const result = { date: new Date().toISOString(), ...asked, machine: machine(), versions: versions(), sections }
    writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
  }
  process.exit(broken.length === 0 ? 0 : 1)
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "100" },
      jobs: { type: "string", default: "60000" },
      starts: { type: "string", default: "200" },
      streams: { type: "string", default: "1000" },
      seconds: { type: "string", default: "30" },
      pace: { type: "string", default: "3" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
      only: { type: "string" },
      json: { type: "string" },
    },
  })
  return {
    rounds: wholeNumber("rounds", values.rounds),
    jobs: wholeNumber("jobs", values.jobs),
    starts: wholeNumber("starts", values.starts),
    streams: wholeNumber("streams", values.streams),
    seconds: wholeNumber("seconds", values.seconds),
    pace: wholeNumber("pace", values.pace),
    seed: wholeNumber("seed", values.seed),
    only: values.only?.split(",") ?? null,
    json: values.json,
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) quit(`--${name} must be a whole number, not ${text}`)
  return Number(text)
}

function build(binary: string): void {
  if (binary !== join(dist, "asyncgate")) quit(`${binary} is not there: build it, or leave ASYNCGATE_BINARY unset`)
  process.stdout.write("building dist/asyncgate\n")
  const { success, stderr } = Bun.spawnSync([process.execPath, "run", "--cwd", home, "build"])
  if (!success) quit(`the binary cannot be built: ${stderr}`)
}

function quit(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
