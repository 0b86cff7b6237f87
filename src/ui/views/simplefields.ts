// The few members of each request type that matter most, as fields. All others are set in the JSON beside them.
import { asFields, asList, asText, type Fields } from "./read.ts"

export interface SimpleField {
  label: string
  kind: "line" | "lines" | "number"
  /** The member that it is of. */
  member: string
  /** Null: what stands there has a form that the field does not have. */
  read(body: Fields): string | null
  /** The member's JSON; null: it is left out. */
  write(text: string, body: Fields): string | null
}

const prompt = text("prompt", "Prompt", "lines")
const size = text("size", "Size")
const count = number("n", "How many")

export const simpleFields: Readonly<Record<string, readonly SimpleField[]>> = {
  text_completion: [prompt, number("max_tokens", "Tokens at most"), number("temperature", "Temperature")],
  chat_completion: [lastMessage(), number("max_tokens", "Tokens at most"), number("temperature", "Temperature")],
  responses: [
    text("input", "Input", "lines"),
    text("instructions", "Instructions"),
    number("max_output_tokens", "Tokens at most"),
  ],
  embedding: [text("input", "Input", "lines"), number("dimensions", "Dimensions")],
  speech: [text("input", "Text to say", "lines"), text("voice", "Voice"), text("response_format", "Format")],
  transcription: [text("language", "Language"), text("prompt", "Words to expect"), text("response_format", "Format")],
  image_generation: [prompt, size, count],
  image_edit: [prompt, size, count],
  image_variation: [size, count],
  rerank: [text("query", "Query"), documents(), number("top_n", "Results at most")],
  ocr: [documentAddress()],
}

/** A long text is sent even where it is empty, a short one is left out. */
function text(member: string, label: string, kind: "line" | "lines" = "line"): SimpleField {
  return {
    label,
    kind,
    member,
    read: (body) => (body[member] == null ? "" : asText(body[member])),
    write: (typed) => (typed === "" && kind === "line" ? null : JSON.stringify(typed)),
  }
}

function number(member: string, label: string): SimpleField {
  return {
    label,
    kind: "number",
    member,
    read: (body) =>
      body[member] == null
        ? ""
        : typeof body[member] === "number" || typeof body[member] === "string"
          ? String(body[member])
          : null,
    write: (typed) => (typed === "" ? null : String(Number(typed))),
  }
}

/** The content of the last message of the user, where it is a text. */
function lastMessage(): SimpleField {
  const find = (body: Fields) => {
    const messages = asList(body["messages"]).map(asFields)
    return { messages, at: messages.findLastIndex(({ role }) => role === "user") }
  }
  return {
    label: "Message",
    kind: "lines",
    member: "messages",
    read(body) {
      const { messages, at } = find(body)
      return asText(messages[at]?.["content"])
    },
    write(typed, body) {
      const { messages, at } = find(body)
      return JSON.stringify(messages.map((message, index) => (index === at ? { ...message, content: typed } : message)))
    },
  }
}

function documents(): SimpleField {
  return {
    label: "Documents, one a line",
    kind: "lines",
    member: "documents",
    read: (body) => {
      const all = asList(body["documents"])
      return all.every((each) => typeof each === "string" && !each.includes("\n")) ? all.join("\n") : null
    },
    write: (typed) => JSON.stringify(typed.split("\n")),
  }
}

function documentAddress(): SimpleField {
  return {
    label: "Address of the document",
    kind: "line",
    member: "document",
    read: (body) => asText(asFields(body["document"])["document_url"]),
    write: (typed) => JSON.stringify({ type: "document_url", document_url: typed }),
  }
}
