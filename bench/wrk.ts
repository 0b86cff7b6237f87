// Full load by wrk, in a closed loop: as many requests as 64 connections get answered.
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { median } from "./spread.ts"
import type { Stage } from "./stage.ts"

export const CONNECTIONS = 64
const WARM_UP_SECONDS = 1
const SECONDS = 2
const ROUNDS = 5

export interface Target {
  url: string
  /** Sent as POST; without it, GET. */
  body?: string
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

/** Loads the targets in turns, so that whatever else the machine does meets all of them alike; the median of the rounds. */
export async function alternate<Name extends string>(
  stage: Stage,
  targets: Record<Name, Target>,
): Promise<Record<Name, Rounds>> {
  const names = Object.keys(targets) as Name[]
  const rounds = Object.fromEntries(names.map((name) => [name, [] as Throughput[]])) as Record<Name, Throughput[]>
  for (const name of names) await load(stage, targets[name], WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) rounds[name].push(await load(stage, targets[name], SECONDS))
  }
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

async function load(stage: Stage, { url, body }: Target, seconds: number): Promise<Throughput> {
  const stdout = await stage.run(
    [
      "wrk",
      `--threads=${threads()}`,
      `--connections=${CONNECTIONS}`,
      `--duration=${seconds}s`,
      `--script=${join(import.meta.dir, "wrk.lua")}`,
      url,
      ...(body === undefined ? [] : ["--", body]),
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
