// Texts that come from outside and are too long: answers that all come at once, errors, names of models.
import { inLanes } from "../lanes.ts"
import { CHAT } from "../request.ts"
import { computeSpread } from "../spread.ts"
import type { Stage } from "../stage.ts"
import type { Measurement } from "../table.ts"
import {
  KEY,
  open,
  queryNumber,
  readCalls,
  readKeptMb,
  readPeakMb,
  readStoredMb,
  startPeak,
  submit,
  type Target,
  until,
} from "./stage.ts"
import { ANSWER_MB, ERROR_MB } from "./upstream.ts"

const ANSWERS = 40
const ERRORS = 16
const NAMES = 150
const NAME_CHARS = 2_000_000
const PROBE_EVERY_MS = 50
const END_MS_MAX = 180_000
const CALLS_MS_MAX = 20_000
const MB = 1_000_000
/** Whose jobs these are: a list is of one owner. */
const OWNER = { "x-bf-vk": KEY }
const ENDED = "SELECT count(*) FROM jobs WHERE completed_at IS NOT NULL AND"

/** Forty answers of 60 MB arrive at the same moment: whoever submits then does not wait for them. */
export async function measureAnswers(stage: Stage, binary: string): Promise<Measurement> {
  const target = await open(stage, binary, { client: { disk_reserve_mb: 0 } })
  await inLanes(ANSWERS, ANSWERS, async () => void (await submit(target.gateway.url, "large/any")))
  await until(async () => (await readCalls(target))["large"] === ANSWERS, CALLS_MS_MAX)
  const idle = startPeak(target)
  const submitsMs: number[] = []
  await fetch(`${target.upstream.url}/open`)
  const startedAt = performance.now()
  const ended = () => queryNumber(target, `${ENDED} provider = 'large'`)
  while (ended() < ANSWERS && performance.now() - startedAt < END_MS_MAX) {
    submitsMs.push((await submit(target.gateway.url, "instant/any")).ms)
    await Bun.sleep(PROBE_EVERY_MS)
  }
  const seconds = (performance.now() - startedAt) / 1000
  const completed = queryNumber(target, `${ENDED} provider = 'large' AND state = 'succeeded'`)
  const submitMs = computeSpread(submitsMs)
  const peak = readPeakMb(target)
  await target.close()
  return {
    rows: [
      {
        what: `${ANSWERS} answers of ${ANSWER_MB} MB at once: another's submit, longest`,
        measured: submitMs.max,
        unit: "ms",
        bar: { below: 1000 },
      },
      { what: "  another's submit, p50", measured: submitMs.p50, unit: "ms" },
      { what: "  completed", measured: completed, unit: "jobs", bar: { atLeast: ANSWERS } },
      { what: "  all stored after", measured: seconds, unit: "s" },
      { what: "  memory, peak", measured: peak, unit: "MB" },
      { what: "  memory, before", measured: idle, unit: "MB" },
    ],
    raw: { submitMs, completed, seconds, peak, idle },
  }
}

/** Errors of 50 MB: the part that is kept is bounded, and the cut is reported. */
export async function measureErrors(stage: Stage, binary: string): Promise<Measurement> {
  const target = await open(stage, binary)
  const kept = readKeptMb(target)
  startPeak(target)
  const ids: string[] = []
  await inLanes(ERRORS, ERRORS, async () => {
    ids.push((JSON.parse((await submit(target.gateway.url, "wordy/any", OWNER)).text) as { id: string }).id)
  })
  await until(() => queryNumber(target, `${ENDED} provider = 'wordy'`) === ERRORS, END_MS_MAX)
  const job = await fetchBytes(target, `${CHAT}/${ids[0]}`)
  const rows = await measureStored(target, kept, `${ERRORS} errors of ${ERROR_MB} MB`)
  rows.push({ what: "  one of the jobs", measured: job.bytes / MB, unit: "MB", bar: { below: 1 } })
  await target.close()
  return { rows, raw: { job } }
}

/** Names of 2 MB: refused, or kept in a bounded form. */
export async function measureNames(stage: Stage, binary: string): Promise<Measurement> {
  const target = await open(stage, binary)
  const kept = readKeptMb(target)
  startPeak(target)
  const statuses: Record<number, number> = {}
  await inLanes(4, NAMES, async (index) => {
    const name = `${index}-`.padEnd(NAME_CHARS, "m")
    const { status } = await submit(target.gateway.url, `instant/${name}`, OWNER)
    statuses[status] = (statuses[status] ?? 0) + 1
  })
  await until(() => queryNumber(target, "SELECT count(*) FROM jobs WHERE completed_at IS NULL") === 0, END_MS_MAX)
  const rows = await measureStored(
    target,
    kept,
    `${NAMES} names of ${NAME_CHARS / MB} MB, answered ${Object.keys(statuses)}`,
  )
  await target.close()
  return { rows, raw: { statuses } }
}

async function measureStored(target: Target, kept: number, what: string): Promise<Measurement["rows"]> {
  const list = await fetchBytes(target, "/v1/async/jobs")
  return [
    { what: `${what}: kept of them`, measured: readKeptMb(target) - kept, unit: "MB", bar: { below: 10 } },
    { what: "  the directory", measured: readStoredMb(target), unit: "MB" },
    { what: "  a page of the list", measured: list.bytes / MB, unit: "MB", bar: { below: 1 } },
    { what: "  the page after", measured: list.ms, unit: "ms" },
    { what: "  memory, peak", measured: readPeakMb(target), unit: "MB" },
  ]
}

async function fetchBytes({ gateway }: Target, path: string): Promise<{ bytes: number; ms: number }> {
  const startedAt = performance.now()
  const response = await fetch(gateway.url + path, { headers: OWNER })
  const bytes = (await response.bytes()).length
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return { bytes, ms: performance.now() - startedAt }
}
