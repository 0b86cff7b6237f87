// The stream of a response: named events, of which the last has the whole response.
// https://platform.openai.com/docs/api-reference/responses-streaming
import { asRecord, asText } from "../../values.ts"
import { startResponseReader } from "./readers.ts"
import { startResponseWriter } from "./responsewriter.ts"
import { type Assembly, type Fields, type StreamForm, writeEvent } from "./streamform.ts"

export const responseStream: StreamForm = {
  completeRequest: () => ({ stream: "true" }),
  isWanted: () => true,
  startAssembly: assemble,
  startReader: startResponseReader,
  startWriter: startResponseWriter,
  // Flat as it is documented, and nested as it is sent: some clients raise only the one, and some only the other.
  writeError: (error) => writeEvent({ ...error, type: "error", error }, "error"),
  end: "",
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
