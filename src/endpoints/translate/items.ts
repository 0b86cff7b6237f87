// Translates the input items of a response request into the messages of a chat request. responsecheck.ts has checked them. Pure.
import { asList, asRecord, asRecords, asText } from "../../values.ts"
import { unpack } from "./reasoning.ts"
import { type Fields, given, listParts, simplifyContent, without } from "./translation.ts"

/** Members of items, parts and tools that a chat request does not have and that change little. They are left out with a warning. */
export const lost: Readonly<Record<string, readonly string[]>> = {
  message: ["phase"],
  function_call: ["async", "caller", "namespace"],
  function_call_output: ["caller", "name", "namespace"],
  input_file: ["detail"],
  function: ["allowed_callers", "async", "defer_loading", "output_schema"],
}

/** Members that describe how an item was made and mean nothing to a model. They are left out without a warning. */
export const meaningless: Readonly<Record<string, readonly string[]>> = {
  message: ["id", "status"],
  function_call: ["id", "status"],
  function_call_output: ["id", "status"],
  output_text: ["annotations", "logprobs"],
  reasoning: ["id", "status"],
  image_generation_call: [
    "id",
    "status",
    "action",
    "background",
    "error",
    "quality",
    "revised_prompt",
    "size",
    "svg_usage",
  ],
}

/** The type may be missing: with a role it is a message, otherwise a reference. */
export function readItemType(item: Fields): string {
  return asText(item["type"] ?? ("role" in item ? "message" : "item_reference"))
}

/** The input of a request: a text alone is what the user says. */
export function toItems(input: unknown): Fields[] {
  return typeof input === "string" ? [{ role: "user", content: input }] : asRecords(input)
}

export function toMessages({ instructions, input }: Fields, provider: string): Fields[] {
  const items = toItems(input)
  const messages: Fields[] = instructions ? [{ role: "system", content: instructions }] : []
  const proofs = new Map<unknown, unknown>()
  for (const item of items) add(item, messages, proofs, provider)
  return messages.map(closed)
}

/** A message as it is sent. It may have reasoning only, when the answer ended within it. */
function closed(message: Fields): Fields {
  const { role, content, tool_calls } = message
  if (content === null) return tool_calls ? message : { ...message, content: "" }
  return role === "assistant" && Array.isArray(content) ? { ...message, content: simplifyContent(content) } : message
}

/** All items of the model between two turns of the user become one message: reasoning, text and tool calls. */
function add(item: Fields, messages: Fields[], proofs: Map<unknown, unknown>, provider: string): void {
  const type = readItemType(item)
  switch (type) {
    case "message":
      addMessage(item, messages)
      return
    case "reasoning": {
      const thoughts = unpack(item["encrypted_content"], provider)
      if (thoughts === null) return
      for (const [id, proof] of Object.entries(thoughts.calls)) proofs.set(id, proof)
      messages.push({
        role: "assistant",
        content: thoughts.parts.length > 0 ? thoughts.parts : null,
        ...thoughts.message,
      })
      return
    }
    case "function_call": {
      const { call_id: id, name, arguments: text, extra_content = proofs.get(id), ...rest } = item
      const call = { id, type: "function", function: { name, arguments: text }, ...given({ extra_content }) }
      openList(findOpenAnswer(messages), "tool_calls").push({ ...call, ...others(rest, type) })
      return
    }
    case "function_call_output": {
      const { call_id, output, ...rest } = item
      const content = simplifyContent(listParts(output).map(toChatPart))
      messages.push({ role: "tool", tool_call_id: call_id, content, ...others(rest, type) })
      return
    }
    case "image_generation_call": {
      const { result, output_format, extra_content, ...rest } = item
      const url = `data:image/${asText(output_format) || "png"};base64,${result}`
      const image = { type: "image_url", image_url: { url }, ...given({ extra_content }), ...others(rest, type) }
      openList(findOpenAnswer(messages), "images").push(image)
    }
  }
}

/** The role developer becomes system, because many chat servers have no other role for instructions. */
function addMessage({ role, content, ...rest }: Fields, messages: Fields[]): void {
  const parts = listParts(content).map(toChatPart)
  const kept = others(rest, "message")
  if (role !== "assistant") {
    messages.push({ role: role === "developer" ? "system" : role, content: simplifyContent(parts), ...kept })
    return
  }
  const last = messages.at(-1)
  // A message that has reasoning and no text yet, or calls whose results must follow, is continued.
  const isOpen = last?.["role"] === "assistant" && (last["tool_calls"] !== undefined || isTextless(last))
  const open = isOpen ? findOpenAnswer(messages) : opened(messages)
  const said = openList(open, "content")
  for (const part of parts) said.push(part)
  Object.assign(open, kept, { content: said })
}

/** The list that a member of a message holds, to which more is added: an answer can have very many items. */
function openList(message: Fields, name: string): unknown[] {
  const list = asList(message[name])
  message[name] = list
  return list
}

function isTextless({ content }: Fields): boolean {
  return listParts(content).every(({ type }) => type === "thinking")
}

function findOpenAnswer(messages: Fields[]): Fields {
  const last = messages.at(-1)
  return last?.["role"] === "assistant" ? last : opened(messages)
}

function opened(messages: Fields[]): Fields {
  const message: Fields = { role: "assistant", content: null }
  messages.push(message)
  return message
}

function toChatPart(part: Fields): Fields {
  const { type, ...rest } = part
  switch (type) {
    case "input_text":
    case "output_text":
      return { type: "text", ...others(rest, type) }
    case "input_image": {
      const { image_url, detail, ...more } = rest
      return { type: "image_url", image_url: given({ url: image_url, detail }), ...others(more, type) }
    }
    case "input_file": {
      const { filename, file_data, file_url, file_id, ...more } = rest
      return { type: "file", file: given({ filename, file_data, file_url, file_id }), ...others(more, type) }
    }
    default:
      return given(part)
  }
}

/** Unknown members are passed on, as they are without a translation. */
function others(rest: Fields, type: string): Fields {
  return given(without(rest, ["type", ...(lost[type] ?? []), ...(meaningless[type] ?? [])]))
}

/** A function tool in the form of chat. */
export function toChatTool({ type, name, description, parameters, strict, ...rest }: Fields): Fields {
  return { type, function: given({ name, description, parameters, strict }), ...others(rest, "function") }
}

/** The tools and the tool choice. When only some tools are allowed, the others are left out. */
export function toChatChoice(choice: unknown, tools: Fields[]): { tools: Fields[]; tool_choice: unknown } {
  const { type, name, mode, tools: allowed } = asRecord(choice)
  if (type === "function") return { tools, tool_choice: { type, function: { name } } }
  if (type !== "allowed_tools") return { tools, tool_choice: choice }
  const names = new Set(asRecords(allowed).map((tool) => tool["name"]))
  return { tools: tools.filter((tool) => names.has(tool["name"])), tool_choice: mode }
}
