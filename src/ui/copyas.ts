// A stored request as a command or a program that sends it again. The key is never in it: $ASYNCGATE_KEY stands for it.
import type { BodyText } from "./bodytext.ts"
import { parseRaw, type RawNode, readText, readValue } from "./rawjson.ts"

/** A form as the gateway tells it. */
export interface FormRequest {
  object: "form"
  fields: Record<string, unknown>
  files: { index: number; name: string; filename: string | null; content_type: string | null; bytes: number }[]
}

/** Null: it is no form, or not the whole of one. A caller's JSON may say that it is one, but every type wants members that no form has. */
export function readForm({ text, isCut }: BodyText): FormRequest | null {
  if (isCut || !text.startsWith('{"object":"form",')) return null
  const value = readValue(text) as FormRequest
  return Object.keys(value).join() === "object,fields,files" ? value : null
}

export interface StoredRequest {
  /** Of the gateway, as the page was opened. */
  origin: string
  requestType: string
  /** The path of the type behind /v1, as "/chat/completions". */
  path: string
  /** `provider/model`. */
  model: string
  /** JSON as it is stored, or the form. */
  body: string | FormRequest
  /** Whether the gateway wants a key. */
  needsKey: boolean
}

/** Beyond this a command line takes no body: it is read from a file. */
const INLINE_CHARS_MAX = 100_000
export const BODY_FILE = "request.json"

/** Null: it cannot be said in this form. */
export const forms: readonly { name: string; write(request: StoredRequest): string | null }[] = [
  { name: "curl", write: writeCurl },
  { name: "asyncgate", write: writeCommand },
  { name: "openai (node)", write: writeNode },
  { name: "openai (python)", write: writePython },
  { name: "AI SDK", write: writeAiSdk },
]

/** Whether the command reads the body from a file, which the reader must save first. */
export function needsFile({ body }: StoredRequest): boolean {
  return typeof body === "string" && body.length > INLINE_CHARS_MAX
}

function writeCurl(request: StoredRequest): string {
  const { origin, path, body, needsKey, model } = request
  const lines = [`curl -sS ${quoteShell(`${origin}/v1/async${path}`)}`]
  if (needsKey) lines.push(`-H "Authorization: Bearer $ASYNCGATE_KEY"`)
  if (typeof body !== "string") {
    const fields = listFields(body, model)
    for (const [name, value] of fields) lines.push(`--form-string ${quoteShell(`${name}=${value}`)}`)
    for (const file of body.files) {
      // curl reads a quoted name of a file: a quote or backslash in it has a backslash before it.
      const quoted = nameFile(file).replace(/["\\]/g, "\\$&")
      const type = file.content_type === null ? "" : `;type=${file.content_type}`
      lines.push(`-F ${quoteShell(`${file.name}=@"${quoted}"${type}`)}`)
    }
  } else {
    lines.push("-H 'content-type: application/json'")
    lines.push(
      needsFile(request) ? `--data-binary @${BODY_FILE}` : `--data-binary ${quoteShell(withModel(body, model))}`,
    )
  }
  return lines.join(" \\\n  ")
}

/** A form has more than the command has words for. */
function writeCommand(request: StoredRequest): string | null {
  const { origin, requestType, body, needsKey, model } = request
  if (typeof body !== "string") return null
  const token = needsKey ? `ASYNCGATE_TOKEN="$ASYNCGATE_KEY" ` : ""
  const command = `${token}asyncgate submit ${requestType} --url ${quoteShell(origin)} --body`
  return needsFile(request)
    ? `${command} ${BODY_FILE}`
    : `printf %s ${quoteShell(withModel(body, model))} |\n  ${command} -`
}

/** What a file of a form is saved as. A name from a caller never leaves the directory. */
export function nameFile({ index, name, filename }: FormRequest["files"][number]): string {
  const last = filename?.split(/[/\\]/).at(-1)?.trim() ?? ""
  return last === "" || last === "." || last === ".." ? `${name.replace(/\W/g, "")}-${index}` : last
}

/** In single quotes nothing but the quote itself means anything to a shell. */
function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** What the package calls each type; others go out as they are. */
const methods: Record<string, { node: string; python?: string }> = {
  chat_completion: { node: "chat.completions.create" },
  text_completion: { node: "completions.create" },
  responses: { node: "responses.create" },
  count_tokens: { node: "responses.inputTokens.count", python: "responses.input_tokens.count" },
  embedding: { node: "embeddings.create" },
  speech: { node: "audio.speech.create" },
  image_generation: { node: "images.generate" },
  transcription: { node: "audio.transcriptions.create" },
  image_edit: { node: "images.edit" },
  image_variation: { node: "images.createVariation", python: "images.create_variation" },
}

function writeNode(request: StoredRequest): string | null {
  const { origin, requestType, path, body, needsKey, model } = request
  const method = methods[requestType]?.node
  if (typeof body !== "string" && method === undefined) return null
  const isForm = typeof body !== "string"
  const literal = isForm
    ? writeMembers(
        writeFormMembers(body, model, (name) => `fs.createReadStream(${JSON.stringify(name)})`),
        writeJsKey,
      )
    : needsFile(request)
      ? `JSON.parse(fs.readFileSync(${JSON.stringify(BODY_FILE)}, "utf8"))`
      : writeLiteral(body, model, javascript)
  const call = method === undefined ? `post(${JSON.stringify(path)}, { body: ${literal} })` : `${method}(${literal})`
  return [
    ...(isForm || needsFile(request) ? ["import fs from 'node:fs'"] : []),
    "import OpenAI from 'openai'",
    "",
    `const client = new OpenAI({ baseURL: ${JSON.stringify(`${origin}/v1`)}, apiKey: ${needsKey ? "process.env.ASYNCGATE_KEY" : `"none"`} })`,
    `const answer = await client.${call}`,
    requestType === "speech"
      ? `console.log((await answer.arrayBuffer()).byteLength, "bytes")`
      : "console.log(JSON.stringify(answer, null, 2))",
  ].join("\n")
}

function writePython(request: StoredRequest): string | null {
  const { origin, requestType, path, body, needsKey, model } = request
  const method = methods[requestType]?.python ?? methods[requestType]?.node
  if (typeof body !== "string" && method === undefined) return null
  const literal =
    typeof body !== "string"
      ? writeMembers(
          writeFormMembers(body, model, (name) => `open(${JSON.stringify(name)}, "rb")`),
          JSON.stringify,
        )
      : needsFile(request)
        ? `json.load(open(${JSON.stringify(BODY_FILE)}))`
        : writeLiteral(body, model, python)
  // What the package has no argument for goes out as it is, too.
  const call =
    typeof body !== "string" && method !== undefined
      ? `${method}(**${literal})`
      : `post(${JSON.stringify(path)}, body=${literal}, cast_to=${requestType === "speech" ? "bytes" : "object"})`
  return [
    ...(needsFile(request) ? ["import json"] : []),
    ...(needsKey ? ["import os"] : []),
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url=${JSON.stringify(`${origin}/v1`)}, api_key=${needsKey ? `os.environ["ASYNCGATE_KEY"]` : `"none"`})`,
    `answer = client.${call}`,
    requestType === "speech" ? "print(len(answer))" : "print(answer)",
  ].join("\n")
}

/** The parameters of a chat that the AI SDK has names for. */
const settings: ReadonlyMap<string, string> = new Map([
  ["temperature", "temperature"],
  ["top_p", "topP"],
  ["max_tokens", "maxOutputTokens"],
  ["max_completion_tokens", "maxOutputTokens"],
  ["seed", "seed"],
  ["stop", "stopSequences"],
  ["presence_penalty", "presencePenalty"],
  ["frequency_penalty", "frequencyPenalty"],
])

/** Chats of plain messages and embeddings of texts: what else the SDK says in another way is not guessed at. */
function writeAiSdk(request: StoredRequest): string | null {
  const { origin, requestType, body, needsKey, model } = request
  const root = typeof body === "string" && !needsFile(request) ? parseRaw(body) : null
  if (root?.kind !== "object") return null
  const members = new Map(root.entries.map(({ key, value }) => [readText(key), value]))
  const [call, literal] =
    requestType === "embedding" ? readTexts(members) : requestType === "chat_completion" ? readChat(members) : []
  if (call === undefined || literal === undefined) return null
  const kind = call === "generateText" ? "chat" : "embedding"
  return [
    "import { createOpenAI } from '@ai-sdk/openai'",
    `import { ${call} } from 'ai'`,
    "",
    `const openai = createOpenAI({ baseURL: ${JSON.stringify(`${origin}/v1`)}, apiKey: ${needsKey ? "process.env.ASYNCGATE_KEY" : `"none"`} })`,
    `const answer = await ${call}({ model: openai.${kind}(${JSON.stringify(model)}), ${literal} })`,
    `console.log(answer.${kind === "chat" ? "text" : "embeddings.length"})`,
  ].join("\n")
}

type Members = Map<string, RawNode>

function readTexts(members: Members): [string, string] | [] {
  const input = members.get("input")
  if (input === undefined || [...members.keys()].some((name) => !["model", "input"].includes(name))) return []
  const values = input.kind === "array" ? input.items : [input]
  if (!values.every(({ kind }) => kind === "string")) return []
  return ["embedMany", `values: ${write({ kind: "array", items: values, isCut: false }, javascript, 0)}`]
}

function readChat(members: Members): [string, string] | [] {
  const messages = members.get("messages")
  if (messages?.kind !== "array" || !messages.items.every(isPlainMessage)) return []
  const parts = [`messages: ${write(messages, javascript, 0)}`]
  for (const [name, value] of members) {
    if (name === "messages" || name === "model") continue
    const known = settings.get(name)
    if (known === undefined) return []
    const isOne = known === "stopSequences" && value.kind === "string"
    parts.push(`${known}: ${isOne ? "[" : ""}${write(value, javascript, 0)}${isOne ? "]" : ""}`)
  }
  return ["generateText", parts.join(", ")]
}

function isPlainMessage(node: RawNode): boolean {
  if (node.kind !== "object" || node.entries.length !== 2) return false
  const of = new Map(node.entries.map(({ key, value }) => [readText(key), value]))
  const [role, content] = [of.get("role"), of.get("content")]
  if (role?.kind !== "string" || content?.kind !== "string") return false
  return ["system", "user", "assistant"].includes(readText(role.raw))
}

interface Language {
  key(name: string): string
  words: Record<string, string>
}

const javascript: Language = { key: writeJsKey, words: {} }
const python: Language = { key: JSON.stringify, words: { true: "True", false: "False", null: "None" } }

/** In a literal of JavaScript this one name would set the prototype. */
function writeJsKey(name: string): string {
  return name === "__proto__" ? `["__proto__"]` : JSON.stringify(name)
}

/** JSON as a literal: numbers as they are written, texts as both languages read them. */
function writeLiteral(body: string, model: string, language: Language): string {
  const root = parseRaw(withModel(body, model))
  return root === null ? "{}" : write(root, language, 0)
}

function write(node: RawNode, language: Language, depth: number): string {
  switch (node.kind) {
    case "object":
      return writeMembers(
        node.entries.map(({ key, value }) => [readText(key), write(value, language, depth + 1)]),
        language.key,
        depth,
      )
    case "array":
      return writeLines(
        node.items.map((item) => write(item, language, depth + 1)),
        "[]",
        depth,
      )
    case "string":
      return JSON.stringify(readText(node.raw))
    case "number":
      return node.raw
    case "word":
      return language.words[node.raw] ?? node.raw
  }
}

function writeMembers(
  members: readonly (readonly [string, string])[],
  writeKey: (name: string) => string,
  depth = 0,
): string {
  return writeLines(
    members.map(([name, value]) => `${writeKey(name)}: ${value}`),
    "{}",
    depth,
  )
}

function writeLines(lines: readonly string[], [open, close]: string | readonly string[], depth: number): string {
  if (lines.length === 0) return `${open}${close}`
  const one = `${open === "{" ? "{ " : "["}${lines.join(", ")}${close === "}" ? " }" : "]"}`
  if (one.length <= 80 && !one.includes("\n")) return one
  const space = "  ".repeat(depth)
  return `${open}\n${lines.map((line) => `${space}  ${line},\n`).join("")}${space}${close}`
}

/** A body that leaves the model to a header gets it. */
function withModel(body: string, model: string): string {
  const root = parseRaw(body)
  if (root?.kind !== "object" || root.entries.some(({ key }) => readText(key) === "model")) return body
  return body.replace("{", `{"model":${JSON.stringify(model)}${root.entries.length > 0 ? "," : ""}`)
}

function listFields({ fields }: FormRequest, model: string): [string, string][] {
  const given = Object.hasOwn(fields, "model") ? fields : { model, ...fields }
  return Object.entries(given).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, String(each)]),
  )
}

function writeFormMembers(form: FormRequest, model: string, open: (filename: string) => string): [string, string][] {
  const members = new Map<string, string[]>()
  const add = (name: string, value: string) => members.set(name, [...(members.get(name) ?? []), value])
  for (const [name, value] of listFields(form, model)) add(name.replace(/\[\]$/, ""), JSON.stringify(value))
  for (const file of form.files) add(file.name.replace(/\[\]$/, ""), open(nameFile(file)))
  return [...members].map(([name, values]) => [
    name,
    values.length === 1 ? (values[0] ?? "") : `[${values.join(", ")}]`,
  ])
}
