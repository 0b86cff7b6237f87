// Captured requests as TypeScript: JSON is an expression as it is; forms and queries become objects.
import type { Arrived } from "../matrix/internet.ts"
import type { Form } from "./official.ts"

/** A file of a form; every upload's type takes it. */
export const FILE = "file"

type Members = Record<string, unknown>

/** Stands for a file until it is printed: no text of a form. */
const file = "\0file"

export async function readRequest({ headers, bytes, url }: Arrived, { hasQuery, lists = [] }: Form): Promise<Members> {
  const type = headers["content-type"] ?? ""
  const query = hasQuery ? [...new URL(url).searchParams] : []
  const body = type.startsWith("application/json") ? (JSON.parse(bytes.toString()) as Members) : {}
  const parts = type.startsWith("multipart/form-data") ? await partsOf(type, bytes) : []
  return { ...body, ...collect([...query, ...parts], lists) }
}

async function partsOf(type: string, bytes: Buffer): Promise<[string, unknown][]> {
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData()
  return [...form].map(([name, value]) => [name, typeof value === "string" ? value : file])
}

/** Names that come several times, or end in brackets, are lists. */
function collect(pairs: readonly [string, unknown][], lists: readonly string[]): Members {
  const members: Members = {}
  for (const [sent, text] of pairs) {
    const name = sent.replace(/\[\]$/, "")
    const value = readText(text)
    const before = members[name]
    if (Array.isArray(before)) before.push(value)
    else if (before !== undefined) members[name] = [before, value]
    else members[name] = sent !== name || lists.includes(name) ? [value] : value
  }
  return members
}

/** A text of a form stands for the JSON that it looks like. */
function readText(text: unknown): unknown {
  return typeof text === "string" && /^(true|false|-?\d+(\.\d+)?|\[.*\]|\{.*\})$/.test(text) ? JSON.parse(text) : text
}

/** Takes a member out, everywhere where its path leads: `messages.*.name`. @returns whether there was one */
export function takeOut(value: unknown, path: string): boolean {
  const [name = "", ...rest] = path.split(".")
  if (typeof value !== "object" || value === null) return false
  const members = value as Members
  const names = name === "*" ? Object.keys(members) : [name].filter((one) => Object.hasOwn(members, one))
  if (rest.length > 0) return names.map((one) => takeOut(members[one], rest.join("."))).includes(true)
  for (const one of names) delete members[one]
  return names.length > 0
}

export function print(value: unknown): string {
  if (value === file) return FILE
  if (Array.isArray(value)) return `[${value.map(print).join(", ")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}: ${print(one)}`)
    .join(", ")}}`
}
