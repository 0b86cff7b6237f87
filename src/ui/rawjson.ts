// Reads JSON without losing how it is written: every number and text keeps the characters that are stored. It reads what is left of a
// text that was cut, too, and needs no deep stack for deep nesting.

export type RawNode =
  | { kind: "object"; entries: { key: string; value: RawNode }[]; isCut: boolean }
  | { kind: "array"; items: RawNode[]; isCut: boolean }
  /** `raw` is as it is written, a text's quotes and escapes included. */
  | { kind: "string" | "number" | "word"; raw: string; isCut: boolean }

/** A sign, the beginning of a text, or a number or word. */
const TOKEN = /[{}[\],:"]|[^\s{}[\],:"]+/y
const SPACE = /\s*/y

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
  for (const { token, isCut } of readTokens(text)) {
    if (token === "{") put({ kind: "object", entries: [], isCut: true })
    else if (token === "[") put({ kind: "array", items: [], isCut: true })
    else if (token === "}" || token === "]") {
      const ended = open.pop()
      if (ended) ended.isCut = false
    } else if (token.startsWith('"')) put({ kind: "string", raw: token, isCut })
    else if (token !== "," && token !== ":")
      put({ kind: /^[-\d]/.test(token) ? "number" : "word", raw: token, isCut: false })
  }
  return root
}

/** The tokens from left to right. A text may be megabytes long, which no regular expression can step through. */
export function* readTokens(text: string): Generator<{ token: string; at: number; isCut: boolean }> {
  for (let at = 0; ; ) {
    SPACE.lastIndex = at
    SPACE.test(text)
    at = SPACE.lastIndex
    TOKEN.lastIndex = at
    const sign = TOKEN.exec(text)?.[0]
    if (sign === undefined) return
    const end = sign === '"' ? findEnd(text, at) : at + sign.length
    yield { token: text.slice(at, end ?? text.length), at, isCut: end === null }
    at = end ?? text.length
  }
}

/** Where a JSON string ends, its closing quote included; null: it is cut. */
function findEnd(text: string, open: number): number | null {
  for (let from = open + 1; ; ) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return null
    let slashes = 0
    while (text[quote - 1 - slashes] === "\\") slashes += 1
    if (slashes % 2 === 0) return quote + 1
    from = quote + 1
  }
}

/** The value that JSON stands for, which may be cut at its end: for reading it, as numbers lose what a double cannot hold. */
export function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const root = parseRaw(text)
    return root === null ? null : toValue(root, 0)
  }
}

/** What lies deeper is no form that a view knows. */
const DEPTH_MAX = 100

function toValue(node: RawNode, depth: number): unknown {
  if (depth > DEPTH_MAX) return null
  switch (node.kind) {
    case "object":
      return Object.fromEntries(node.entries.map(({ key, value }) => [readText(key), toValue(value, depth + 1)]))
    case "array":
      return node.items.map((item) => toValue(item, depth + 1))
    case "string":
      return readText(node.raw, node.isCut)
    case "number":
      return Number(node.raw)
    case "word":
      return node.raw === "true" ? true : node.raw === "false" ? false : null
  }
}

/** The text that a JSON string stands for; what cannot be read stays as it is written. */
export function readText(raw: string, isCut = false): string {
  // It may be cut inside of an escape.
  const whole = isCut ? `${raw.replace(/(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?$/, "$1")}"` : raw
  try {
    return JSON.parse(whole) as string
  } catch {
    return raw.replace(/^"|"$/g, "")
  }
}

/** JSON over several lines. Every number and text stays as it is written. */
export function layOut(text: string): string {
  let laid = ""
  let depth = 0
  let before = ""
  const breakLine = () => {
    laid += `\n${"  ".repeat(depth)}`
  }
  for (const { token } of readTokens(text)) {
    const isClose = token === "}" || token === "]"
    if (isClose) depth -= 1
    if (isClose ? before !== "{" && before !== "[" : before === "{" || before === "[" || before === ",") breakLine()
    if (token === "{" || token === "[") depth += 1
    laid += token === ":" ? ": " : token
    before = token
  }
  return laid
}
