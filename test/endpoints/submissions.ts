// Submissions and answers as the tests of the endpoints write them.
import type { Answer, FilePart, Submission } from "../../src/endpoints/endpoint.ts"

export function json(fields: Record<string, unknown>): Submission {
  return { form: "json", fields, files: [] }
}

/** A form with these text fields, and one file part for each name. */
export function form(fields: Record<string, unknown>, ...names: (string | FilePart)[]): Submission {
  const files = names.map((part) => (typeof part === "string" ? filePart(part, 3) : part))
  return { form: "multipart", fields, files }
}

export function filePart(name: string, bytes: number): FilePart {
  return { name, fileName: "a.bin", contentType: "application/octet-stream", bytes }
}

export function answer(body: string | Uint8Array, contentType: string | null = "application/json"): Answer {
  return { contentType, bytes: typeof body === "string" ? new TextEncoder().encode(body) : body }
}
