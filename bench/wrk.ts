// Full load by wrk, in a closed loop: as many requests as so many connections get answered.
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { median } from "./spread.ts"
import type { Stage } from "./stage.ts"
import { inTurns } from "./turns.ts"

export const CONNECTIONS = 64
/** Long enough for thousands of requests; the median of the repetitions does the rest. */
export const SECONDS = 1

export interface Target {
  url: string
  /** Sent as POST; without it, GET. */
  body?: string
  /** A file of paths that are asked for by turns, instead of the URL's own. */
  pathsFile?: string
  connections?: number
  /** How long what is POSTed is kept after its end. */
  ttlSeconds?: number
}

export interface Throughput {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
}

export interface Rounds extends Throughput {
  rounds: Throughput[]
}

/** wrk's own words, by wrk.lua. */
interface WrkReport {
  requests: number
  durationMs: number
  p50Ms: number
  p99Ms: number
  errors: number
}

/**
 * Loads the targets in turns; the median of the repetitions.
 * @param around does what must come before and after each
 */
export async function alternate<Name extends string>(
  stage: Stage,
  targets: Record<Name, Target>,
  around: <T>(name: Name, run: () => Promise<T>) => Promise<T> = (_, run) => run(),
): Promise<Record<Name, Rounds>> {
  const names = Object.keys(targets) as Name[]
  const run = (name: Name) => around(name, () => hammer(stage, targets[name]))
  for (const name of names) await run(name)
  const rounds = await inTurns(names, run)
  return Object.fromEntries(names.map((name) => [name, middle(rounds[name])])) as Record<Name, Rounds>
}

function middle(rounds: Throughput[]): Rounds {
  return {
    requestsPerSecond: median(rounds.map((round) => round.requestsPerSecond)),
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    rounds,
  }
}

/** One target for so many seconds. A request that fails is an error: its speed says nothing. */
export async function hammer(stage: Stage, target: Target, seconds = SECONDS): Promise<Throughput> {
  const { url, body, pathsFile, connections = CONNECTIONS, ttlSeconds } = target
  const stdout = await stage.run(
    [
      "wrk",
      `--threads=${threads()}`,
      `--connections=${connections}`,
      `--duration=${seconds}s`,
      `--script=${join(import.meta.dir, "wrk.lua")}`,
      url,
      ...(body === undefined ? [] : ["--", "body", body, ...(ttlSeconds === undefined ? [] : [String(ttlSeconds)])]),
      ...(pathsFile === undefined ? [] : ["--", "paths", pathsFile]),
    ],
    (seconds + 10) * 1000,
  )
  const report = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as WrkReport
  if (report.errors > 0) throw new Error(`${report.errors} of ${report.requests} requests to ${url} failed`)
  const { requests, durationMs, p50Ms, p99Ms } = report
  return { requestsPerSecond: (requests * 1000) / durationMs, p50Ms, p99Ms }
}

/** One thread sends more than 100,000 requests a second; a second one would take a small machine's cores from the servers. */
function threads(): number {
  return Math.max(1, Math.min(4, Math.floor(availableParallelism() / 4)))
}
