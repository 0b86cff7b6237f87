// How much is kept of what others say: texts that end in rows and lists are bounded, and show that they were cut. Pure.
import type { Outcome, Refusal, Upstream } from "../call.ts"

/** Names, ids and codes. */
export const NAME_CHARS_MAX = 512
/** Sentences for people. */
const MESSAGE_CHARS_MAX = 4000
/** Of an answer of which nothing else can be made: bytes, and so characters. */
export const RAW_MAX = 1024 * 1024
/** A text that is longer by less is left as it is: the note would take as much. */
const NOTE_CHARS = 100
const WARNINGS_MAX = 100

/** The beginning of a text, with a note of how much is gone. */
export function cut(text: string, charsMax: number): string {
  const rest = text.length - charsMax
  return rest > NOTE_CHARS ? `${text.slice(0, charsMax)}… (${rest} more characters)` : text
}

/** The beginning of a name: a note would be taken for a part of it. */
export function cutName<Name extends string | null>(name: Name): Name | string {
  return name !== null && name.length > NAME_CHARS_MAX ? `${name.slice(0, NAME_CHARS_MAX - 1)}…` : name
}

/** An outcome as it is kept. */
export function bounded(outcome: Outcome): Outcome {
  switch (outcome.kind) {
    case "unreached":
      return { ...outcome, message: cut(outcome.message, MESSAGE_CHARS_MAX) }
    case "refused":
      return { ...outcome, refusal: boundedRefusal(outcome.refusal), upstream: boundedUpstream(outcome.upstream) }
    case "unreadable": {
      const message = cut(outcome.message, MESSAGE_CHARS_MAX)
      return {
        ...outcome,
        message,
        body: cut(outcome.body, RAW_MAX),
        upstream: boundedUpstream(outcome.upstream),
      }
    }
    case "pending":
      return { ...outcome, upstream: boundedUpstream(outcome.upstream) }
    // These are many, and nearly all of them need nothing: only then one is touched.
    case "answered": {
      const { upstream, content, warnings } = outcome
      if (upstream.requestId !== null && upstream.requestId.length > NAME_CHARS_MAX) {
        outcome.upstream = boundedUpstream(upstream)
      }
      if (content !== undefined && content.type.length > NAME_CHARS_MAX) content.type = "application/octet-stream"
      if (warnings) outcome.warnings = warnings.slice(0, WARNINGS_MAX).map((text) => cut(text, NAME_CHARS_MAX))
      return outcome
    }
  }
}

function boundedRefusal({ type, code, message, param }: Refusal): Refusal {
  return {
    type: cutName(type),
    code: cutName(code),
    message: cut(message, MESSAGE_CHARS_MAX),
    param: cutName(param),
  }
}

function boundedUpstream(upstream: Upstream): Upstream {
  const { requestId, limits } = upstream
  return requestId === null || requestId.length <= NAME_CHARS_MAX ? upstream : { requestId: cutName(requestId), limits }
}
