// What of a response request a chat request cannot carry: refused where it changes the meaning, else told. Pure.
import Type from "typebox"
import { checker, isRecord } from "../bodyschema.ts"
import { type Findings, type Problem, unsupported } from "../endpoint.ts"
import { listOf, recordOf, recordsOf } from "../usage.ts"
import { lost, typeOf } from "./items.ts"
import { unpack } from "./reasoning.ts"
import { type Fields, given, lostIn, merged, notSent, partsOf, quoted, textOf } from "./translation.ts"

const NOTHING_KEPT = "is not supported: this provider keeps no responses; send the whole conversation as input"
const NOT_HERE = "is not supported: this provider has nothing like it; leave it out"

/**
 * Members that change the answer. `neutral` asks for nothing: with it, as with null, the member is left out.
 * https://platform.openai.com/docs/api-reference/responses/create
 */
const refused: Readonly<Record<string, { neutral?: unknown; says: string }>> = {
  previous_response_id: { says: NOTHING_KEPT },
  conversation: { says: NOTHING_KEPT },
  store: { neutral: false, says: "true is not supported: this provider keeps no responses; leave it out" },
  prompt: { says: "is not supported: this provider keeps no prompts; send its text as instructions and input" },
  background: { neutral: false, says: "is not supported: leave it out, the job runs in the background as it is" },
  truncation: {
    neutral: "disabled",
    says: "is not supported: this provider cuts nothing out of a conversation; leave it out",
  },
  max_tool_calls: {
    says: "is not supported: it bounds calls of built-in tools, which are not supported here; leave it out",
  },
  context_management: { says: NOT_HERE },
  image: { says: NOT_HERE },
  moderation: { says: NOT_HERE },
  access_programs: { says: NOT_HERE },
  // Chat's own, which would stand beside what is made of the response request.
  messages: { says: "is not supported here: use input" },
  max_tokens: { says: "is not supported here: use max_output_tokens" },
  max_completion_tokens: { says: "is not supported here: use max_output_tokens" },
  response_format: { says: "is not supported here: use text.format" },
  verbosity: { says: "is not supported here: use text.verbosity" },
  reasoning_effort: { says: "is not supported here: use reasoning.effort" },
  logprobs: { neutral: false, says: "is not supported here: use include with message.output_text.logprobs" },
  n: { neutral: 1, says: "is not supported: a response is one answer; submit it as often as you want answers" },
  functions: { says: "is not supported here: use tools" },
  function_call: { says: "is not supported here: use tool_choice" },
  audio: { says: "is not supported: a response has no place for sound; use chat completions" },
}

/** Members that ask for nothing that a job could have. They are left out without a word. */
export const ignored: Readonly<Record<string, string>> = {
  fallbacks: "the gateway's own",
  stream: "a job has one answer, at its end; true is refused",
  stream_options: "says how a stream is to be, and there is none",
}

/** The members that are not passed on by their own names. */
export const untold = [...Object.keys(refused), ...Object.keys(ignored)]

/** What is made into something else must be what it is taken for. */
const check = checker(
  Type.Object({
    instructions: Type.Optional(Type.String()),
    tools: Type.Optional(Type.Array(Type.Object({}))),
    text: Type.Optional(Type.Object({})),
    reasoning: Type.Optional(Type.Object({})),
    include: Type.Optional(Type.Array(Type.String())),
    top_logprobs: Type.Optional(Type.Integer()),
  }),
  {},
)

/** What can be included without built-in tools. */
const includable = ["reasoning.encrypted_content", "message.output_text.logprobs"]

export function responseFindings(fields: Fields, provider: string): Findings {
  const problems = Object.entries(given(fields)).flatMap(([name, value]) => {
    const rule = Object.hasOwn(refused, name) ? refused[name] : undefined
    return rule === undefined || rule.neutral === value ? [] : [unsupported(name, rule.says)]
  })
  const wrong = check(fields)
  if (wrong !== null) problems.push(wrong)
  if (listOf(fields["modalities"]).includes("audio"))
    problems.push(unsupported("modalities", refused["audio"]?.says ?? ""))
  const items = listOf(fields["input"]).map((item, at) => itemFindings(item, `input[${at}]`, provider))
  return merged([
    { problems, warnings: [] },
    ...items,
    toolFindings(fields),
    textFindings(recordOf(fields["text"])),
    reasoningFindings(recordOf(fields["reasoning"])),
    includeFindings(fields["include"]),
  ])
}

function itemFindings(item: unknown, path: string, provider: string): Findings {
  if (!isRecord(item)) return found({ message: `${path} must be an object`, param: path })
  const type = typeOf(item)
  const warnings = lostIn(item, path, Object.hasOwn(lost, type) ? lost[type] : [])
  switch (type) {
    case "message":
      return merged([messageFindings(item, path), { problems: [], warnings }])
    case "function_call":
      return { problems: texts(item, path, ["call_id", "name", "arguments"]), warnings }
    case "function_call_output": {
      const problems = texts(item, path, ["call_id"])
      const parts = contentFindings(item["output"], `${path}.output`, "tool")
      return merged([{ problems, warnings }, parts])
    }
    case "reasoning": {
      const isOurs = unpack(item["encrypted_content"], provider) !== null
      return { problems: [], warnings: isOurs ? [] : [`${path} holds no thoughts of this provider's and was not sent`] }
    }
    case "image_generation_call":
      return { problems: texts(item, path, ["result"]), warnings: [] }
    case "item_reference":
      return found(unsupported(path, "refers to an item, and this provider keeps none: send the item itself"))
    default: {
      const says = `has the type ${quoted(type)}, which is not supported by this provider: use message, function_call, function_call_output or reasoning`
      return found(unsupported(path, says))
    }
  }
}

/** What each role may say. */
const partTypes: Readonly<Record<string, readonly string[]>> = {
  system: ["input_text"],
  developer: ["input_text"],
  user: ["input_text", "input_image", "input_file", "input_audio"],
  assistant: ["output_text", "input_text", "refusal"],
  tool: ["input_text", "input_image", "input_file"],
}

function messageFindings({ role, content }: Fields, path: string): Findings {
  if (role === "tool" || !Object.hasOwn(partTypes, textOf(role))) {
    const param = `${path}.role`
    return found({ message: `${param} must be user, assistant, system or developer`, param })
  }
  return contentFindings(content, `${path}.content`, textOf(role))
}

function contentFindings(content: unknown, path: string, role: string): Findings {
  if (typeof content === "string") return { problems: [], warnings: [] }
  if (!Array.isArray(content)) return found({ message: `${path} must be a string or an array`, param: path })
  return merged(partsOf(content).map((part, at) => partFindings(part, `${path}[${at}]`, role)))
}

function partFindings(part: Fields, path: string, role: string): Findings {
  const type = textOf(part["type"])
  const allowed = partTypes[role] ?? []
  if (!allowed.includes(type)) {
    const says = `has the type ${quoted(type)}, which is not supported there: use ${allowed.join(" or ")}`
    return found(unsupported(path, says))
  }
  const warnings = lostIn(part, path, lost[type])
  switch (type) {
    case "input_image": {
      if (typeof part["image_url"] === "string") return { problems: [], warnings }
      return found(
        unsupported(path, "has no image_url: this provider keeps no files; send the image itself as a data URL"),
      )
    }
    case "input_file": {
      const isThere = ["file_data", "file_url", "file_id"].some((name) => typeof part[name] === "string")
      const message = `${path} must have file_data or file_url`
      return { problems: isThere ? [] : [{ message, param: path }], warnings }
    }
    case "input_audio":
      return { problems: texts(recordOf(part["input_audio"]), `${path}.input_audio`, ["data", "format"]), warnings }
    default:
      return { problems: texts(part, path, [type === "refusal" ? "refusal" : "text"]), warnings }
  }
}

function toolFindings({ tools, tool_choice: choice }: Fields): Findings {
  const each = recordsOf(tools).map((tool, at): Findings => {
    const path = `tools[${at}]`
    if (tool["type"] === "function")
      return { problems: texts(tool, path, ["name"]), warnings: lostIn(tool, path, lost["function"]) }
    const says = `has the type ${quoted(tool["type"])}, which is not supported by this provider: use tools of the type function`
    return found(unsupported(path, says))
  })
  return merged([...each, { problems: choiceProblems(choice ?? null, recordsOf(tools)), warnings: [] }])
}

function choiceProblems(choice: unknown, tools: Fields[]): Problem[] {
  if (choice === null || choice === "none" || choice === "auto") return []
  if (tools.length === 0) return [unsupported("tool_choice", "asks for a tool, and there are none: send tools along")]
  const { type, name, mode, tools: allowed } = recordOf(choice)
  if (choice === "required" || (type === "function" && typeof name === "string")) return []
  const names = recordsOf(allowed).map((tool) => (tool["type"] === "function" ? tool["name"] : null))
  const isKnown = type === "allowed_tools" && ["auto", "required"].includes(textOf(mode)) && !names.includes(null)
  if (isKnown && tools.some((tool) => names.includes(tool["name"]))) return []
  const says = isKnown ? "allows none of the tools" : "must be none, auto, required, or name functions"
  return [unsupported("tool_choice", says)]
}

function textFindings({ format, ...rest }: Fields): Findings {
  const { type, name, schema } = recordOf(format)
  const warnings = Object.keys(given(rest))
    .filter((member) => member !== "verbosity")
    .map((member) => notSent(`text.${member}`))
  if (format === undefined || format === null || type === "text" || type === "json_object")
    return { problems: [], warnings }
  if (type !== "json_schema") {
    return found(unsupported("text.format", "must have the type text, json_object or json_schema"))
  }
  const isWhole = typeof name === "string" && isRecord(schema)
  const message = "text.format must have a name and a schema"
  return { problems: isWhole ? [] : [{ message, param: "text.format" }], warnings }
}

/** Chat servers give what thoughts they give. */
export const reasoningLost = ["context", "generate_summary", "summary"]

function reasoningFindings(reasoning: Fields): Findings {
  const { mode } = given(reasoning)
  const problems = mode === undefined || mode === "standard" ? [] : [unsupported("reasoning.mode", NOT_HERE)]
  return { problems, warnings: lostIn(reasoning, "reasoning", reasoningLost) }
}

function includeFindings(include: unknown): Findings {
  const problems = listOf(include).flatMap((name, at) =>
    includable.includes(textOf(name))
      ? []
      : [unsupported(`include[${at}]`, `is ${quoted(name)}, which this provider does not give: leave it out`)],
  )
  return { problems, warnings: [] }
}

/** Members that must be there and be texts. */
function texts(members: Fields, path: string, names: readonly string[]): Problem[] {
  return names
    .filter((name) => typeof members[name] !== "string")
    .map((name) => ({ message: `${path}.${name} must be a string`, param: `${path}.${name}` }))
}

function found(problem: Problem): Findings {
  return { problems: [problem], warnings: [] }
}
