// A body that has been read, as JSON or as a form.
import { sha256Hex } from "../../digest.ts"
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
  /** See `Extras` of call.ts. */
  conversation?: { number: number; from: number }
  /** Called last: frees the memory, and deletes stored bytes that do not become a job. */
  settle(isAccepted: boolean): void
}

/** The same body with the model that the path of its request names, which goes before its own. @param model empty: the path names none */
export function withModel(body: Received, model: string): Received {
  if (model === "") return body
  const { submission, names, text, form, settle } = body
  return {
    submission: { ...submission, fields: { ...submission.fields, model } },
    names,
    text,
    form,
    get digest() {
      return sha256Hex(`${model} ${body.digest}`)
    },
    settle,
  }
}
