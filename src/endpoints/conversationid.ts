// The id of a conversation that this gateway keeps, as OpenAI's clients expect it. Pure.
import { isRecord } from "../values.ts"

/** `conv_` and 32 hexadecimal digits: a UUID of version 7, as of a job. OpenAI's own are longer. */
const OURS = /^conv_([0-9a-f]{8})([0-9a-f]{4})(7[0-9a-f]{3})([0-9a-f]{4})([0-9a-f]{12})$/

/** @param unique an id that no job has */
export function makeConversationId(unique: string): string {
  return `conv_${unique.replaceAll("-", "")}`
}

/** The id that it was made of; null: the conversation is none of this gateway's. */
export function readConversationId(id: string): string | null {
  const parts = OURS.exec(id)
  return parts === null ? null : parts.slice(1).join("-")
}

/** The conversation of this gateway that a request for a response names, by its id or as an object; null: it names none of these. */
export function readNamedConversation(conversation: unknown): string | null {
  const id = isRecord(conversation) ? conversation["id"] : conversation
  return typeof id === "string" && readConversationId(id) !== null ? id : null
}
