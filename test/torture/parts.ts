// The parts of a run, each with a gateway, an upstream and a directory of its own.
import { tortureByClock } from "./clock.ts"
import { tortureByCompactions } from "./compaction.ts"
import { tortureByDescriptors } from "./descriptors.ts"
import { tortureByDirectory, tortureByLostLock } from "./directory.ts"
import { tortureByFullDisk } from "./disk.ts"
import { tortureByFailingDisk } from "./faults.ts"
import { tortureByFirstStarts } from "./firststart.ts"
import { tortureByKills } from "./kills.ts"
import { tortureByMigrations } from "./migration.ts"
import { tortureByOutput } from "./output.ts"
import type { Section } from "./report.ts"
import { tortureByRestores } from "./restore.ts"
import { tortureByPause, tortureBySignals } from "./signals.ts"
import type { Run } from "./site.ts"

export interface Options {
  rounds: number
  jobs: number
  /** How many first starts are killed. */
  starts: number
  seed: number
  /** Names of parts; null: all. */
  only: string[] | null
}

const parts: Record<string, (run: Run, options: Options) => Promise<Section[]>> = {
  kills: tortureByKills,
  disk: tortureByFullDisk,
  faults: tortureByFailingDisk,
  clock: tortureByClock,
  firststart: tortureByFirstStarts,
  migration: tortureByMigrations,
  restore: tortureByRestores,
  compaction: tortureByCompactions,
  output: (run) => tortureByOutput(run),
  signals: tortureBySignals,
  pause: tortureByPause,
  descriptors: tortureByDescriptors,
  directory: tortureByDirectory,
  lock: tortureByLostLock,
}

export async function runAll(stage: string, options: Options, report: (section: Section) => void): Promise<Section[]> {
  const unknown = options.only?.find((name) => !(name in parts))
  if (unknown !== undefined)
    throw new Error(`--only takes ${Object.keys(parts).join(", ")}; ${unknown} is none of them`)
  const sections: Section[] = []
  for (const [name, part] of Object.entries(parts)) {
    if (options.only !== null && !options.only.includes(name)) continue
    const found = await part({ stage, seed: options.seed }, options)
    found.forEach(report)
    sections.push(...found)
  }
  return sections
}
