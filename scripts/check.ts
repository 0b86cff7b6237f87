// `bun run check`: format, lint, types, every test, the build, and the tests that drive a whole program once more on the built binary.
// Ends with the line that counts.

interface Step {
  name: string
  command: string[]
  env?: Record<string, string>
}

const binary = "dist/asyncgate"
/** The suites that start the program: they say the same of the binary as of the source. */
const suites = ["test/program", "test/wire", "test/matrix", "test/hostile"]

/** A machine that does other things meanwhile is no reason to fail: what hangs is ended all the same. */
const patience = ["--timeout", "30000"]

const steps: Step[] = [
  { name: "format and lint", command: ["bun", "x", "biome", "ci", "."] },
  { name: "types", command: ["bun", "check", "--no-script"] },
  { name: "tests", command: ["bun", "test", ...patience] },
  { name: "build", command: ["bun", "run", "build"] },
  { name: "tests on the binary", command: ["bun", "test", ...patience, ...suites], env: { ASYNCGATE_BINARY: binary } },
]

let passed = 0
let failed = 0
for (const { name, command, env } of steps) {
  const startedAt = performance.now()
  process.stdout.write(`\n== ${name}: ${command.join(" ")}\n`)
  const [, ...args] = command
  const child = Bun.spawn([process.execPath, ...args], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
  })
  const text = await new Response(child.stderr).text()
  process.stdout.write(text)
  const code = await child.exited
  const counts = { pass: count(text, "pass"), fail: count(text, "fail") }
  passed += counts.pass
  // A step that fails without a failed test of its own (a lint error, a broken build, a crash) counts as one.
  failed += code !== 0 ? Math.max(1, counts.fail) : counts.fail
  process.stdout.write(
    `== ${name}: ${code === 0 ? "ok" : `exit ${code}`}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`,
  )
  if (code !== 0 && name !== "tests") break
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

function count(text: string, word: string): number {
  return Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0)
}
