// Chat completions in OpenAI's form. Only errors that no provider could accept are checked. Everything else passes through.
import Type from "typebox"
import { checker, stream } from "./bodyschema.ts"
import { type Endpoint, listReader, streamMember } from "./endpoint.ts"
import { chatStream } from "./streams/choicestream.ts"
import { readTokens } from "./usage.ts"

const message = Type.Object(
  {
    role: Type.String({ description: "developer, system, user, assistant or tool." }),
    content: Type.Optional(Type.Unknown({ description: "Text, or a list of content parts." })),
  },
  { description: "One message; further members (name, tool_calls, tool_call_id, …) pass through." },
)

/** The required form. */
export const chatRequired = Type.Object({
  messages: Type.Array(message, { minItems: 1, description: "The conversation so far." }),
  stream: Type.Optional(stream),
})
const check = checker(chatRequired, { messages: "messages is required for chat completion" })

export const chat: Endpoint = {
  requestType: "chat_completion",
  path: "/chat/completions",
  summary: "chat completion",
  forms: ["json"],
  reads: ["model", "messages", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => check(fields),
  asksForStream: streamMember,
  stream: chatStream,
  streamRefusal: "stream is not supported for async chat completions",
  read: listReader("choices", "chat completion"),
  usage: readTokens,
  isBilledPerCall: false,
}
