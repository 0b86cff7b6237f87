// Checks a chat request against what a response request can hold. Pure.

import Type from "typebox"
import { asList, asRecord, asRecords, asText, isRecord } from "../../values.ts"
import { checker } from "../bodyschema.ts"
import {
  checkItems,
  checkParameters,
  failed,
  merge,
  NO_COUNTERPART,
  type ParameterCheck,
  type ParameterTable,
  rulesFor,
  unsupported,
} from "../parametertable.ts"
import { type Fields, listParts, quoted } from "./translation.ts"

const NOT_HERE = "is not supported: this provider answers with responses, which have nothing like it; leave it out"

/** Parameters that a response request does not have, each with the value that asks for nothing. https://platform.openai.com/docs/api-reference/chat/create */
const refused = {
  ...{ n: 1, stop: [], logit_bias: {}, modalities: ["text"], audio: null, functions: [], function_call: null },
  ...{ moderation: null, input: null },
}

/** Such parameters that change little of the answer. */
const warned = { seed: null, frequency_penalty: 0, presence_penalty: 0, prediction: null }

/** With these values, as with null, the parameters are left out. */
export const neutral: Readonly<Record<string, unknown>> = { ...refused, ...warned }

/** Parameters that the gateway reads or that do not concern a job. They are left out without a warning. */
export const ignored = ["fallbacks", "stream", "stream_options"]

/** Members of messages that items of a response do not have. They are left out with a warning. */
export const lost = ["name", "thinking_blocks", "reasoning_content", "reasoning_details", "reasoning"]

/** Members that mean nothing to a model. They are left out without a warning. */
export const meaningless = ["annotations"]

const table: ParameterTable = {
  rules: [
    ...Object.entries(refused).map(([param, neutral]) => ({ param, neutral, says: NOT_HERE })),
    ...Object.entries(warned).map(([param, neutral]) => ({
      ...{ param, neutral, says: NO_COUNTERPART },
      verdict: "warned" as const,
    })),
    {
      param: "tool_choice",
      when: (choice) =>
        !["none", "auto", "required"].includes(choice as string) &&
        !["function", "allowed_tools"].includes(asText(asRecord(choice)["type"])),
      says: "must be none, auto, required or name functions",
    },
    {
      param: "response_format",
      when: (format) => !["text", "json_object", "json_schema"].includes(asText(asRecord(format)["type"] ?? "text")),
      says: "must have the type text, json_object or json_schema",
    },
  ],
}

/** Parameters that are translated must have the types that the translation reads. */
const checkTypes = checker(
  Type.Object({
    tools: Type.Optional(Type.Array(Type.Object({}))),
    response_format: Type.Optional(Type.Object({})),
    reasoning: Type.Optional(Type.Object({})),
    web_search_options: Type.Optional(Type.Object({})),
    include: Type.Optional(Type.Array(Type.String())),
    logprobs: Type.Optional(Type.Boolean()),
  }),
  {},
)

export function checkChat(fields: Fields): ParameterCheck {
  const wrong = checkTypes(fields)
  return merge([
    checkParameters(table, fields, null),
    failed(...(wrong === null ? [] : [wrong])),
    checkItems(asList(fields["messages"]), "messages", checkMessage),
    checkItems(asRecords(fields["tools"]), "tools", (tool, path) =>
      isRecord(asRecord(tool)["function"])
        ? failed()
        : failed(unsupported(path, "is not supported: it must have the type function")),
    ),
  ])
}

/** The types of parts that a message of each role may have. */
const partTypes: Readonly<Record<string, readonly string[]>> = {
  system: ["text"],
  developer: ["text"],
  user: ["text", "image_url", "file", "input_audio"],
  assistant: ["text", "refusal"],
  tool: ["text", "image_url", "file"],
}

const messageTable: ParameterTable = {
  rules: [
    { param: "audio", when: isRecord, says: NOT_HERE },
    { param: "function_call", when: isRecord, says: "is not supported here: use tool_calls" },
    ...rulesFor(lost, {
      verdict: "warned",
      says: NO_COUNTERPART,
    }),
  ],
}

function checkMessage(message: unknown, path: string): ParameterCheck {
  const { role, content, ...rest } = asRecord(message)
  if (!Object.hasOwn(partTypes, asText(role)))
    return failed(unsupported(`${path}.role`, "must be developer, system, user, assistant or tool"))
  const allowed = partTypes[asText(role)] ?? []
  // When the reasoning items are given too, the reasoning text is only a copy.
  const isCopy = asList(rest["reasoning_items"]).length > 0
  return merge([
    checkParameters(messageTable, isCopy ? { ...rest, reasoning_content: null } : rest, null, path),
    checkItems(listParts(content), `${path}.content`, (part, at) => checkPart(asRecord(part), at, allowed)),
    checkItems(asRecords(rest["tool_calls"]), `${path}.tool_calls`, (call, at) =>
      isRecord(asRecord(call)["function"])
        ? failed()
        : failed(unsupported(at, "is not supported: it must call a function")),
    ),
  ])
}

function checkPart({ type }: Fields, path: string, allowed: readonly string[]): ParameterCheck {
  if (allowed.includes(asText(type))) return failed()
  const says = `has the type ${quoted(type)}, which is not supported there: use ${allowed.join(" or ")}`
  return failed(unsupported(path, says))
}
