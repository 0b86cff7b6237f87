// Derives the number of a job, the primary key of its row, from its id, so that the table needs no index of ids.
import { readJobId } from "../batches/batch.ts"
import { IDS_PER_MS, readIdTime } from "./ids.ts"

/** 2026-01-01. Numbers have 39 bits of time since then, until 2043, and the 12 bits of the id's counter. */
const EPOCH_MS = Date.UTC(2026, 0, 1)
const NUMBER_MAX = 2 ** 51 - 1
/** The most pieces of a body, 1 GiB. The key of a piece is the job's number times this, plus the index of the piece. */
export const BODY_PIECES_MAX = 4096

/** The number of the job with this id; -1, which no job has, where the text is not an id. */
export function readNumber(id: string): number {
  const number = (readIdTime(id) - EPOCH_MS) * IDS_PER_MS + Number.parseInt(id.slice(15, 18), 16)
  return number >= 0 && number <= NUMBER_MAX ? number : -1
}

/** The number of a file or a batch: that of the job which would have the same id. */
export function readBatchNumber(id: string): number {
  return readNumber(readJobId(id) ?? "")
}

/** The lowest number of jobs whose ids are not below this text, which may be the beginning of an id. */
export function readNumberBound(id: string): number {
  const [digits = ""] = /^[0-9a-f]*/.exec(id.replaceAll("-", "")) ?? []
  const number = readNumber(formatDigits(digits.slice(0, 12).padEnd(12, "0"), digits.slice(13, 16).padEnd(3, "0")))
  if (number >= 0) return number
  return digits > EPOCH_MS.toString(16).padStart(12, "0") ? NUMBER_MAX + 1 : 0
}

function formatDigits(time: string, counter: string): string {
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}`
}

/** The lowest number of jobs that were created at this time or later. */
export function findFirstNumber(timeMs: number): number {
  return Math.max(0, (timeMs - EPOCH_MS) * IDS_PER_MS)
}

/** The time in a job's number, epoch milliseconds. */
export function readNumberTime(number: number): number {
  return Math.floor(number / IDS_PER_MS) + EPOCH_MS
}
