// Translates a chat completion into a response. Pure.
import { isNumber } from "../../exactjson.ts"
import { asRecord, asRecords, asText } from "../../values.ts"
import { CONTINUED, IN_CONVERSATION } from "../backgroundoptions.ts"
import { makeResponseId, readDigits } from "../responseid.ts"
import { itemIds } from "../streams/itemids.ts"
import { pack, thoughtText } from "./reasoning.ts"
import { type About, type Fields, filled, given, listParts, type Translated, without } from "./translation.ts"

/** https://platform.openai.com/docs/api-reference/responses/object */
export function toResponse(completion: Fields, fields: Fields, about: About): Translated {
  const choice = asRecords(completion["choices"])[0]
  if (choice === undefined) return { problem: "the body has no choice" }
  const { id: _id, object: _object, created, model, choices: _choices, usage, ...beside } = completion
  const { index: _index, message, finish_reason, logprobs, ...besideChoice } = choice
  const id = makeResponseId(about.jobId)
  const cut = cuts.get(finish_reason) ?? null
  const now = Math.floor(about.now / 1000)
  const isWhole = cut === null
  const status = isWhole ? "completed" : "incomplete"
  return {
    answer: {
      // Members that a response does not have are kept as they are.
      ...given({ ...without(asRecord(message), carried), ...besideChoice }),
      ...beside,
      id,
      object: "response",
      created_at: isNumber(created) ? created : now,
      status,
      completed_at: isWhole ? now : null,
      error: null,
      incomplete_details: isWhole ? null : { reason: cut },
      ...repeatRequest(fields),
      service_tier: completion["service_tier"] ?? fields["service_tier"] ?? null,
      model: model ?? null,
      output: toOutput(asRecord(message), logprobs, readDigits(id), status, about.provider),
      usage: toResponseUsage(usage),
    },
  }
}

const cuts = new Map<unknown, string>([
  ["length", "max_output_tokens"],
  ["content_filter", "content_filter"],
])

/** Members of a message that become items or are packed into one. */
const carried = [
  ...["role", "content", "refusal", "annotations", "tool_calls", "images"],
  ...["thinking_blocks", "reasoning_content", "reasoning", "reasoning_details", "extra_content"],
]

/** The members of the request that a response repeats. Defaults that only the provider knows are null. */
export function repeatRequest(fields: Fields): Fields {
  const tools = asRecords(fields["tools"])
  const asked = (name: string) => fields[name] ?? null
  return {
    instructions: asked("instructions"),
    max_output_tokens: asked("max_output_tokens"),
    max_tool_calls: null,
    metadata: fields["metadata"] ?? {},
    parallel_tool_calls: fields["parallel_tool_calls"] ?? true,
    previous_response_id: asked(CONTINUED),
    prompt_cache_key: asked("prompt_cache_key"),
    background: false,
    reasoning: { effort: null, summary: null, ...asRecord(fields["reasoning"]) },
    safety_identifier: asked("safety_identifier"),
    store: asked("store") ?? false,
    temperature: asked("temperature"),
    text: { format: { type: "text" }, ...given(asRecord(fields["text"])) },
    tool_choice: fields["tool_choice"] ?? "auto",
    tools: tools.map((tool) => ({ ...tool, strict: tool["strict"] ?? false })),
    top_logprobs: fields["top_logprobs"] ?? 0,
    top_p: asked("top_p"),
    truncation: "disabled",
    user: asked("user"),
    ...showConversation(fields),
    ...given({ prompt_cache_retention: fields["prompt_cache_retention"] }),
  }
}

/** The conversation of this gateway that a response is a turn of, as it is shown. @param request its members */
export function showConversation({ [IN_CONVERSATION]: id }: Fields): Fields {
  return typeof id === "string" ? { conversation: { id } } : {}
}

function toOutput(message: Fields, logprobs: unknown, id: string, status: string, provider: string): Fields[] {
  const ids = itemIds(id)
  const thought = thoughtText(message)
  const packed = pack(provider, message)
  const reasoning =
    thought === "" && packed === null
      ? []
      : [
          {
            id: ids.reasoning,
            type: "reasoning",
            summary: thought === "" ? [] : [{ type: "summary_text", text: thought }],
            ...given({ encrypted_content: packed }),
          },
        ]
  const others = [
    ...asRecords(message["images"]).map((image, at) => imageItem(image, ids.image(at))),
    ...asRecords(message["tool_calls"]).map((call, at) => callItem(call, ids.call(at), status)),
  ]
  const content = toContent(message, asRecord(logprobs))
  const isSilent = reasoning.length === 0 && others.length === 0
  if (content.length === 0 && isSilent) content.push({ type: "output_text", text: "", annotations: [], logprobs: [] })
  const said = content.length === 0 ? [] : [{ id: ids.message, type: "message", status, role: "assistant", content }]
  return [...reasoning, ...said, ...others]
}

/** Annotations and log probabilities belong to the whole text. When it has several parts, the first gets them. */
function toContent({ content, refusal, annotations }: Fields, logprobs: Fields): Fields[] {
  const said = listParts(content).filter(({ type, text }) => type !== "thinking" && !(type === "text" && text === ""))
  const first = said.find(({ type }) => type === "text")
  const parts = said.map((part): Fields => {
    const { type, text, ...rest } = part
    if (type !== "text") return part
    return {
      type: "output_text",
      text,
      annotations: part === first ? asRecords(annotations).map(flat) : [],
      logprobs: part === first ? asRecords(logprobs["content"]).map(withBytes) : [],
      ...rest,
    }
  })
  if (typeof refusal !== "string" || refusal === "") return parts
  const probable = asRecords(logprobs["refusal"]).map(withBytes)
  return [...parts, { type: "refusal", refusal, ...(probable.length > 0 ? { logprobs: probable } : {}) }]
}

/** `{type: "url_citation", url_citation: {url, …}}` -> `{type: "url_citation", url, …}` */
function flat({ type, ...rest }: Fields): Fields {
  const { [asText(type)]: details, ...others } = rest
  return { type, ...asRecord(details), ...others }
}

/** A response always has a list of them. */
function withBytes({ bytes, top_logprobs, ...rest }: Fields): Fields {
  const tops = asRecords(top_logprobs).map((top) => ({ ...top, bytes: top["bytes"] ?? [] }))
  return { ...rest, bytes: bytes ?? [], top_logprobs: tops }
}

function callItem(call: Fields, id: string, status: string): Fields {
  const { id: call_id, type: _type, function: called, extra_content: _packed, index: _index, ...rest } = call
  const { name, arguments: text } = asRecord(called)
  return { ...rest, id, type: "function_call", status, call_id, name, arguments: text ?? "" }
}

/** An image with an address, instead of a data URL, keeps the address. */
function imageItem({ image_url, type: _type, ...rest }: Fields, id: string): Fields {
  const url = asText(asRecord(image_url)["url"])
  const [, output_format, result = null] = /^data:image\/(\w+)[^,]*;base64,(.*)$/s.exec(url) ?? []
  const found = result === null ? { result, url } : { result, output_format }
  return { ...rest, id, type: "image_generation_call", status: "completed", ...found }
}

function toResponseUsage(usage: unknown): Fields | null {
  const { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details, completion_tokens_details, ...rest } =
    asRecord(usage)
  if (!isNumber(prompt_tokens) || !isNumber(completion_tokens)) return filled(asRecord(usage))
  return {
    ...rest,
    input_tokens: prompt_tokens,
    input_tokens_details: { cached_tokens: 0, ...given(asRecord(prompt_tokens_details)) },
    output_tokens: completion_tokens,
    output_tokens_details: { reasoning_tokens: 0, ...given(asRecord(completion_tokens_details)) },
    total_tokens: total_tokens ?? Number(prompt_tokens) + Number(completion_tokens),
  }
}
