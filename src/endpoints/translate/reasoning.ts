// Packs the reasoning of a chat message into the `encrypted_content` of a reasoning item. When the client sends the item back, the provider gets its own texts and signatures.
import { parseInner } from "../../exactjson.ts"
import { asRecord, asRecords, isRecord } from "../../values.ts"
import { type Fields, filled, given, listParts } from "./translation.ts"

/** What must be sent back with its message. */
export interface Thoughts {
  provider: string
  /** Members of the message under the provider's names. */
  message: Fields
  /** Parts of its content that are reasoning. */
  parts: Fields[]
  /** id of a tool call -> the signature that proves that the model made it */
  calls: Fields
}

/** Distinguishes our content from that of other providers, and gives its version. */
const MARK = "asyncgate.1."

/** Members with reasoning that chat servers want back: Anthropic's blocks, DeepSeek's and vLLM's text, OpenRouter's details, Google's signatures. */
const members = ["thinking_blocks", "reasoning_content", "reasoning", "reasoning_details", "extra_content"]

/** Null when there is nothing to send back. */
export function pack(provider: string, message: Fields): string | null {
  const kept = given(Object.fromEntries(members.map((name) => [name, message[name]])))
  const parts = thoughtParts(message)
  const calls = asRecords(message["tool_calls"])
  const proofs = given(Object.fromEntries(calls.map(({ id, extra_content }) => [id, extra_content])))
  if (!filled(kept) && !filled(proofs) && parts.length === 0) return null
  const thoughts: Thoughts = { provider, message: kept, parts, calls: proofs }
  return MARK + Buffer.from(JSON.stringify(thoughts)).toString("base64url")
}

/** Null when `pack` did not make it for this provider. Signed reasoning can be sent back only to the provider that signed it. */
export function unpack(content: unknown, provider: string): Thoughts | null {
  if (typeof content !== "string" || !content.startsWith(MARK)) return null
  const value = parseInner(Buffer.from(content.slice(MARK.length), "base64url").toString())
  if (!isRecord(value) || value["provider"] !== provider) return null
  const { message, parts, calls } = value
  return { provider, message: asRecord(message), parts: asRecords(parts), calls: asRecord(calls) }
}

/** The reasoning as readable text, from the first member that has some. */
export function thoughtText(message: Fields): string {
  const { reasoning_content, reasoning, thinking_blocks, reasoning_details } = message
  const blocks = asRecords(thinking_blocks).map(({ thinking }) => thinking)
  const details = asRecords(reasoning_details).map(({ text, summary }) => text ?? summary)
  const parts = thoughtParts(message).flatMap(({ thinking }) => listParts(thinking).map(({ text }) => text))
  const places = [[reasoning_content], [reasoning], blocks, details, parts]
  return places.map((place) => place.filter((text) => typeof text === "string").join("\n")).find(Boolean) ?? ""
}

/** Mistral's reasoning is part of the content. https://docs.mistral.ai/capabilities/reasoning */
function thoughtParts({ content }: Fields): Fields[] {
  return listParts(content).filter(({ type }) => type === "thinking")
}
