// `bun run simulate --steps 1000000 --seed 1 --seeds 20` runs a longer simulation, and exits with 1 at the first failure.
// `--gateways 3` plays several gateways on one server, which take over from each other.
// `--trace FILE` writes a digest of the events of each script: two versions of the program with the same behaviour write the same.
import { parseArgs } from "node:util"
import { simulate } from "./simulate.ts"

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "1" },
    gateways: { type: "string" },
    path: { type: "string" },
    trace: { type: "string" },
  },
})
const digests: string[] = []
const first = Number(values.seed)
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const startedAt = performance.now()
  const { steps, failure, traces } = simulate({
    steps: Number(values.steps),
    seed,
    path: values.path,
    gateways: values.gateways === undefined ? undefined : Number(values.gateways),
    isTraced: values.trace !== undefined,
  })
  digests.push(...traces.map((trace, script) => `${seed}:${script} ${trace}`))
  const seconds = (performance.now() - startedAt) / 1000
  process.stdout.write(
    `seed ${seed}: ${steps} steps in ${seconds.toFixed(1)} s${failure === null ? "" : `\n${failure}`}\n`,
  )
  if (failure !== null) process.exit(1)
}
if (values.trace !== undefined) await Bun.write(values.trace, `${digests.join("\n")}\n`)
