// Streams of server-sent events: reads one to its end, and follows the changes of jobs beyond a restart of the gateway.
import { steadyNow, systemClock } from "../clock.ts"
import { asRecord, asRecords, asText } from "../values.ts"
import { CommandError } from "./exitcodes.ts"
import type { Gateway } from "./gatewayclient.ts"
import { BodyBroken, readPieces } from "./pieces.ts"

/**
 * The data of each event of a stream; the sign of its end is none.
 * @param silentMsMax as of `readPieces`
 * @throws {BodyBroken}
 */
export async function* readEvents(response: Response, silentMsMax: number | null = null): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ""
  for await (const piece of readPieces(response, silentMsMax)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/)
    rest = lines.pop() ?? ""
    for (const line of lines) {
      if (line.startsWith("data:") && line.slice(5).trim() !== "[DONE]") yield line.slice(5).trim()
    }
  }
}

/** What one event tells of jobs. */
export interface Changes {
  /** The first one of a connection: what happened before it was not told. */
  isFirst: boolean
  jobs: { id: string; state: string }[]
  /** More has changed than is named. */
  isMore: boolean
}

/** The gateway sends a comment after 15 s of silence. */
const SILENT_MS_MAX = 45_000
/** How long a gateway that is started again may take, and how often it is tried. */
const RESTART_MS = 20_000
const TRY_MS = 250

/**
 * Tells each change until `onChanges` returns false. One that finds the gateway gone is called again after the restart.
 * @param filter as of a list of jobs
 * @throws {CommandError} unreachable: the gateway stays away; denied; whatever `onChanges` throws
 */
export async function followChanges(
  filter: URLSearchParams,
  gateway: Gateway,
  onChanges: (changes: Changes) => Promise<boolean>,
): Promise<void> {
  let hasAnswered = false
  let goneAt = Number.POSITIVE_INFINITY
  for (;;) {
    let reason = `the gateway at ${gateway.url} ended the stream`
    try {
      const response = await gateway.ask(`/v1/async/events?${filter}`)
      let isFirst = true
      for await (const data of readEvents(response, SILENT_MS_MAX)) {
        hasAnswered = true
        goneAt = Number.POSITIVE_INFINITY
        if (!(await onChanges(readChanges(data, isFirst)))) return
        isFirst = false
      }
    } catch (error) {
      const isGone = error instanceof CommandError && error.ending === "unreachable" && hasAnswered
      if (!isGone && !(error instanceof BodyBroken)) throw error
      reason = error.message
    }
    goneAt = Math.min(goneAt, steadyNow())
    if (steadyNow() > goneAt + RESTART_MS) throw new CommandError("unreachable", reason)
    await new Promise<void>((resolve) => systemClock.after(TRY_MS, resolve))
  }
}

function readChanges(data: string, isFirst: boolean): Changes {
  const { changed, reload } = asRecord(JSON.parse(data))
  const jobs = asRecords(changed).map(({ id, state }) => ({ id: asText(id), state: asText(state) }))
  return { isFirst, jobs, isMore: reload === true }
}
