// What a request type is, and the readings that most of them share. Knows no other thread, no provider and no database.
import type { Content, Usage } from "../call.ts"
import type { ParameterError } from "./parametertable.ts"

/** A request as its endpoint sees it, whatever form it came in. */
export interface Submission {
  form: "json" | "multipart"
  /** JSON members as parsed; of a multipart form the text fields, a list where a name came more than once. */
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

/** A provider's 2xx, as it came. */
export interface Answer {
  contentType: string | null
  bytes: Uint8Array
}

/** What an answer came to. */
export type Reading =
  /** It is not what the endpoint promises; the end of a sentence that starts with "but". */
  | { problem: string }
  /**
   * `result` is the text of a JSON object. `content` are bytes that stand for the member `audio`, which the text has as
   * its first member and empty: they are stored as they came and put in when the job is read.
   */
  | { result: string; content?: Content }

/** The JSON text of a member of a result, or null where it has none of that name. */
export type MemberText = (name: string) => string | null

/** One request type: where it lives, what its body must hold, what its answer must be. Adding one is a file, its description, and a line in each table.ts. */
export interface Endpoint {
  /** As the wire names it. */
  requestType: string
  /** Its own path, as `/chat/completions`: the table of routes in http/ puts a wire's prefix in front. */
  path: string
  summary: string
  /** How a body may come; the first is the usual one. */
  forms: readonly Submission["form"][]
  /** The members the gateway itself reads: they may stand in a body once only. */
  reads: readonly string[]
  /** Members that say what the route does anyway: they are taken, and go to no provider. */
  dropped: readonly string[]
  /** What is missing or of a form that cannot become a good call, or null. `optional` are required members that the provider does without. */
  check(submission: Submission, optional: readonly string[]): ParameterError | null
  /** The member by which this request asks for a stream, or null. */
  asksForStream(submission: Submission): string | null
  /** The refusal of such a request; null where the type knows no streams. */
  streamRefusal: string | null
  /** @param request the members of a JSON request; of a form nothing */
  read(answer: Answer, request: () => Record<string, unknown>): Reading
  /**
   * What the answer says was used, or null when it does not say. Never throws, and makes no values of what can be large.
   * @param result of what `read` gave
   * @param request as in `read`
   */
  usage(result: MemberText, content: Content | undefined, request: () => Record<string, unknown>): Usage | null
  /** Each call is dear, and what is lost on the way cannot be had again for less: sent twice, it is paid for twice. */
  isBilledPerCall: boolean
  /** Of a type whose results hold images: one of them out of a result, or null where there is none at that place. */
  readImage?(result: string, index: number): { bytes: Uint8Array; type: string } | { url: string } | null
}

/** `stream: true`, the way most request types ask for one. Forms have texts, which servers read as generously. */
export function streamMember({ fields }: Submission): string | null {
  const { stream } = fields
  return stream === true || (typeof stream === "string" && /^\s*(true|t|1|yes|y|on)\s*$/i.test(stream))
    ? "stream"
    : null
}

/** How urgent a request says it is, by the tier that OpenAI's forms ask for: 0 can wait, 2 goes first; null: it does not say. */
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

/** An answer that must be a JSON object which `isResult` accepts; `what` names it: "no chat completion (it has no list of choices)". */
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

/** Reads an answer that must be a JSON object with a list `member`; `what` names it: "chat completion". */
export function listReader(member: string, what: string): Endpoint["read"] {
  return (answer) =>
    readJson(answer, (value) => Array.isArray(value[member]), `no ${what} (it has no list of ${member})`)
}
