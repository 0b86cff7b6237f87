// The command doctor: looks at everything that a gateway needs, changes nothing, and says what to do about what is wrong.
import { createResults, type Result } from "./doctor.ts"
import { askHealth, callProviders, checkGateway, checkProviders } from "./doctorgateway.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readText } from "./input.ts"
import { harmless } from "./terminal.ts"

export async function run(input: Input): Promise<number> {
  if (isSet(input, "live")) return await tellLife(input)
  const { terminal, env } = input
  const isElsewhere = readText(input, "url") !== null || Boolean(env["ASYNCGATE_URL"])
  const results: Result[] = []
  const { results: ofGateway, gateway } = await checkGateway(input, isElsewhere)
  results.push(...ofGateway)
  if (!isElsewhere) {
    // Loads what reads the configuration: a health check does without.
    const { checkHere } = await import("./doctorhere.ts")
    results.push(...(await checkHere(input, gateway?.url ?? null)))
  }
  if (gateway !== null) {
    const { results: ofProviders, callable } = await checkProviders(gateway)
    results.push(...ofProviders)
    if (isSet(input, "calls")) results.push(...(await callProviders(callable, gateway)))
  } else if (isSet(input, "calls")) {
    results.push(createResults("calls").skipped("no gateway runs that could make them", "start it with asyncgate"))
  }
  const isWell = !results.some(({ state }) => state === "error")
  if (isSet(input, "json")) terminal.show(`${JSON.stringify({ ok: isWell, checks: results })}\n`)
  else terminal.write(results.map((result) => draw(result, input)).join(""))
  return isWell ? 0 : findCode("failed")
}

/** For health checks: one line, and the exit code. */
async function tellLife(input: Input): Promise<number> {
  const trouble = await askHealth(openGateway(input))
  if (trouble !== null) throw new CommandError("failed", `the gateway can do no new work: ${trouble}`)
  input.terminal.write(isSet(input, "json") ? '{"status":"ok"}\n' : "ok\n")
  return 0
}

const colours = { ok: "green", warning: "yellow", error: "red", skipped: "grey" } as const

function draw({ check, state, says, remedy }: Result, { terminal }: Input): string {
  const head = `${terminal.paint(state.padEnd(7), colours[state])}  ${check.padEnd(9)}  ${harmless(says)}\n`
  return remedy === undefined ? head : `${head}${" ".repeat(20)}-> ${harmless(remedy)}\n`
}
