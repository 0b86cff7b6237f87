// A file, and pages of files, batches and items, as OpenAI writes them: https://platform.openai.com/docs/api-reference/files/object
import type { NewFile } from "../../batches/batch.ts"
import { GatewayError } from "../../errors.ts"

/** Times are Unix seconds. */
export function writeFile({ id, bytes, createdAt, expiresAt, filename, purpose }: NewFile) {
  return {
    id,
    object: "file",
    bytes,
    created_at: toSeconds(createdAt),
    ...(expiresAt === null ? {} : { expires_at: toSeconds(expiresAt) }),
    filename,
    purpose,
    // Deprecated, and still required by the types of OpenAI's clients.
    status: "processed",
  }
}

export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}

/** @param found one more than the page has, where there are more */
export function writePage<T extends { id: string }>(found: readonly T[], limit: number, write: (each: T) => object) {
  const page = found.slice(0, limit)
  return {
    object: "list",
    data: page.map(write),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: found.length > limit,
  }
}

/** @throws {GatewayError} invalid_request */
export function readPageLimit(parameters: URLSearchParams, { usual, max }: { usual: number; max: number }): number {
  const text = parameters.get("limit")
  const limit = text === null ? usual : /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= max) return limit
  throw new GatewayError("invalid_request", `limit must be a whole number from 1 to ${max}`, { param: "limit" })
}

/** @throws {GatewayError} invalid_request */
export function readOrder(parameters: URLSearchParams): "asc" | "desc" {
  const order = parameters.get("order") ?? "desc"
  if (order === "asc" || order === "desc") return order
  throw new GatewayError("invalid_request", "order must be asc or desc", { param: "order" })
}

/** For how long a file may be kept: https://platform.openai.com/docs/api-reference/files/create */
const EXPIRY_SECONDS_MIN = 3600
const EXPIRY_SECONDS_MAX = 2_592_000

/**
 * Milliseconds.
 * @param name of the member
 * @throws {GatewayError} invalid_request
 */
export function readExpiry({ anchor, seconds }: Record<string, unknown>, name: string): number {
  if (anchor !== "created_at") {
    throw new GatewayError("invalid_request", `${name}.anchor must be "created_at"`, { param: `${name}.anchor` })
  }
  const count = Number.isInteger(seconds) ? (seconds as number) : 0
  if (count >= EXPIRY_SECONDS_MIN && count <= EXPIRY_SECONDS_MAX) return count * 1000
  const message = `${name}.seconds must be a whole number from ${EXPIRY_SECONDS_MIN} to ${EXPIRY_SECONDS_MAX}`
  throw new GatewayError("invalid_request", message, { param: `${name}.seconds` })
}
