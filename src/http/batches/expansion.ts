// Makes jobs of the lines of a batch, a window of them at a time, so that a batch of any length takes no more memory than a short one.
import type { Batch } from "../../batches/batch.ts"
import type { InputLine } from "../../batches/inputlines.ts"
import type { Clock } from "../../clock.ts"
import { getEndpoint } from "../../endpoints/endpoints.ts"
import { type ErrorCode, findStatus, GatewayError, ownError } from "../../errors.ts"
import type { Reads } from "../../jobs/reads.ts"
import { scan } from "../../json.ts"
import type { EngineClient } from "../engineclient.ts"
import { accept, type IntakeOptions } from "../intake/intake.ts"
import type { Received } from "../intake/received.ts"
import { type BatchSecrets, makeLineHead } from "./batchhead.ts"
import { type LineOptions, readLines } from "./batchlines.ts"

export interface ExpansionOptions extends Omit<LineOptions, "clock">, BatchSecrets, Omit<IntakeOptions, "engine"> {
  engine: LineOptions["engine"] & IntakeOptions["engine"] & Pick<EngineClient, "store">
  reads: Reads
  clock: Clock
  newJobId: (now: number) => string
}

/** What an expansion asks of the runner of its batch. */
export interface Watch {
  /** The batch as it is stored now; null: it is to be expanded no further. */
  look(): Promise<Batch | null>
  /** Resolves after a while, or earlier where the batch has changed. @param reason why the batch waits, in words; null: for its jobs */
  pause(ms: number, reason: string | null): Promise<void>
}

/** How many jobs of a batch may be stored and not have ended. */
const WINDOW = 1000
/** So many lines are being stored at a time. Only within the last of them a crash can leave lines out. */
const STORING = 100
/** As many characters of requests are held at a time, beside the last line. */
const STORING_CHARS = 8 * 1024 * 1024
/** And so many beside callers who submit jobs, who share the commits. */
const STORING_BESIDE = 5
/** How often a full window is looked at again. */
const FULL_MS = 20
const PAUSE_MS_MAX = 60_000

/** Refusals that pass: the line waits and is submitted again. */
const passing: ReadonlySet<ErrorCode> = new Set([
  "rate_limited",
  "queue_full",
  "store_full",
  "store_unavailable",
  "server_busy",
  "shutting_down",
  "budget_exceeded",
])

/** Resolves when every line has become a job or a refusal, or when the watch ends it. */
export async function expand(batch: Batch, watch: Watch, options: ExpansionOptions): Promise<void> {
  // Of the last lines a crash may have left some out.
  const missing = new Set(await findMissing(batch, options))
  if (batch.taken === batch.total && missing.size === 0) return
  const { engine } = options
  const endpoint = getEndpoint(batch.requestType)
  const storing = createStoring(engine)
  /** For how many lines there is room, as far as is known. */
  let room = 0
  for await (const line of readLines(batch, Math.max(0, batch.taken - STORING), options)) {
    if (line.number <= batch.taken && !missing.has(line.number)) continue
    if (room === 0) {
      if (!(await awaitRoom(watch))) break
      room = STORING
    }
    room--
    if (!(await storing.add(line, storeLine))) break
  }
  await storing.end()

  async function storeLine(line: InputLine): Promise<void> {
    for (;;) {
      const head = makeLineHead(batch, line.number, options)
      try {
        await accept(options.newJobId(head.receivedAt), endpoint, head, receive(line), options)
        return
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        if (!isPassing(error, options.clock.now())) {
          await refuse(line, error)
          return
        }
        if ((await watch.look()) === null) return
        await watch.pause(Math.min((error.retryAfter ?? 1) * 1000, PAUSE_MS_MAX), error.message)
        if ((await watch.look()) === null) return
      }
    }
  }

  /** A budget that is renewed after the end of the batch is of no use to it. */
  function isPassing({ code, retryAfter = 0 }: GatewayError, now: number): boolean {
    if (code === "budget_exceeded" && now + retryAfter * 1000 >= batch.expiresAt) return false
    return passing.has(code)
  }

  async function refuse({ number: line }: InputLine, { code, message, param, fields }: GatewayError): Promise<void> {
    const error = JSON.stringify(ownError(code, message, { requestType: endpoint.requestType, ...fields }, param))
    await engine.store({ kind: "refuseLine", batch: batch.number, line, statusCode: findStatus(code), error })
  }
}

/** What is being stored at a time, within the bounds above. */
function createStoring(engine: ExpansionOptions["engine"]) {
  const storing = new Map<number, Promise<void>>()
  /** The length of the requests since the last time that all were stored. */
  let chars = 0
  let failure: { error: unknown } | null = null

  return {
    /** Begins to store a line when there is a place for it; false: an earlier one has failed. */
    async add(line: InputLine, store: (line: InputLine) => Promise<void>): Promise<boolean> {
      await storing.get(line.number - (engine.hasCallers() ? STORING_BESIDE : STORING))
      if (chars >= STORING_CHARS) {
        await Promise.all(storing.values())
        chars = 0
      }
      if (failure !== null) return false
      chars += line.body.length
      const stored = store(line).catch((error) => {
        failure ??= { error }
      })
      storing.set(line.number, stored)
      storing.delete(line.number - STORING)
      return true
    },

    /** Resolves when all are stored. @throws what the first that failed has thrown */
    async end(): Promise<void> {
      await Promise.all(storing.values())
      if (failure !== null) throw failure.error
    },
  }
}

/** Whether the batch goes on, once there is room for more lines beside those that are being stored. */
async function awaitRoom(watch: Watch): Promise<boolean> {
  for (;;) {
    const now = await watch.look()
    if (now === null) return false
    if (now.taken - now.completed - now.failed <= WINDOW - 2 * STORING) return true
    await watch.pause(FULL_MS, null)
  }
}

/** Those of the last lines that count as taken and have neither a job nor a refusal. */
async function findMissing({ number, taken }: Batch, { reads }: Pick<ExpansionOptions, "reads">): Promise<number[]> {
  const from = Math.max(1, taken - STORING + 1)
  const jobs = await reads.batchJobs(number, from, taken + 1)
  const refusals = await reads.batchRefusals(number, from, taken + 1)
  const found = new Set([...jobs, ...refusals].map(({ line }) => line))
  return Array.from({ length: taken - from + 1 }, (_, at) => from + at).filter((line) => !found.has(line))
}

function receive({ body, fields }: InputLine): Received {
  const found = scan(body)
  return {
    submission: { form: "json", fields, files: [] },
    names: found.kind === "object" ? found.members.map(({ key }) => key) : [],
    text: body,
    form: null,
    digest: "",
    settle: () => {},
  }
}
