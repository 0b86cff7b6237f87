// A body that has been read, in whatever form it came.
import type { Submission } from "../../endpoints/endpoint.ts"
import type { Form } from "../../multipart.ts"

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
