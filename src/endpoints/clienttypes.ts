// What a client needs of each request type, to make a request of what was typed and to show the answer. It is a file of its own because a
// command must not load the checks and the descriptions of all types: they take longer than its request.
import { asRecord, asRecords, asText } from "../values.ts"
import { isTextFile, joinTexts, type PlainFile, type PlainWords, readText, writeDataUrl } from "./plainwords.ts"

export interface ClientType<Type extends string = string> {
  /** Its name in the API. */
  requestType: Type
  /** As `/chat/completions`: where clients submit, behind the prefix of a wire, and the usual path at a provider, behind its address. */
  path: string
  /** Where its jobs are, if not at its path: see findJobsPath. */
  jobsPath?: string
  /** The forms that a body may have. The first is the usual one. */
  forms: readonly ("json" | "multipart")[]
  /** The usual file part of a form. Absent: it takes none. */
  filePart?: string
  /** The result is sound, which providers send as bytes. */
  isSound?: true
  /** The result holds images. */
  hasImages?: true
  /** It can be asked for a stream. */
  isStreamed?: true
  /** The members of a request that asks for what was typed on a command line. The files of a form are no members. */
  fromWords(words: PlainWords): Record<string, unknown>
  /** The text in a result or in an event of its stream; null: there is none. Absent: the type's results are no texts. */
  toText?(said: Record<string, unknown>): string | null
}

/**
 * As `/chat/completions`: where clients submit jobs of a type and poll them, behind the prefix of a wire that answers with a job. No such
 * path is below another, where it could not be told from the id of a job.
 */
export function findJobsPath({ path, jobsPath = path }: Pick<ClientType, "path" | "jobsPath">): string {
  return jobsPath
}

const completions: ClientType<"text_completion"> = {
  requestType: "text_completion",
  path: "/completions",
  forms: ["json"],
  isStreamed: true,
  fromWords: (words) => ({ prompt: joinTexts(words) }),
  toText: ({ choices }) => asText(asRecords(choices)[0]?.["text"]) || null,
}

const chat: ClientType<"chat_completion"> = {
  requestType: "chat_completion",
  path: "/chat/completions",
  forms: ["json"],
  isStreamed: true,
  fromWords: (words) => ({ messages: [{ role: "user", content: writeContent(words) }] }),
  toText({ choices }) {
    const { message, delta } = asRecords(choices)[0] ?? {}
    return asText(asRecord(message ?? delta)["content"]) || null
  },
}

const responses: ClientType<"responses"> = {
  requestType: "responses",
  path: "/responses",
  forms: ["json"],
  isStreamed: true,
  fromWords: (words) => ({ input: writeInput(words) }),
  toText: ({ type, delta, output }) =>
    typeof type === "string"
      ? type === "response.output_text.delta"
        ? asText(delta)
        : null
      : asRecords(output)
          .flatMap(({ content }) => asRecords(content))
          .map(({ text }) => asText(text))
          .join("") || null,
}

const tokenCounts: ClientType<"count_tokens"> = {
  requestType: "count_tokens",
  path: "/responses/input_tokens",
  jobsPath: "/input_tokens",
  forms: ["json"],
  fromWords: (words) => ({ input: writeInput(words) }),
}

const embeddings: ClientType<"embedding"> = {
  requestType: "embedding",
  path: "/embeddings",
  forms: ["json"],
  fromWords: (words) => ({ input: joinTexts(words) }),
}

const speech: ClientType<"speech"> = {
  requestType: "speech",
  path: "/audio/speech",
  forms: ["json"],
  isSound: true,
  isStreamed: true,
  fromWords: (words) => ({ input: joinTexts(words) }),
}

const transcriptions: ClientType<"transcription"> = {
  requestType: "transcription",
  path: "/audio/transcriptions",
  forms: ["multipart"],
  filePart: "file",
  isStreamed: true,
  fromWords: writePrompt,
  toText({ type, text, delta }) {
    if (typeof type === "string") return type === "transcript.text.delta" ? asText(delta) : null
    return typeof text === "string" ? text : null
  },
}

const imageGenerations: ClientType<"image_generation"> = {
  requestType: "image_generation",
  path: "/images/generations",
  forms: ["json"],
  hasImages: true,
  isStreamed: true,
  fromWords: (words) => ({ prompt: joinTexts(words) }),
}

const imageEdits: ClientType<"image_edit"> = {
  requestType: "image_edit",
  path: "/images/edits",
  forms: ["multipart", "json"],
  filePart: "image",
  hasImages: true,
  isStreamed: true,
  fromWords: writePrompt,
}

const imageVariations: ClientType<"image_variation"> = {
  requestType: "image_variation",
  path: "/images/variations",
  forms: ["multipart"],
  filePart: "image",
  hasImages: true,
  fromWords: () => ({}),
}

const rerank: ClientType<"rerank"> = {
  requestType: "rerank",
  path: "/rerank",
  forms: ["json"],
  fromWords: ({ text, files }) => ({ query: text, documents: files.map(readText) }),
}

const ocr: ClientType<"ocr"> = {
  requestType: "ocr",
  path: "/ocr",
  forms: ["json"],
  fromWords({ text, files: [file] }) {
    const url = file ? writeDataUrl(file) : text
    const isImage = file ? file.type.startsWith("image/") : /\.(png|jpe?g|webp|gif|avif|tiff?)$/i.test(text)
    return { document: isImage ? { type: "image_url", image_url: url } : { type: "document_url", document_url: url } }
  },
}

/** Each by the name of its endpoint, in the order of the list of endpoints. */
export const clientTypes = {
  completions,
  chat,
  responses,
  tokenCounts,
  embeddings,
  speech,
  transcriptions,
  imageGenerations,
  imageEdits,
  imageVariations,
  rerank,
  ocr,
}

/** @throws for an unknown request type, which a newer gateway may have */
export function getClientType(requestType: string): ClientType {
  const found = Object.values<ClientType>(clientTypes).find((type) => type.requestType === requestType)
  if (found === undefined) throw new Error(`${requestType} is no request type that this version knows`)
  return found
}

/** The hint beside a file, where there is one. */
function writePrompt({ text }: PlainWords): Record<string, unknown> {
  return text === "" ? {} : { prompt: text }
}

/** A text, or parts where there are files that are none. https://platform.openai.com/docs/api-reference/chat/create */
function writeContent(words: PlainWords): unknown {
  const { texts, others } = divide(words)
  if (others.length === 0) return texts
  const parts = others.map((file) =>
    file.type.startsWith("image/")
      ? { type: "image_url", image_url: { url: writeDataUrl(file) } }
      : { type: "file", file: { filename: file.name, file_data: writeDataUrl(file) } },
  )
  return texts === "" ? parts : [{ type: "text", text: texts }, ...parts]
}

/** A text, or a message of parts where there are files that are none. https://platform.openai.com/docs/api-reference/responses/create */
function writeInput(words: PlainWords): unknown {
  const { texts, others } = divide(words)
  if (others.length === 0) return texts
  const parts = others.map((file) =>
    file.type.startsWith("image/")
      ? { type: "input_image", image_url: writeDataUrl(file) }
      : { type: "input_file", filename: file.name, file_data: writeDataUrl(file) },
  )
  return [{ role: "user", content: texts === "" ? parts : [{ type: "input_text", text: texts }, ...parts] }]
}

/** What was typed and the files that are texts as one text, and the other files. */
function divide({ text, files }: PlainWords): { texts: string; others: PlainFile[] } {
  return {
    texts: joinTexts({ text, files: files.filter(isTextFile) }),
    others: files.filter((file) => !isTextFile(file)),
  }
}
