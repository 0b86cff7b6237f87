// A body that has been read, and what the readers of bodies share: what they need and what is too much.
import type { Submission } from "../../endpoints/endpoint.ts"
import { GatewayError } from "../../errors.ts"
import type { Form } from "../../multipart.ts"
import type { EngineLine } from "../engineclient.ts"
import type { BodyMemory } from "./bodymemory.ts"

/** Parsers on the way to a model give up somewhere beyond this. */
export const DEPTH_MAX = 1000

/** A body that has come in whole. */
export interface Received {
  submission: Submission
  /** Of all members, fields and files, in their order: what stands in the body twice is here twice. */
  names: readonly string[]
  /** JSON text as it came; null: a form or a large JSON text, whose bytes are stored. */
  text: string | null
  form: { contentType: string; read: Form } | null
  /** SHA-256 of what was sent, as hex; of stored bytes only where an Idempotency-Key came with them. */
  digest: string
  /** Comes last: frees the memory, and forgets stored bytes that do not become a job. */
  settle(isAccepted: boolean): void
}

export interface BodyOptions {
  engine: EngineLine
  bodyBytesMax: number
  bodyMemory: BodyMemory
  /** Resolves when what has arrived so far has been dealt with. */
  breathe: () => Promise<void>
}

export function tooLarge(bytesMax: number): GatewayError {
  const limit = `${bytesMax / 1024 / 1024} MB`
  return new GatewayError(
    "request_too_large",
    `the body is larger than ${limit}: send less, or raise client.max_request_body_size_mb in config.json`,
  )
}
