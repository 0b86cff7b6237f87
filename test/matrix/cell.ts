// What a cell of the matrix is: what a client asks, what of it is to reach the provider and how it answers, and what becomes of that.

export type Fields = Record<string, unknown>

export interface FilePart {
  fileName: string
  type: string
  base64: string
}

/** A part of a form: a text or a file under a name. */
export type Part = readonly [name: string, value: string | FilePart]

export interface Step {
  method: "GET" | "POST"
  url: string
  /** Beside those that all requests have. */
  headers?: Record<string, string>
  /** JSON byte by byte or by its meaning, a form, bytes as base64; without one of them there is nothing. */
  sent?: { text: string } | { json: unknown } | { form: readonly Part[] } | { base64: string }
  answer(): Response
}

export interface Cell {
  model: string
  /** The members of a JSON body beside `model`, or the parts of a form beside it. */
  asked: Fields | readonly Part[]
  /** In their order; none: nothing goes out. */
  steps: readonly Step[]
  /** Without `extra_fields`, to be compared with `toEqual`. */
  result: unknown
  /** Those of the full view; by default none. */
  warnings?: readonly string[]
}

/** How a provider is reached. */
export interface Place {
  /** The variable with its key; null: none. */
  key: string | null
  /** The key, where its beginning tells what it is. */
  secret?: string
  /** By default `Authorization: Bearer`. */
  header?: readonly [name: string, prefix: string]
  /** Beside those that all requests have; `{jobId}` stands for the job's id. */
  headers?: Record<string, string>
}

/** A cell where it stands, or one like it. */
export interface Case {
  name: string
  provider: string
  requestType: string
  cell: Cell
}

export function isForm(asked: Cell["asked"]): asked is readonly Part[] {
  return Array.isArray(asked)
}

export function json(answer: unknown, init?: ResponseInit): () => Response {
  return () => Response.json(answer, init)
}

/** A request as a client sends it. */
export function readBody(
  model: string,
  asked: Cell["asked"],
): { body: string | FormData; headers: Record<string, string> } {
  if (!isForm(asked)) {
    return { body: JSON.stringify({ model, ...asked }), headers: { "content-type": "application/json" } }
  }
  const form = new FormData()
  form.append("model", model)
  for (const [name, value] of asked) {
    if (typeof value === "string") form.append(name, value)
    else {
      const bytes = Buffer.from(value.base64, "base64")
      form.append(name, new File([bytes], value.fileName, { type: value.type }), value.fileName)
    }
  }
  return { body: form, headers: {} }
}
