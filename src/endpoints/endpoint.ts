// What a request type is, and the functions that most of them share. It knows no thread, no provider and no database.
import type { Content, Usage } from "../call.ts"
import type { Description } from "./description.ts"
import type { ParameterError } from "./parametertable.ts"
import type { StreamForm } from "./streams/streamform.ts"

/** A request in either form, as its endpoint reads it. */
export interface Submission {
  form: "json" | "multipart"
  /** The members of the JSON, or the text fields of the form: a list when a name occurs more than once. */
  fields: Record<string, unknown>
  /** The file parts of a multipart form, in their order. */
  files: readonly FilePart[]
}

export interface FilePart {
  name: string
  fileName: string | null
  contentType: string | null
  bytes: number
}

/** A provider's 2xx. */
export interface Answer {
  contentType: string | null
  bytes: Uint8Array
}

/** An answer that was read. */
export type Reading =
  /** The answer is not what the endpoint promises. The text is the end of a sentence that starts with "but". */
  | { problem: string }
  /**
   * `result` is the text of a JSON object. `content` are the bytes of the member `audio`, which is the first member of the text and empty
   * there. They are stored as they are, and inserted when the job is read.
   */
  | { result: string; content?: Content }

/** Returns the JSON text of a member of a result, or null when there is none. */
export type MemberText = (name: string) => string | null

/** One request type: its path, what its body must hold, what its answer must be, and what the API document says of it. */
export interface Endpoint<Type extends string = string> {
  /** Its name in the API. */
  requestType: Type
  /** As `/chat/completions`: where clients submit, behind the prefix of a wire, and the usual path at a provider, behind its address. */
  path: string
  summary: string
  /** The forms that a body may have. The first is the usual one. */
  forms: readonly Submission["form"][]
  /** Members that the gateway reads. A body must not repeat them. */
  reads: readonly string[]
  /** Members that ask for what the route does anyway. They are accepted and not sent to the provider. */
  dropped: readonly string[]
  /** What is missing or wrong, or null. @param optional required members that the provider does not need */
  check(submission: Submission, optional: readonly string[]): ParameterError | null
  /** The member with which this request asks for a stream, or null. */
  asksForStream(submission: Submission): string | null
  /** The form of its streams. Absent: it has none here. */
  stream?: StreamForm
  /** The error message for such a request. Null when the type has no streams. */
  streamRefusal: string | null
  /** @param request returns the members of a JSON request; empty for a form */
  read(answer: Answer, request: () => Record<string, unknown>): Reading
  /**
   * The usage that the answer reports, or null. Parses no large members.
   * @param result the result that `read` returned
   * @param request as in `read`
   */
  usage(result: MemberText, content: Content | undefined, request: () => Record<string, unknown>): Usage | null
  /** The result is sound, which providers send as bytes. */
  isSound?: true
  /** A result that is not there yet, in the form of one. Absent: the type has no such form. Times are seconds since 1970. */
  writePending?(job: { id: string; status: string; createdAt: number; model: string }): object
  /** Whether this request asks for a result that is a text and not JSON. */
  isPlainText?(submission: Submission): boolean
  /** Each call is expensive, and a lost answer must be paid for again. */
  isBilledPerCall: boolean
  /** For types whose results hold images: one image of a result, or null when there is none at that index. */
  readImage?(result: string, index: number): { bytes: Uint8Array; type: string } | { url: string } | null
  /** A function, because the description is large and most processes never show it. */
  describe(): Description
}

export type DescribedEndpoint = Endpoint & Description

export function described(endpoint: Endpoint): DescribedEndpoint {
  return { ...endpoint, ...endpoint.describe() }
}

/** Most request types ask for a stream with `stream: true`. In a form it is a text, which servers read generously. */
export function streamMember({ fields }: Submission): string | null {
  const { stream } = fields
  return stream === true || (typeof stream === "string" && /^\s*(true|t|1|yes|y|on)\s*$/i.test(stream))
    ? "stream"
    : null
}

/** The priority that `service_tier` asks for: 0 can wait, 2 goes first. Null when it does not say. */
export function tierPriority({ fields }: Submission): 0 | 1 | 2 | null {
  switch (fields["service_tier"]) {
    case "flex":
      return 0
    case "default":
    case "standard":
      return 1
    case "priority":
      return 2
    default:
      return null
  }
}

const utf8 = new TextDecoder()

/** Reads an answer that must be a JSON object which `isResult` accepts. `what` is for the error: "no chat completion (it has no list of choices)". */
export function readJson(
  { bytes }: Answer,
  isResult: (value: Record<string, unknown>) => boolean,
  what: string,
): Reading {
  const text = utf8.decode(bytes)
  if (text.trim() === "") return { problem: "the body is empty" }
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
    return isObject && isResult(value as Record<string, unknown>)
      ? { result: text }
      : { problem: `the body is ${what}` }
  } catch {
    return { problem: "the body is not JSON" }
  }
}

/** Reads an answer that must be a JSON object with the list `member`. `what` is for the error: "chat completion". */
export function listReader(member: string, what: string): Endpoint["read"] {
  return (answer) =>
    readJson(answer, (value) => Array.isArray(value[member]), `no ${what} (it has no list of ${member})`)
}
