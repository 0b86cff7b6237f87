// Runs scripts, each in a new world, until the number of steps is reached. Reports a failure with a short script that fails too.
import * as fc from "fast-check"
import { endWorld } from "./end.ts"
import { inspect } from "./inspect.ts"
import { shrink } from "./shrink.ts"
import { SCRIPT_STEPS, type Step, scripts, steps } from "./steps.ts"
import { World } from "./world.ts"

/** After how many steps everything on disk is compared. */
const INSPECT_EVERY = 250

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
}): Result {
  const { seed, path } = options
  let taken = 0
  const traces: string[] = []
  const details = fc.check(
    fc.property(scripts, (script) => {
      taken += script.length
      if (!options.isTraced) return play(script)
      const digest = new Bun.CryptoHasher("sha256")
      play(script, (event) => digest.update(`${JSON.stringify(event)}\n`))
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
  const short = shrink(script, steps, (candidate) => findProblem(candidate) !== null)
  const lines = [
    ...short.map((step) => `  ${JSON.stringify(step)},`),
    `${findProblem(short)}`,
    `again: bun run simulate --seed ${seed} --path ${details.counterexamplePath}`,
  ]
  return { steps: taken, failure: lines.join("\n"), traces }
}

function findProblem(script: readonly Step[]): string | null {
  try {
    play(script)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Plays one script. @throws when an invariant is violated */
export function play(script: readonly Step[], trace?: (event: unknown) => void): void {
  const world = new World(trace)
  try {
    for (const [index, step] of script.entries()) {
      world.take(step)
      if (index % INSPECT_EVERY === INSPECT_EVERY - 1) inspect(world)
    }
    inspect(world)
    endWorld(world)
  } finally {
    world.dispose()
  }
}
