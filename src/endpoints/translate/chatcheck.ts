// What of a chat request a response request cannot carry: refused where it changes the meaning, else told. Pure.
import Type from "typebox"
import { checker, isRecord } from "../bodyschema.ts"
import { type Findings, type Problem, unsupported } from "../endpoint.ts"
import { listOf, recordOf, recordsOf } from "../usage.ts"
import { type Fields, given, lostIn, merged, notSent, partsOf, quoted, textOf } from "./translation.ts"

const NOT_HERE = "is not supported: this provider answers with responses, which have nothing like it; leave it out"

/**
 * Members that a response request does not have, and what says that nothing is asked for: with it, as with null, the
 * member is left out. https://platform.openai.com/docs/api-reference/chat/create
 */
export const neutral: Readonly<Record<string, unknown>> = {
  n: 1,
  stop: [],
  logit_bias: {},
  modalities: ["text"],
  audio: null,
  functions: [],
  function_call: null,
  moderation: null,
  input: null,
  seed: null,
  frequency_penalty: 0,
  presence_penalty: 0,
  prediction: null,
}

/** Of those, the ones that change little of the answer. */
const told = ["seed", "frequency_penalty", "presence_penalty", "prediction"]

/** Members that ask for nothing that a job could have, and the gateway's own. They are left out without a word. */
export const ignored = ["fallbacks", "stream", "stream_options"]

/** Members of messages that no item of a response can hold: a warning tells of each. */
export const lost = ["name", "thinking_blocks", "reasoning_content", "reasoning_details", "reasoning"]

/** Members that say nothing to a model. They are left out without a word. */
export const meaningless = ["annotations"]

/** What is made into something else must be what it is taken for. */
const check = checker(
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

export function chatFindings(fields: Fields): Findings {
  const asked = Object.keys(given(fields)).filter(
    (name) => Object.hasOwn(neutral, name) && !Bun.deepEquals(fields[name], neutral[name]),
  )
  const problems = asked.filter((name) => !told.includes(name)).map((name) => unsupported(name, NOT_HERE))
  const warnings = asked.filter((name) => told.includes(name)).map(notSent)
  const wrong = check(fields)
  if (wrong !== null) problems.push(wrong)
  const messages = listOf(fields["messages"]).map((message, at) => messageFindings(message, `messages[${at}]`))
  return merged([{ problems, warnings }, ...messages, { problems: toolProblems(fields), warnings: [] }])
}

/** What each role may say, by the type of the part. */
const partTypes: Readonly<Record<string, readonly string[]>> = {
  system: ["text"],
  developer: ["text"],
  user: ["text", "image_url", "file", "input_audio"],
  assistant: ["text", "refusal"],
  tool: ["text", "image_url", "file"],
}

function messageFindings(message: unknown, path: string): Findings {
  const { role, content, audio, function_call, ...rest } = recordOf(message)
  if (!Object.hasOwn(partTypes, textOf(role))) {
    const param = `${path}.role`
    return { problems: [unsupported(param, "must be developer, system, user, assistant or tool")], warnings: [] }
  }
  const allowed = partTypes[textOf(role)] ?? []
  const problems: Problem[] = [
    ...(isRecord(audio) ? [unsupported(`${path}.audio`, NOT_HERE)] : []),
    ...(isRecord(function_call) ? [unsupported(`${path}.function_call`, "is not supported here: use tool_calls")] : []),
    ...partsOf(content).flatMap((part, at) =>
      allowed.includes(textOf(part["type"]))
        ? []
        : [
            unsupported(
              `${path}.content[${at}]`,
              `has the type ${quoted(part["type"])}, which is not supported there: use ${allowed.join(" or ")}`,
            ),
          ],
    ),
    ...recordsOf(rest["tool_calls"]).flatMap((call, at) =>
      isRecord(call["function"])
        ? []
        : [unsupported(`${path}.tool_calls[${at}]`, "is not supported: it must call a function")],
    ),
  ]
  // Beside the items that the thoughts came as, it is a copy of them.
  const isCopy = listOf(rest["reasoning_items"]).length > 0
  const names = isCopy ? lost.filter((name) => name !== "reasoning_content") : lost
  return { problems, warnings: lostIn(rest, path, names) }
}

function toolProblems({ tools, tool_choice: choice, response_format: format }: Fields): Problem[] {
  const each = recordsOf(tools).flatMap((tool, at) =>
    isRecord(tool["function"]) ? [] : [unsupported(`tools[${at}]`, "is not supported: it must have the type function")],
  )
  const { type } = recordOf(choice)
  const isKnown =
    [undefined, null, "none", "auto", "required"].includes(choice as string) ||
    type === "function" ||
    type === "allowed_tools"
  const wish = recordOf(format)["type"] ?? "text"
  return [
    ...each,
    ...(isKnown ? [] : [unsupported("tool_choice", "must be none, auto, required or name functions")]),
    ...(["text", "json_object", "json_schema"].includes(textOf(wish))
      ? []
      : [unsupported("response_format", "must have the type text, json_object or json_schema")]),
  ]
}
