// `bun run check`: format, lint, types, the build, every test, and a short run of the program from its source. `--fast` leaves out what takes
// longest. The last line says how many tests passed and failed.
import { existsSync, statfsSync } from "node:fs"
import { availableParallelism } from "node:os"

const isFast = process.argv.includes("--fast")

/** Left out by `--fast`: files that wait for real seconds, move large bodies, kill processes or drive a browser. */
const slow = [
  ...[
    "bulk",
    "gatewaypanel",
    "job",
    "jobs",
    "keyboard",
    "live",
    "overview",
    "policy",
    "rights",
    "screens",
    "signin",
    "weight",
  ].map((name) => `test/browser/${name}.test.ts`),
  "test/engine/engine.test.ts",
  ...["test/jobs/sqlite/prepare.test.ts", "test/providers/paid.test.ts"],
  ...[
    "agents",
    "brokenstreams",
    "callers",
    "caps",
    "clients",
    "clouds",
    "descriptors",
    "directory",
    "disk",
    "durability",
    "faults",
    "health",
    "keys",
  ].map(inProgram),
  ...["large", "media", "metrics", "output", "page", "signals", "standstill", "torture", "uploads"].map(inProgram),
  ...["vanishing", "secrets", "waiting"].map(inProgram),
  ...["test/wire/large.test.ts", "test/wire/options.test.ts"],
]

/** Run from the source too, where imports, workers and migrations are found in another way than in the binary. */
const smoke = [...["fallbacks", "security"].map(inProgram), "test/wire/job.test.ts", "test/matrix/matrix.test.ts"]

const gone = [...slow, ...smoke].filter((path) => !existsSync(path))
if (gone.length > 0) throw new Error(`scripts/check.ts names ${gone.join(", ")}, which is not there`)

// Many tests wait for another process, so one worker more than there are cores keeps the cores busy.
const workers = `--parallel=${availableParallelism() + 1}`
// A busy machine is no reason to fail: what takes half a second has taken more than thirty. A test that hangs is ended all the same.
const test = ["bun", "test", "--timeout", "240000", "--only-failures", workers]

// Hundreds of gateways sync their databases in the tests. What a process that is killed has written is kept by the system, synced or not, so
// these databases lie in memory where there is room, and no test waits for the disk. What a power cut leaves is not a matter of these tests.
const temporary: Record<string, string> =
  process.env["TMPDIR"] === undefined && hasRoom("/dev/shm") ? { TMPDIR: "/dev/shm" } : {}

interface Step {
  name: string
  command: string[]
  env?: Record<string, string>
}

const steps: Step[] = [
  { name: "format and lint", command: ["bun", "x", "biome", "ci", "."] },
  { name: "types", command: ["bun", "check", "--no-script"] },
  { name: "build", command: ["bun", "run", "build"] },
  {
    name: "tests, with the built binary",
    command: [...test, ...(isFast ? slow.map((path) => `--path-ignore-patterns=${path}`) : [])],
    env: { ASYNCGATE_BINARY: "dist/asyncgate" },
  },
  ...(isFast ? [] : [{ name: "smoke tests, with the source", command: [...test, ...smoke] }]),
]

let passed = 0
let failed = 0
for (const { name, command, env } of steps) {
  const startedAt = performance.now()
  process.stdout.write(`\n== ${name}: ${command.join(" ")}\n`)
  const [, ...args] = command
  const child = Bun.spawn([process.execPath, ...args], {
    env: { ...process.env, ...temporary, ...env },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
  })
  let text = ""
  for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) {
    process.stdout.write(piece)
    text += piece
  }
  const code = await child.exited
  const counts = { pass: count(text, "pass"), fail: count(text, "fail") }
  passed += counts.pass
  // A step that fails without a failed test of its own (a lint error, a broken build, a crash) counts as one.
  failed += code !== 0 ? Math.max(1, counts.fail) : counts.fail
  process.stdout.write(
    `== ${name}: ${code === 0 ? "ok" : `exit ${code}`}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`,
  )
  if (code !== 0 && counts.fail === 0) break
}
if (isFast) process.stdout.write(`\nleft out by --fast: ${slow.join(", ")}, and the smoke tests with the source\n`)
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

function hasRoom(directory: string): boolean {
  if (!existsSync(directory)) return false
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize > 4 * 1024 ** 3
}

function inProgram(name: string): string {
  return `test/program/${name}.test.ts`
}

function count(text: string, word: string): number {
  return Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0)
}
