// Bodies that cost more than they are worth: of strangers, who are to cost nothing at all, and of a known caller.
import { CHAT } from "../request.ts"
import type { Spread } from "../spread.ts"
import type { Stage } from "../stage.ts"
import type { Measurement, Row } from "../table.ts"
import { KEY, open, readPeakMb, readStoredMb, readWrittenMb, sendWatched, startPeak } from "./stage.ts"

const FORM = "/v1/async/audio/transcriptions"
const FORMS = 8
const FORM_MB = 95
const JSON_MB = 99

/** No key where keys are enforced: the caller is refused by its headers, and nothing of its body is kept or parsed. */
export async function measureStrangers(stage: Stage, binary: string): Promise<Measurement> {
  const target = await open(stage, binary, { client: { enforce_auth_on_inference: true } })
  const { url } = target.gateway
  const idle = { stored: readStoredMb(target), written: readWrittenMb(target), memory: startPeak(target) }
  let mostStored = 0
  const timer = setInterval(() => {
    mostStored = Math.max(mostStored, readStoredMb(target))
  }, 20)
  const form = { url, path: FORM, kind: "form", megabytes: FORM_MB, headers: {} } as const
  const json = { url, path: CHAT, kind: "members", megabytes: JSON_MB, headers: {} } as const
  const bodies = [...Array.from({ length: FORMS }, () => form), json]
  const { sent, healthMs, idleMs } = await sendWatched(stage, target, bodies)
  clearInterval(timer)
  const memory = readPeakMb(target)
  const written = readWrittenMb(target) - idle.written
  await target.close()
  const refused = sent.filter(({ status }) => status === 401).length / sent.length
  const of = `${FORMS} forms of ${FORM_MB} MB and ${JSON_MB} MB of members, no key`
  return {
    rows: [
      {
        what: `${of}: refused with 401`,
        measured: refused * bodies.length,
        unit: "calls",
        bar: { atLeast: bodies.length },
      },
      { what: "  written to the disk", measured: written, unit: "MB", bar: { below: 1 } },
      {
        what: "  more in the directory",
        measured: Math.max(0, mostStored - idle.stored),
        unit: "MB",
        bar: { below: 1 },
      },
      { what: "  /health meanwhile, p99", measured: healthMs.p99, unit: "ms", ...beside(idleMs), bar: { below: 50 } },
      { what: "  /health meanwhile, longest", measured: healthMs.max, unit: "ms" },
      { what: "  memory above idle, peak", measured: memory - idle.memory, unit: "MB", bar: { atMost: 150 } },
    ],
    raw: { sent, healthMs, idleMs, idle },
  }
}

/** The same members from a caller that is known: they are read, and nobody else waits for that. */
export async function measureMembers(stage: Stage, binary: string): Promise<Measurement> {
  const rows: Measurement["rows"] = []
  const raw: Record<string, unknown> = {}
  for (const kind of ["members", "job"] as const) {
    const target = await open(stage, binary, { client: { enforce_auth_on_inference: true } })
    const body = { url: target.gateway.url, path: CHAT, kind, megabytes: JSON_MB, headers: { "x-bf-vk": KEY } }
    const idle = startPeak(target)
    const { sent, healthMs, idleMs } = await sendWatched(stage, target, [body])
    const [first] = sent
    rows.push(
      {
        what: `${JSON_MB} MB of members ${kind === "job" ? "in a job" : "alone"}, known caller, answered ${first?.status}: /health, p99`,
        measured: healthMs.p99,
        unit: "ms",
        ...beside(idleMs),
        bar: { below: 100 },
      },
      { what: "  /health meanwhile, longest", measured: healthMs.max, unit: "ms" },
      { what: "  its answer after", measured: first?.ms ?? Number.NaN, unit: "ms" },
      { what: "  memory above idle, peak", measured: readPeakMb(target) - idle, unit: "MB" },
    )
    raw[kind] = { sent, healthMs, idleMs, idle }
    await target.close()
  }
  return { rows, raw }
}

function beside({ p99 }: Spread): Pick<Row, "beside"> {
  return { beside: { what: "with nothing to do", measured: p99 } }
}
