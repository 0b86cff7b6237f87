// Cohere's chat, version 2: translates a request in OpenAI's form. Pure.
// https://docs.cohere.com/reference/chat, https://github.com/cohere-ai/cohere-typescript/blob/main/src/api/resources/v2/client/requests/V2ChatRequest.ts

import { listParts } from "../../endpoints/translate/translation.ts"
import { firstCount } from "../../endpoints/usage.ts"
import { isNumber } from "../../exactjson.ts"
import { asList, asRecord, asWord, isRecord } from "../../values.ts"
import { readPartText } from "../chat/parts.ts"
import { bearer } from "./access.ts"
import { toCompletion } from "./coherereply.ts"
import { cohereStream } from "./coherestream.ts"
import type { Asked, Fields, Operation } from "./operation.ts"
import { given, picked, type Rule } from "./operationparameters.ts"

/** Parameters with the same names, and Cohere's own. */
const same = ["temperature", "seed", "frequency_penalty", "presence_penalty", "logprobs"]
const own = ["documents", "citation_options", "safety_mode", "strict_tools", "k", "p", "priority"]
const translated = [
  "messages",
  "tools",
  "tool_choice",
  "response_format",
  "max_tokens",
  "max_completion_tokens",
  "stop",
]
/** https://docs.cohere.com/reference/chat#request.body.p */
const P_MAX = 0.99

export const cohereChat: Operation = {
  access: bearer,
  parameters: {
    supported: [...same, ...own, ...translated, "top_p", "top_k", "reasoning_effort", "reasoning", "thinking", "n"],
    rules: [
      ...["functions", "function_call", "audio", "web_search_options", "prediction"].map((param) => ({
        param,
        says: "is not supported: this provider's chat has no counterpart; leave it out",
      })),
      { param: "n", when: (n) => n !== 1, says: "above 1 is not supported: submit it as often as you want choices" },
      {
        param: "top_logprobs",
        when: (count) => count !== 0,
        says: "is not supported: this provider tells the log probabilities of chosen tokens only; leave it out",
      },
      {
        param: "logit_bias",
        when: (bias) => Object.keys(asRecord(bias)).length > 0,
        says: "is not supported: this provider has no counterpart; leave it out",
      },
      {
        param: "modalities",
        when: (modalities) => asList(modalities).some((one) => one !== "text"),
        says: "asks for what this provider does not give: leave it out",
      },
      {
        param: "parallel_tool_calls",
        when: (isParallel, { tools }) => isParallel === false && asList(tools).length > 0,
        says: "false is not supported: this provider may always call several tools at once; leave it out",
      },
      {
        param: "tools",
        when: (tools) => asList(tools).some((tool) => asRecord(tool)["type"] !== "function"),
        says: "must be of the type function: this provider has no tools of its own",
      },
      {
        param: "messages",
        when: (messages) => asList(messages).some((message) => !isSayable(asRecord(message))),
        says: "has a role or a part that this provider's chat does not take: send text, and images in a user's message",
      },
      {
        param: "messages",
        when: (messages) => asList(messages).some((message) => typeof asRecord(message)["name"] === "string"),
        says: "have names, which have no counterpart and were not sent",
        verdict: "warned",
      },
      {
        param: "tool_choice",
        when: (choice) =>
          !["none", "auto", "required", "function", "allowed_tools"].includes(
            asWord(asRecord(choice)["type"] ?? choice),
          ),
        says: "must be none, auto, required or name a function",
      },
      {
        param: "response_format",
        when: (format) => {
          const { type, json_schema } = asRecord(format)
          if (type === "json_schema") return !isRecord(asRecord(json_schema)["schema"])
          return type !== "text" && type !== "json_object"
        },
        says: "must have the type text, json_object, or json_schema with its schema in json_schema.schema",
      },
      { param: "temperature", when: (value) => Number(asWord(value)) > 1, says: "must be at most 1 at this provider" },
      ...["frequency_penalty", "presence_penalty"].map((param) => ({
        param,
        when: (value: unknown) => !(Number(asWord(value)) >= 0 && Number(asWord(value)) <= 1),
        says: "must be from 0 to 1 at this provider",
      })),
      {
        param: "tools",
        when: (tools, { strict_tools }) => strict_tools === undefined && isStrictInPart(listFunctions(tools)),
        says: "are strict in part, and this provider is strict with all or with none: give each the same strict, or strict_tools",
      },
      {
        param: "top_p",
        when: (p) => Number(asWord(p)) > P_MAX,
        says: `is sent as ${P_MAX}, the most there is`,
        verdict: "warned",
      },
      {
        param: "reasoning_effort",
        when: (effort) => effort !== "none" && effort !== "high",
        says: "is sent as thinking enabled: this provider knows no grades of it",
        verdict: "warned",
      },
      {
        param: "store",
        when: (store) => store === true,
        says: "has no counterpart: nothing is kept",
        verdict: "warned",
      },
    ] satisfies Rule[],
  },
  build: ({ model, fields }: Asked) => ({
    path: "/chat",
    body: {
      model,
      stream: false,
      messages: asList(fields["messages"]).map((message) => toMessage(asRecord(message))),
      ...picked(fields, [...same, ...own]),
      ...given({
        max_tokens: fields["max_completion_tokens"] ?? fields["max_tokens"],
        stop_sequences: typeof fields["stop"] === "string" ? [fields["stop"]] : fields["stop"],
        p: isNumber(fields["top_p"]) ? (Number(fields["top_p"]) > P_MAX ? P_MAX : fields["top_p"]) : fields["p"],
        k: fields["top_k"] ?? fields["k"],
        response_format: toFormat(asRecord(fields["response_format"])),
        thinking: toThinking(fields),
        ...toTools(fields),
      }),
    },
  }),
  stream: cohereStream,
  parse: ([answer], [asked]) => toCompletion(answer, asked),
}

function isSayable({ role, content }: Fields): boolean {
  const parts = listParts(content).map(({ type }) => type)
  if (role === "user") return parts.every((type) => type === "text" || type === "image_url")
  if (role === "tool") return parts.every((type) => type === "text" || type === "document")
  const isSpeaker = role === "system" || role === "developer" || role === "assistant"
  return isSpeaker && parts.every((type) => type === "text" || type === "refusal")
}

function toMessage(message: Fields): Fields {
  const { role, content } = message
  const parts = listParts(content).filter(({ type, text }) => type !== "text" || text !== "")
  switch (role) {
    case "assistant": {
      const calls = asList(message["tool_calls"])
      const thought = message["reasoning_content"]
      const said = [
        ...(typeof thought === "string" && thought !== "" ? [{ type: "thinking", thinking: thought }] : []),
        ...parts.map((part) => ({ type: "text", text: readPartText(part) })),
      ]
      return {
        role,
        ...(said.length > 0 ? { content: said } : {}),
        ...(calls.length > 0 ? { tool_calls: calls } : {}),
        ...picked(message, ["tool_plan"]),
      }
    }
    case "tool":
      // Documents in it can be cited.
      return { role, tool_call_id: message["tool_call_id"], content: typeof content === "string" ? content : parts }
    case "user":
      return { role, content: typeof content === "string" ? content : parts }
    default:
      return { role: "system", content: typeof content === "string" ? content : parts }
  }
}

function listFunctions(tools: unknown): Fields[] {
  return asList(tools).map((tool) => asRecord(asRecord(tool)["function"]))
}

function isStrictInPart(functions: Fields[]): boolean {
  return new Set(functions.map(({ strict }) => strict === true)).size > 1
}

function toTools({ tools, tool_choice: choice, strict_tools }: Fields): Fields {
  const functions = listFunctions(tools)
  if (functions.length === 0) return {}
  const { type, function: called, allowed_tools } = asRecord(choice)
  const allowed = asRecord(allowed_tools)
  // Cohere cannot name a tool: the named one is sent alone, and must be called.
  const names = type === "function" ? [called] : asList(allowed["tools"]).map((tool) => asRecord(tool)["function"])
  const wanted = new Set(names.map((named) => asRecord(named)["name"]))
  const mode = type === "function" ? "required" : (allowed["mode"] ?? choice)
  return {
    tools: functions
      .filter(({ name }) => wanted.size === 0 || wanted.has(name))
      .map(({ name, description, parameters }) => ({
        type: "function",
        function: { name, ...given({ description }), parameters: parameters ?? { type: "object", properties: {} } },
      })),
    tool_choice: mode === "required" ? "REQUIRED" : mode === "none" ? "NONE" : undefined,
    strict_tools: strict_tools ?? (functions.every(({ strict }) => strict === true) ? true : undefined),
  }
}

function toFormat({ type, json_schema }: Fields): Fields | undefined {
  if (type !== "json_object" && type !== "json_schema") return undefined
  return { type: "json_object", ...given({ json_schema: asRecord(json_schema)["schema"] }) }
}

/** Accepts OpenAI's effort, the `reasoning` of other gateways, Anthropic's `thinking`, and Cohere's. */
function toThinking({ reasoning_effort, reasoning, thinking }: Fields): Fields | undefined {
  const { effort, max_tokens } = asRecord(reasoning)
  const { type, token_budget, budget_tokens } = asRecord(thinking)
  const word = type ?? reasoning_effort ?? effort
  const budget = firstCount(token_budget, budget_tokens, max_tokens)
  if (word === undefined && budget === undefined) return undefined
  if (word === "none" || word === "disabled") return { type: "disabled" }
  return { type: "enabled", ...given({ token_budget: budget }) }
}
