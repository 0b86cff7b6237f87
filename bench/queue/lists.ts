// A page of the list of jobs, by each filter, with a million jobs stored.
import { join } from "node:path"
import type { FillPlan, FillReport } from "../fill.ts"
import { epochMs } from "../request.ts"
import { computeSpread, type Spread } from "../spread.ts"
import type { Server } from "../stage.ts"
import type { Measurement, Row } from "../table.ts"
import { appDirectory, type Context, startGateway, startUpstream } from "./program.ts"

const JOBS = 1_000_000
const FILL_MS_MAX = 6 * 60_000
const PAGES = 30
const LIST = "/v1/async/jobs?limit=100"
const LONG_AGO = "2026-11-01T00:00:00Z"

/** Most of the million match, or none does: then a page ends where so many rows were looked through. */
const filters: Record<string, string> = {
  "no filter": "",
  "state, most match": "state=succeeded",
  "state, none matches": "state=failed",
  "status, none matches": "status=failed",
  "type, most match": "type=chat_completion",
  "type, none matches": "type=ocr",
  "provider, none matches": "provider=openai",
  "model, none matches": "model=none",
  "error code, none matches": "error_code=rate_limit_exceeded",
  "key, none matches": "key=none",
  "priority, none matches": "priority=high",
  "cost, none matches": "min_cost=1000",
  "origin, none matches": "origin=01a23282-0000-7000-8000-000000000000",
  "search, none matches": "search=a-request-that-never-was",
  "since, most match": `created_after=${LONG_AGO}`,
  "before, none matches": `created_before=${LONG_AGO}`,
}

export async function measureLists(context: Context): Promise<Measurement> {
  const { stage } = context
  const upstream = await startUpstream(stage)
  const directory = appDirectory(stage, { stored: { url: upstream.url } })
  const plan: FillPlan = {
    directory,
    jobs: JOBS,
    state: "succeeded",
    provider: "stored",
    pathsFile: join(stage.directory(), "paths"),
  }
  const command = [process.execPath, join(import.meta.dir, "../fill.ts"), JSON.stringify(plan)]
  const fill = JSON.parse(await stage.run(command, FILL_MS_MAX)) as FillReport
  const gateway = await startGateway(context, directory)
  const pages: Record<string, Spread> = {}
  for (const [name, query] of Object.entries(filters)) pages[name] = await readPages(gateway, query)
  await Promise.all([gateway, upstream].map((server) => server.stop()))
  return { rows: Object.entries(pages).flatMap(toRows), raw: { fill, pages } }
}

function toRows([name, { p50, p99 }]: [string, Spread]): Row[] {
  const what = `page of 100 of ${JOBS.toLocaleString("en-US")} jobs: ${name}`
  return [
    { what: `${what}, p50`, measured: p50, unit: "ms", bar: { below: 50 } },
    { what: `${what}, p99`, measured: p99, unit: "ms" },
  ]
}

/** How long the pages take, each after the one before, until the answer is read. */
async function readPages({ url }: Server, query: string): Promise<Spread> {
  const tookMs: number[] = []
  let after = ""
  for (let page = 0; page < PAGES; page++) {
    const startedAt = epochMs()
    const response = await fetch(`${url}${LIST}&${query}${after === "" ? "" : `&after=${after}`}`)
    const { last_id, has_more } = (await response.json()) as { last_id: string | null; has_more: boolean }
    tookMs.push(epochMs() - startedAt)
    if (!response.ok) throw new Error(`${query} answered ${response.status}`)
    after = has_more ? (last_id ?? "") : ""
  }
  return computeSpread(tookMs)
}
