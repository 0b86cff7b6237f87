// The stream of a response: named events, of which the last has the whole response.
// https://platform.openai.com/docs/api-reference/responses-streaming
import { asRecord, asText } from "../../values.ts"
import { startResponseReader } from "./readers.ts"
import { startResponseWriter } from "./responsewriter.ts"
import { type Assembly, type Fields, type StreamError, type StreamForm, writeEvent } from "./streamform.ts"

export const responseStream: StreamForm = {
  completeRequest: () => ({ stream: "true" }),
  isWanted: () => true,
  startAssembly: assemble,
  startReader: startResponseReader,
  startWriter: startResponseWriter,
  hasEnd: (events) => /"type":\s*"response\.(completed|incomplete)"/.test(events),
  writeError,
  end: "",
}

/**
 * Flat as it is documented, and nested as it is sent: some clients raise only the one, and some only the other. Its number follows
 * the last: without one, the AI SDK says of the event that it is not valid, and not what it says. A response that has told its own
 * failure needs no second one.
 */
function writeError(error: StreamError, sent: string): string {
  if (/"type":\s*"response\.failed"/.test(sent)) return ""
  const sequence_number = Number(/.*"sequence_number":\s*(\d+)/s.exec(sent)?.[1] ?? -1) + 1
  return writeEvent({ ...error, type: "error", sequence_number, error }, "error")
}

/** They say nothing of the answer. */
const preparing = new Set(["response.created", "response.queued", "response.in_progress", "keepalive"])
const last = new Set(["response.completed", "response.incomplete", "response.failed"])

function assemble(): Assembly {
  let hasBegun = false
  let whole: Fields | null = null
  return {
    add({ type, response }) {
      if (!preparing.has(asText(type))) hasBegun = true
      if (last.has(asText(type))) whole = asRecord(response)
    },
    hasBegun: () => hasBegun,
    isComplete: () => whole !== null,
    build: () => whole ?? {},
  }
}
