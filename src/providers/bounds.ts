// Limits how much is kept of what a provider says besides its answer, so that rows, lists and maps cannot grow with it. A text that is
// cut says so. Pure.
import type { Outcome, Refusal, Upstream } from "../call.ts"

type Answered = Extract<Outcome, { kind: "answered" }>

const MESSAGE_CHARS_MAX = 4096
/** Names, ids, types and codes. */
export const NAME_CHARS_MAX = 512
/** Of an unreadable answer so much is kept: it was paid for, and a reader may still make use of it. */
export const RAW_MAX = 1024 * 1024
/** The same, with a note of how much was cut. */
const RAW_CHARS_MAX = RAW_MAX + 100
/** Of the description of an upstream job. */
const STATE_CHARS_MAX = 64 * 1024
const USAGE_CHARS_MAX = 16 * 1024
const WARNINGS_MAX = 100
const MEDIA_TYPE_CHARS_MAX = 255

/** The outcome with all texts cut to their limits. */
export function bounded(outcome: Outcome): Outcome {
  if (outcome.kind === "answered" && isWithin(outcome)) return outcome
  if (outcome.kind === "unreached") return { ...outcome, message: cutTo(outcome.message, MESSAGE_CHARS_MAX) }
  const upstream = boundedUpstream(outcome.upstream)
  switch (outcome.kind) {
    case "answered":
      return boundedAnswer(outcome, upstream)
    case "refused":
      return { ...outcome, refusal: boundedRefusal(outcome.refusal), upstream }
    case "unreadable": {
      const { message, body } = outcome
      return { ...outcome, message: cutTo(message, MESSAGE_CHARS_MAX), body: cutTo(body, RAW_CHARS_MAX), upstream }
    }
    case "pending": {
      if (outcome.state.length <= STATE_CHARS_MAX) return { ...outcome, upstream }
      const message = `the provider accepted the job, but its description of it has ${counted(outcome.state)}`
      return { kind: "unreadable", status: 200, message, body: cutTo(outcome.state, RAW_CHARS_MAX), upstream }
    }
  }
}

/** At most so many characters of the text, and a note of how many there were. */
export function cutTo(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  // A surrogate pair is not cut in half.
  const kept = text.slice(0, charsMax).replace(/[\ud800-\udbff]$/, "")
  return `${kept}… (cut: ${counted(text)})`
}

function counted({ length }: string): string {
  return `${length.toLocaleString("en")} characters`
}

/** True for nearly all answers: they need no copy. */
function isWithin({ usage, content, warnings, upstream }: Answered): boolean {
  return (
    (usage?.length ?? 0) <= USAGE_CHARS_MAX &&
    (content?.type.length ?? 0) <= MEDIA_TYPE_CHARS_MAX &&
    warnings === undefined &&
    (upstream.requestId?.length ?? 0) <= NAME_CHARS_MAX
  )
}

function boundedAnswer(outcome: Answered, upstream: Upstream): Outcome {
  const { usage, content } = outcome
  const isUsageKept = usage === null || usage.length <= USAGE_CHARS_MAX
  const warnings = [
    ...(outcome.warnings ?? []),
    ...(isUsageKept ? [] : [`the answer's usage has ${counted(usage)}: it is in the result alone`]),
  ]
  return {
    ...outcome,
    usage: isUsageKept ? usage : null,
    ...(content && content.type.length > MEDIA_TYPE_CHARS_MAX
      ? { content: { ...content, type: "application/octet-stream" } }
      : {}),
    ...(warnings.length > 0 ? { warnings: boundedWarnings(warnings) } : {}),
    upstream,
  }
}

/** A limited number of warnings, each cut to its limit. */
export function boundedWarnings(warnings: readonly string[]): string[] {
  const kept = warnings.slice(0, WARNINGS_MAX).map((warning) => cutTo(warning, NAME_CHARS_MAX))
  return warnings.length > kept.length ? [...kept, `and ${warnings.length - kept.length} more like these`] : kept
}

function boundedRefusal({ type, code, message, param, innererror }: Refusal): Refusal {
  // Cut, it would be no JSON.
  const inner = innererror !== undefined && innererror.length <= MESSAGE_CHARS_MAX ? { innererror } : {}
  return {
    type: word(type),
    code: word(code),
    message: cutTo(message, MESSAGE_CHARS_MAX),
    param: word(param),
    ...inner,
  }
}

function boundedUpstream({ requestId, limits }: Upstream): Upstream {
  return { requestId: requestId === null ? null : cutTo(requestId, NAME_CHARS_MAX), limits }
}

function word(text: string | null): string | null {
  return text === null ? null : cutTo(text, NAME_CHARS_MAX)
}
