// Runs scripts, each in a new world, until the number of steps is reached. Reports a failure with a short script that fails too.
import * as fc from "fast-check"
import { endWorld } from "./end.ts"
import { type GatewayStep, gatewayScripts, gatewaySteps } from "./gatewaysteps.ts"
import { GatewayWorld } from "./gatewayworld.ts"
import { inspect } from "./inspect.ts"
import { shrink } from "./shrink.ts"
import { SCRIPT_STEPS, type Step, scripts, steps } from "./steps.ts"
import { World } from "./world.ts"

/** After how many steps everything on disk is compared. */
const INSPECT_EVERY = 250

type MakeWorld = (trace?: (event: unknown) => void) => World

export interface Result {
  steps: number
  /** The failure, or null. */
  failure: string | null
  /** A digest of the events of each script; empty where no traces were asked for. */
  traces: string[]
}

/** @param path the path of an earlier failure: only that script is run */
export function simulate(options: {
  steps: number
  seed: number
  path?: string | undefined
  isTraced?: boolean
  /** How many gateways there are; absent: one, on a store of its own. */
  gateways?: number | undefined
}): Result {
  const { seed, path, gateways } = options
  const makeWorld: MakeWorld = (trace) =>
    gateways === undefined ? new World(trace) : new GatewayWorld(gateways, trace)
  const [all, one] = gateways === undefined ? [scripts, steps] : [gatewayScripts, gatewaySteps]
  let taken = 0
  const traces: string[] = []
  const details = fc.check(
    fc.property(all as fc.Arbitrary<GatewayStep[]>, (script) => {
      taken += script.length
      if (!options.isTraced) return play(script, makeWorld)
      const digest = new Bun.CryptoHasher("sha256")
      play(script, makeWorld, (event) => digest.update(`${JSON.stringify(event)}\n`))
      traces.push(digest.digest("hex"))
    }),
    // fast-check's own shrinking is off, because it takes minutes and its scripts are no shorter.
    {
      seed,
      endOnFailure: true,
      ...(path === undefined ? { numRuns: Math.ceil(options.steps / SCRIPT_STEPS) } : { path, numRuns: 1 }),
    },
  )
  const [script] = details.counterexample ?? []
  if (!script) return { steps: taken, failure: null, traces }
  const short = shrink(
    script,
    one as fc.Arbitrary<GatewayStep>,
    (candidate) => findProblem(candidate, makeWorld) !== null,
  )
  const lines = [
    ...short.map((step) => `  ${JSON.stringify(step)},`),
    `${findProblem(short, makeWorld)}`,
    `again: bun run simulate ${gateways === undefined ? "" : `--gateways ${gateways} `}--seed ${seed} --path ${details.counterexamplePath}`,
  ]
  return { steps: taken, failure: lines.join("\n"), traces }
}

function findProblem(script: readonly GatewayStep[], makeWorld: MakeWorld): string | null {
  try {
    play(script, makeWorld)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Plays one script. @throws when an invariant is violated */
export function play(script: readonly GatewayStep[], makeWorld: MakeWorld, trace?: (event: unknown) => void): void {
  const world = makeWorld(trace)
  try {
    for (const [index, step] of script.entries()) {
      // The scripts of the other world have no other steps.
      world.take(step as Step)
      if (index % INSPECT_EVERY === INSPECT_EVERY - 1) inspect(world)
    }
    inspect(world)
    world.settleDown()
    endWorld(world)
  } finally {
    world.dispose()
  }
}
