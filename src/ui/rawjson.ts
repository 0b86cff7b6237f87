// Reads JSON without losing how it is written: every number and text keeps the characters that are stored. It reads what is left of a
// text that was cut, too, and needs no deep stack for deep nesting.

export type RawNode =
  | { kind: "object"; entries: { key: string; value: RawNode }[]; isCut: boolean }
  | { kind: "array"; items: RawNode[]; isCut: boolean }
  /** `raw` is as it is written, a text's quotes and escapes included. */
  | { kind: "string" | "number" | "word"; raw: string; isCut: boolean }

const TOKEN = /[{}[\],:]|"(?:[^"\\]|\\[\s\S])*("?)|[^\s{}[\],:"]+/g

/** Null: there is nothing in it. What is no JSON comes out as words. */
export function parseRaw(text: string): RawNode | null {
  const open: Extract<RawNode, { kind: "object" | "array" }>[] = []
  let root: RawNode | null = null
  let key: string | null = null
  const put = (node: RawNode) => {
    const parent = open.at(-1)
    if (parent === undefined) root ??= node
    else if (parent.kind === "array") parent.items.push(node)
    else if (key === null) key = node.kind === "string" ? node.raw : null
    else {
      parent.entries.push({ key, value: node })
      key = null
    }
    if (node.kind === "object" || node.kind === "array") open.push(node)
  }
  for (const { 0: token, 1: close } of text.matchAll(TOKEN)) {
    if (token === "{") put({ kind: "object", entries: [], isCut: true })
    else if (token === "[") put({ kind: "array", items: [], isCut: true })
    else if (token === "}" || token === "]") {
      const ended = open.pop()
      if (ended) ended.isCut = false
    } else if (token.startsWith('"')) put({ kind: "string", raw: token, isCut: close !== '"' })
    else if (token !== "," && token !== ":")
      put({ kind: /^[-\d]/.test(token) ? "number" : "word", raw: token, isCut: false })
  }
  return root
}

/** The text that a JSON string stands for; what cannot be read stays as it is written. */
export function readText(raw: string): string {
  try {
    return JSON.parse(raw) as string
  } catch {
    return raw.replace(/^"|"$/g, "")
  }
}
