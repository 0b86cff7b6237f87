// The parts of a run, each with a gateway, an upstream and a directory of its own.
import { tortureByAnswers } from "./answers.ts"
import { tortureByBackups } from "./backups.ts"
import { tortureByBatches } from "./batches.ts"
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
import { tortureByReaders } from "./readers.ts"
import type { Section } from "./report.ts"
import { tortureByRestores } from "./restore.ts"
import { tortureByRestoreKills } from "./restorekills.ts"
import { tortureByPause, tortureBySignals } from "./signals.ts"
import type { Run } from "./site.ts"
import { tortureByStreamKills } from "./streamkills.ts"
import { tortureByWebhooks } from "./webhooks.ts"

export interface Options {
  rounds: number
  jobs: number
  /** How many first starts are killed. */
  starts: number
  seed: number
  /** Names of parts; null: all. */
  only: string[] | null
  /** How many streams are open, and for how long some of their readers are bad. */
  streams: number
  seconds: number
  /** Of a stream, pieces a second. */
  pace: number
}

const parts: Record<string, (run: Run, options: Options) => Promise<Section[]>> = {
  kills: tortureByKills,
  webhooks: tortureByWebhooks,
  batches: tortureByBatches,
  disk: tortureByFullDisk,
  faults: tortureByFailingDisk,
  clock: tortureByClock,
  firststart: tortureByFirstStarts,
  migration: tortureByMigrations,
  restore: tortureByRestores,
  restorekills: tortureByRestoreKills,
  backup: tortureByBackups,
  compaction: tortureByCompactions,
  output: (run) => tortureByOutput(run),
  signals: tortureBySignals,
  pause: tortureByPause,
  descriptors: tortureByDescriptors,
  directory: tortureByDirectory,
  lock: tortureByLostLock,
  streams: async (run, options) => [await tortureByReaders(run, options)],
  streamkills: async (run) => [await tortureByStreamKills(run)],
  answers: tortureByAnswers,
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
