// What a model thought, packed into the `encrypted_content` of a reasoning item: the client sends the item back, and the provider gets its own words and signatures again.
import { asRecord, asRecords, isRecord } from "../../values.ts"
import { type Fields, filled, given, listParts } from "./translation.ts"

/** What goes back with the message that it came with. */
export interface Thoughts {
  provider: string
  /** Members of the message, by the names that the provider gave them. */
  message: Fields
  /** Parts of its content that are thoughts. */
  parts: Fields[]
  /** id of a tool call -> what proves that the model made it */
  calls: Fields
}

/** Marks our own among what other providers pack there, and its form. */
const MARK = "asyncgate.1."

/** Where chat servers put thoughts that they want back: Anthropic's blocks, DeepSeek's and vLLM's text, OpenRouter's details, Google's signatures. */
const members = ["thinking_blocks", "reasoning_content", "reasoning", "reasoning_details", "extra_content"]

/** Null when there is nothing that must go back. */
export function pack(provider: string, message: Fields): string | null {
  const kept = given(Object.fromEntries(members.map((name) => [name, message[name]])))
  const parts = thoughtParts(message)
  const calls = asRecords(message["tool_calls"])
  const proofs = given(Object.fromEntries(calls.map(({ id, extra_content }) => [id, extra_content])))
  if (!filled(kept) && !filled(proofs) && parts.length === 0) return null
  const thoughts: Thoughts = { provider, message: kept, parts, calls: proofs }
  return MARK + Buffer.from(JSON.stringify(thoughts)).toString("base64url")
}

/** Null when it is not from this provider by way of `pack`: nobody else can read it. */
export function unpack(content: unknown, provider: string): Thoughts | null {
  if (typeof content !== "string" || !content.startsWith(MARK)) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(content.slice(MARK.length), "base64url").toString())
    if (!isRecord(value) || value["provider"] !== provider) return null
    const { message, parts, calls } = value
    return { provider, message: asRecord(message), parts: asRecords(parts), calls: asRecord(calls) }
  } catch {
    return null
  }
}

/** The thoughts as a reader wants them; the first place that has some says it all. */
export function thoughtText(message: Fields): string {
  const { reasoning_content, reasoning, thinking_blocks, reasoning_details } = message
  const blocks = asRecords(thinking_blocks).map(({ thinking }) => thinking)
  const details = asRecords(reasoning_details).map(({ text, summary }) => text ?? summary)
  const parts = thoughtParts(message).flatMap(({ thinking }) => listParts(thinking).map(({ text }) => text))
  const places = [[reasoning_content], [reasoning], blocks, details, parts]
  return places.map((place) => place.filter((text) => typeof text === "string").join("\n")).find(Boolean) ?? ""
}

/** As Mistral has them among its content. https://docs.mistral.ai/capabilities/reasoning */
function thoughtParts({ content }: Fields): Fields[] {
  return listParts(content).filter(({ type }) => type === "thinking")
}
