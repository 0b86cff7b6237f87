// Token counts: how many tokens the input of a response would be. No model is asked.
import Type from "typebox"
import { readNumber } from "../exactjson.ts"
import { CONTINUED, IN_CONVERSATION } from "./backgroundoptions.ts"
import { checker } from "./bodyschema.ts"
import { clientTypes } from "./clienttypes.ts"
import { type Description, requestWith, resultWith } from "./description.ts"
import { type Endpoint, readJson } from "./endpoint.ts"

/** The required form. */
const required = Type.Object({
  input: Type.Union([Type.String(), Type.Array(Type.Unknown())], {
    description: "A text, or a list of items: messages, results of tools, …",
  }),
})
const check = checker(required, { input: "input is required for counts of tokens" })

/** The answer of the OpenAI route. https://platform.openai.com/docs/api-reference/responses/input-tokens */
export function writeCount(input_tokens: unknown): Record<string, unknown> {
  return { object: "response.input_tokens", input_tokens }
}

function lacks({ input_tokens }: Record<string, unknown>): string | null {
  return Number.isInteger(readNumber(input_tokens)) ? null : "it has no number of input_tokens"
}

export const tokenCounts: Endpoint<"count_tokens"> = {
  ...clientTypes.tokenCounts,
  summary: "count of tokens",
  reads: ["model", "input", "fallbacks", "service_tier"],
  dropped: [CONTINUED, IN_CONVERSATION],
  check: ({ fields }) => check(fields),
  asksForStream: () => null,
  streamRefusal: null,
  read: (answer) => readJson(answer, { what: "no count of tokens", lacks }),
  // What was counted was not used.
  usage: () => null,
  isContinuable: true,
  isFree: true,
  isBilledPerCall: false,
  describe,
}

/** OpenAI's parameters are for the document only: the provider checks them. */
function describe(): Description {
  const documented = {
    instructions: Type.String({ description: "A system message in front of the input." }),
    tools: Type.Array(Type.Object({ type: Type.String() }), { description: "Tools the model may call." }),
    tool_choice: Type.Unknown({ description: "none, auto, required, or one named tool." }),
    parallel_tool_calls: Type.Boolean({ description: "Whether several tools may be called at once." }),
    reasoning: Type.Object({}, { description: "Effort and summary of the reasoning." }),
    text: Type.Object({}, { description: "Format and verbosity of the text." }),
    truncation: Type.String({ description: "auto, disabled." }),
    previous_response_id: Type.String({ description: "The response that the input continues: it counts too." }),
    conversation: Type.Unknown({
      description: "The conversation before the input, as its id or `{id}`: it counts too, and nothing is added to it.",
    }),
  }
  return {
    requestSchema: requestWith(
      required,
      documented,
      "OpenAI's request for a count of input tokens; unknown members pass through.",
    ),
    example: { model: "mock/echo", input: "Hello" },
    resultSchema: resultWith({ input_tokens: Type.Integer() }, { object: Type.String() }),
    exampleResult: writeCount(1),
  }
}
