// Batches as the API has them, and what screens do with them.
import { ask, send } from "./client.ts"
import { act } from "./parts/act.ts"

export const BATCHES = "/v1/batches"
const FILES = "/v1/files"

/** Times are Unix seconds. */
export interface Batch {
  id: string
  endpoint: string
  status: string
  errors: { data: { code: string; message: string; line: number | null }[] } | null
  input_file_id: string
  completion_window: string
  output_file_id: string | null
  error_file_id: string | null
  created_at: number
  in_progress_at: number | null
  expires_at: number
  completed_at: number | null
  failed_at: number | null
  expired_at: number | null
  cancelled_at: number | null
  request_counts: { total: number; completed: number; failed: number }
  usage: { input_tokens: number; output_tokens: number }
  metadata: Record<string, string> | null
  /** Null: not known. Only of calls whose cost is known. */
  cost_usd: number | null
  calls_without_cost: number
  /** Why no line goes out at the moment. */
  waits_for?: string
}

const ended = ["completed", "failed", "expired", "cancelled"]

export function hasEnded({ status }: Batch): boolean {
  return ended.includes(status)
}

/** When it ended; null: it has not. */
export function findEnd({ completed_at, failed_at, expired_at, cancelled_at }: Batch): number | null {
  return completed_at ?? failed_at ?? expired_at ?? cancelled_at
}

/** How long it still takes at the rate so far, in milliseconds; null: nothing can be said. */
export function estimateLeft({ in_progress_at, request_counts, status }: Batch, now: number): number | null {
  const { total, completed, failed } = request_counts
  const done = completed + failed
  if (in_progress_at === null || done === 0 || status !== "in_progress") return null
  return ((total - done) * (now - in_progress_at * 1000)) / done
}

export function pathToContent(file: string): string {
  return `${FILES}/${encodeURIComponent(file)}/content`
}

export async function cancelBatch({ id }: Batch, onDone: () => void): Promise<void> {
  const run = () => send("POST", `${BATCHES}/${encodeURIComponent(id)}/cancel`)
  await act(run, "The batch is being cancelled. What is done stays in its results.", onDone)
}

/** The page reads both files for it. */
const INPUT_BYTES_MAX = 64 * 1024 * 1024

/**
 * Makes a new batch of the lines that failed.
 * @returns its id
 * @throws {Refused}, and an Error for what this page cannot do
 */
export async function resubmitFailed(batch: Batch): Promise<string> {
  const { error_file_id, input_file_id, endpoint, completion_window } = batch
  if (error_file_id === null) throw new Error("No line of this batch has failed.")
  const { bytes } = (await (await ask(`${FILES}/${encodeURIComponent(input_file_id)}`)).json()) as { bytes: number }
  if (bytes > INPUT_BYTES_MAX) {
    throw new Error("The file is larger than 64 MB: download both files and submit its failed lines as a new batch.")
  }
  const failed = new Set(splitLines(await readContent(error_file_id)).map(readId))
  const lines = splitLines(await readContent(input_file_id)).filter((line) => failed.has(readId(line)))
  const form = new FormData()
  form.append("purpose", "batch")
  form.append("file", new Blob(lines.map((line) => `${line}\n`)), "failed-lines.jsonl")
  const { id } = (await (await ask(FILES, { method: "POST", body: form })).json()) as { id: string }
  const metadata = { ...batch.metadata, failed_lines_of: batch.id }
  const made = await send<Batch>("POST", BATCHES, { input_file_id: id, endpoint, completion_window, metadata })
  return made.id
}

async function readContent(file: string): Promise<string> {
  return (await ask(pathToContent(file))).text()
}

function splitLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "")
}

function readId(line: string): string {
  return (JSON.parse(line) as { custom_id: string }).custom_id
}
