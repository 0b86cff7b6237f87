// What the event log adds to a stream: the same response as a plain stream and as one in the background, whose events are on disk before
// they are read; and what a poll takes meanwhile.
import { readFileSync } from "node:fs"
import { type Context, load, startGateway } from "./gateway.ts"
import type { StreamReport } from "./listener.ts"
import { CHAT, epochMs } from "./request.ts"
import { computeSpread, median } from "./spread.ts"
import type { Server } from "./stage.ts"
import { listen, long } from "./stream.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"

const POLL_EVERY_MS = 10
/** Over which the streams begin that do not begin at once. */
const OVER_MS = 2000
const KB = 1024

interface Found {
  streams: StreamReport
  /** Of polls meanwhile, in ms. */
  polls: number[]
  /** Written to the disk for each piece. */
  pieceKb: number
}

export async function measureLogged(context: Context): Promise<Measurement> {
  const { stage } = context
  const gateway = await startGateway(context)
  const plan = { url: gateway.url, model: "instant/any", jobs: 1, kind: "burst", connections: 1 } as const
  const polled = `${gateway.url}${CHAT}/${(await load(stage, plan)).lastJobId}`
  const { count, ...stamp } = long
  const measure = async (background: boolean, overMs: number): Promise<Found> => {
    const body = JSON.stringify({ model: "open/any", input: "Hello", stream: true, background, ...stamp })
    const written = readWritten(gateway)
    const polls = pollAllTheTime(polled)
    const streams = await listen(context, { url: `${gateway.url}/v1/responses`, body, count, overMs })
    return {
      streams,
      polls: await polls(),
      pieceKb: (readWritten(gateway) - written) / KB / (count * stamp.stream_pieces),
    }
  }
  const found = await inTurns(["plain", "logged", "plain at once", "logged at once"] as const, (name) =>
    measure(name.startsWith("logged"), name.endsWith("at once") ? 0 : OVER_MS),
  )
  await gateway.stop()
  const delay = (name: keyof typeof found, rank: "p50" | "p99") =>
    median(found[name].map(({ streams }) => streams.delayMs[rank]))
  const poll = (name: keyof typeof found) => median(found[name].map(({ polls }) => computeSpread(polls).p99))
  const describe = (how: "" | " at once", rank: "p50" | "p99"): Row[] => [
    {
      what: `delay of a piece, 200 streams of 50 a second${how === "" ? "" : ", begun"}${how}, ${rank}`,
      measured: delay(`plain${how}`, rank),
      unit: "ms",
    },
    {
      what: "  more where it is logged",
      measured: delay(`logged${how}`, rank) - delay(`plain${how}`, rank),
      unit: "ms",
      ...(rank === "p99" ? { bar: { atMost: 60 } } : {}),
    },
  ]
  const rows: Row[] = [
    ...(["", " at once"] as const).flatMap((how) => [...describe(how, "p50"), ...describe(how, "p99")]),
    {
      what: "poll meanwhile, p99",
      measured: poll("logged"),
      unit: "ms",
      beside: { what: "beside plain streams", measured: poll("plain") },
      bar: { below: 2 },
    },
    { what: "written for a piece", measured: median(found.logged.map(({ pieceKb }) => pieceKb)), unit: "KB" },
  ]
  return { rows, raw: found }
}

/** What the process has caused to be written to disks, in bytes. */
function readWritten({ pid }: Server): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1])
}

/** Polls one after the other until the function that is returned is called, which answers how long each took. */
function pollAllTheTime(url: string): () => Promise<number[]> {
  const tookMs: number[] = []
  let isOver = false
  const poll = async () => {
    while (!isOver) {
      const sentAt = epochMs()
      await (await fetch(url)).bytes()
      tookMs.push(epochMs() - sentAt)
      await Bun.sleep(POLL_EVERY_MS)
    }
  }
  const polling = poll()
  return async () => {
    isOver = true
    await polling
    return tookMs
  }
}
