// What a request type is, and the functions that most of them share. It knows no thread, no provider and no database.
import type { Content, Usage } from "../call.ts"
import { parseJson } from "../json.ts"
import { isRecord } from "../values.ts"
import type { ClientType } from "./clienttypes.ts"
import type { Description } from "./description.ts"
import type { ParameterError } from "./parametertable.ts"
import type { StreamForm } from "./streams/streamform.ts"

/** A request in either form, as its endpoint reads it. */
export interface Submission {
  form: ClientType["forms"][number]
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
  /** The sound that belongs to it, where an adapter has taken it out of the JSON. */
  content?: Content | undefined
}

/** An answer that was read. */
export type Reading =
  /**
   * The answer is not what the endpoint promises. The text is the end of a sentence that starts with "but". `error` is the part of
   * the answer in which the provider declares that it has not done the work.
   */
  | { problem: string; error?: DeclaredError }
  /**
   * `result` is the text of a JSON object. `content` are the bytes of the member `audio`, which is the first member of the text and empty
   * there. They are stored as they are, and inserted when the job is read.
   */
  | { result: string; content?: Content }

export interface DeclaredError {
  said: Record<string, unknown>
  /** The HTTP status that it means where it names none itself. Null: without one it is not known what it means. */
  status: number | null
}

/** Returns the JSON text of a member of a result, or null when there is none. */
export type MemberText = (name: string) => string | null

/** One request type: its path, what its body must hold, what its answer must be, and what the API document says of it. */
export interface Endpoint<Type extends string = string> extends ClientType<Type> {
  summary: string
  /** Members that the gateway reads. A body must not repeat them. */
  reads: readonly string[]
  /** Members that ask for what the route does anyway. They are accepted and not sent to the provider. */
  dropped: readonly string[]
  /** What is missing or wrong, or null. @param optional required members that the provider does not need */
  check(submission: Submission, optional: readonly string[]): ParameterError | null
  /** The member with which this request asks for a stream, or null. */
  asksForStream(submission: Submission): string | null
  /** The form of its streams. Absent: it has none, and cannot be asked for one. */
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
  /** A result that is not there yet, in the form of one. Absent: the type has no such form. Times are seconds since 1970. */
  writePending?(job: { id: string; status: string; createdAt: number; model: string }): object
  /** Whether this request asks for a result that is a text and not JSON. */
  isPlainText?(submission: Submission): boolean
  /** Its input may continue an earlier response or a conversation of this gateway. */
  isContinuable?: true
  /** Providers charge nothing for it. */
  isFree?: true
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

type Members = Record<string, unknown>

/** What a JSON answer must be. */
export interface Shape {
  /** For the error: "no chat completion". */
  what: string
  /** What the answer lacks, in words: "it has no list of choices". Null when it lacks nothing. */
  lacks(value: Members): string | null
  /** The part of the answer that says that the work failed, although the rest looks like a result. */
  failed?(value: Members): Members | null
  /** One JSON text of the events of a stream that was not asked for. Null when they cannot be joined, BROKEN_OFF when they are a part. */
  join?(events: string[]): string | typeof BROKEN_OFF | null
}

export const BROKEN_OFF = Symbol("a stream without its end")

/** Reads an answer that must be a JSON object of this shape. An error inside it is told as one: see Reading. */
export function readJson({ bytes }: Pick<Answer, "bytes">, shape: Shape): Reading {
  const text = utf8.decode(bytes)
  if (text.trim() === "") return { problem: "the body is empty" }
  const read = parse(text, shape)
  if (read === null) return { problem: "the body is not JSON" }
  if (read === BROKEN_OFF) return { problem: "its stream broke off before its end" }
  const { value } = read
  const members = isRecord(value) ? value : {}
  const lack = shape.lacks(members)
  const failed = shape.failed?.(members) ?? null
  if (failed !== null) return { problem: "it says that it failed", error: { said: failed, status: FAILED } }
  if (lack === null) return { result: read.text }
  const problem = `the body is ${shape.what} (${lack})`
  return saysError(members) ? { problem, error: { said: members, status: null } } : { problem }
}

/** The model has begun and failed. https://openrouter.ai/docs/api/reference/errors-and-debugging */
const FAILED = 502

/**
 * Whether a JSON object says that something went wrong: `{error}`, `{object: "error"}`, `{type: "error"}` or `{errors: […]}`.
 * https://openrouter.ai/docs/api/reference/errors-and-debugging, https://github.com/runpod-workers/worker-vllm/issues/57,
 * https://platform.claude.com/docs/en/api/errors, https://developers.cloudflare.com/workers-ai/platform/errors/
 */
export function saysError({ error, errors, object, type }: Members): boolean {
  if (object === "error" || type === "error") return true
  // Said of most answers.
  if (!error && !errors) return false
  return [error, errors].some((said) => (typeof said === "string" ? said !== "" : Object.keys(said ?? {}).length > 0))
}

/** Whether a text is such an object, whatever its media type says. */
export function isErrorText(text: string): boolean {
  const value = /^\s*\{/.test(text) ? parseJson(text) : undefined
  return isRecord(value) && saysError(value)
}

/** Reads an answer that must be a JSON object with the list `member`, of which one item has content. `what` is for the error: "chat completion". */
export function listReader(
  member: string,
  what: string,
  rest: Partial<Shape> & { hasContent?: (item: unknown) => boolean } = {},
): Endpoint["read"] {
  const { hasContent = hasMembers, ...shape } = rest
  const lacks = (value: Members) => {
    const list = value[member]
    if (!Array.isArray(list)) return `it has no list of ${member}`
    return list.some(hasContent) ? null : `its list of ${member} is empty`
  }
  return (answer) => readJson(answer, { what: `no ${what}`, lacks, ...shape })
}

function hasMembers(item: unknown): boolean {
  return isRecord(item) && Object.keys(item).length > 0
}

/** The JSON of an answer, also where a server frames it as events. Null when there is none. */
function parse(text: string, { join }: Shape): { text: string; value: unknown } | typeof BROKEN_OFF | null {
  try {
    return { text, value: JSON.parse(text) }
  } catch {
    const events = readEvents(text)
    const joined = events.length === 0 ? null : (join?.(events) ?? (events.length === 1 ? events[0] : null) ?? null)
    if (joined === BROKEN_OFF) return joined
    const value = joined === null ? undefined : parseJson(joined)
    return joined === null || value === undefined ? null : { text: joined, value }
  }
}

/**
 * The data of server-sent events, without the mark of their end. A JSON text before that mark is one of them, as some servers answer:
 * https://github.com/decolua/9router/issues/3492. Empty when the text is something else.
 */
function readEvents(text: string): string[] {
  const whole = text.trim()
  const body = whole.replace(/data:\s*\[DONE\]$/, "")
  const [head = "", ...rest] = body.split(/^data:/m)
  const isJson = /^[{[]/.test(head)
  if (!isJson && !head.split("\n").every((line) => FIELD.test(line))) return []
  if (isJson && body === whole && rest.length === 0) return []
  const data = isJson ? [head, ...rest] : rest
  const events = data.map((event) => event.replace(/^(event|id|retry)?:.*$/gm, "").trim())
  return events.filter((event) => event !== "" && event !== "[DONE]")
}

/** A line of an event that is no data. https://html.spec.whatwg.org/multipage/server-sent-events.html */
const FIELD = /^(event:|id:|retry:|:|\s*$)/
