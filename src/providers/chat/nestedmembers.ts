// Names the nested members of an OpenAI chat request that no native form carries: they are left out, and a warning says so. Pure.

import { isRecord } from "../../values.ts"
import type { Target } from "./family.ts"

/** The known members of an object. `true` stands for any value, a list of one for a list of such objects. */
interface Shape {
  readonly [name: string]: true | Shape | readonly [Shape]
}

const mark: Shape = { type: true, ttl: true }
const signature: Shape = { google: true }
const image: Shape = { type: true, image_url: { url: true, detail: true }, extra_content: signature, index: true }
const part: Shape = {
  ...{ type: true, text: true, refusal: true, image_url: { url: true, detail: true }, cache_control: mark },
  ...{ input_audio: { data: true, format: true }, citations: { enabled: true }, annotations: true },
  file: { file_data: true, file_url: true, file_id: true, filename: true },
}
const named: Shape = { type: true, function: { name: true } }
const call: Shape = {
  ...{ id: true, type: true, index: true, function: { name: true, arguments: true } },
  ...{ extra_content: signature, cache_control: mark },
}

/** Members that a rule refuses or warns of are known too. */
const message: Shape = {
  ...{
    role: true,
    name: true,
    content: [part],
    refusal: true,
    tool_calls: [call],
    tool_call_id: true,
    images: [image],
  },
  ...{ reasoning_content: true, thinking_blocks: true, annotations: true, extra_content: signature, audio: true },
  ...{ function_call: true, cache_control: mark },
}

const request: Shape = {
  messages: [message],
  tools: [
    {
      type: true,
      function: { name: true, description: true, parameters: true, strict: true, cache_control: mark },
      cache_control: mark,
    },
  ],
  tool_choice: { ...named, allowed_tools: { mode: true, tools: [named] } },
  response_format: { type: true, json_schema: { name: true, description: true, schema: true, strict: true } },
  stream_options: { include_usage: true, include_obfuscation: true },
  web_search_options: {
    search_context_size: true,
    user_location: { type: true, approximate: { city: true, country: true, region: true, timezone: true } },
  },
  reasoning: { effort: true, max_tokens: true },
  thinking: { type: true, budget_tokens: true },
  cache_control: mark,
}

/** A warning for each member that is not sent. Gemini knows no marks of a cache. */
export function warnOfNested(fields: Record<string, unknown>, { dialect }: Target): string[] {
  const known = Object.entries(fields).filter(([name]) => Object.hasOwn(request, name))
  const found = findForeign(Object.fromEntries(known), request, "", dialect === "gemini" ? "cache_control" : "")
  return found.map((path) => `${path} is not known to this provider's chat and was not sent`)
}

/** The paths of members that are in no shape, as a programmer writes them. Null counts as absent. */
function findForeign(value: Record<string, unknown>, shape: Shape, path: string, without: string): string[] {
  return Object.entries(value).flatMap(([name, member]) => {
    if (member === null || member === undefined) return []
    const place = path === "" ? name : `${path}.${name}`
    const inside = Object.hasOwn(shape, name) && name !== without ? shape[name] : undefined
    if (inside === undefined) return [place]
    if (inside === true) return []
    if (!isList(inside)) return isRecord(member) ? findForeign(member, inside, place, without) : []
    const items = Array.isArray(member) ? member : []
    return items.flatMap((item, at) => (isRecord(item) ? findForeign(item, inside[0], `${place}[${at}]`, without) : []))
  })
}

function isList(shape: Shape | readonly [Shape]): shape is readonly [Shape] {
  return Array.isArray(shape)
}
