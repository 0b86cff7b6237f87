// A request as it is typed on a command line: a text and files. Each endpoint makes its members of them.

/** A file that is sent inside of JSON. */
export interface PlainFile {
  name: string
  /** The media type. */
  type: string
  bytes: Uint8Array
}

/** What was typed. The text is empty where there is none. */
export interface PlainWords {
  text: string
  files: readonly PlainFile[]
}

/** The text, followed by the files, each as a text. */
export function joinTexts({ text, files }: PlainWords): string {
  return [text, ...files.map(readText)].filter((part) => part !== "").join("\n\n")
}

export function readText({ bytes }: PlainFile): string {
  return new TextDecoder().decode(bytes)
}

export function isTextFile({ type }: PlainFile): boolean {
  return /^(text\/|application\/(json|xml|x-ndjson|javascript|typescript|yaml|toml))/.test(type)
}

export function writeDataUrl({ type, bytes }: PlainFile): string {
  return `data:${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")}`
}
