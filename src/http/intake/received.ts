// A body that has been read, as JSON or as a form.
import type { Submission } from "../../endpoints/endpoint.ts"
import type { Form } from "../../multipart.ts"

export interface Received {
  submission: Submission
  /** The names of all members, fields and files in their order, with duplicates. */
  names: readonly string[]
  /** JSON text as it came; null: a form or a large JSON text, whose bytes are stored. */
  text: string | null
  form: { contentType: string; read: Form } | null
  /** SHA-256 of what was sent, as hex; of stored bytes only where an Idempotency-Key came with them. */
  digest: string
  /** Called last: frees the memory, and deletes stored bytes that do not become a job. */
  settle(isAccepted: boolean): void
}
