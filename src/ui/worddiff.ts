// What differs between two texts, by words. Myers, "An O(ND) Difference Algorithm" (1986), with a bound on N and on D.

export interface Piece {
  kind: "same" | "removed" | "added"
  text: string
}

const WORDS_MAX = 50_000
const EDITS_MAX = 1000

/** Null: they are too long, or have too little in common, to be worth comparing. */
export function diffWords(a: string, b: string): Piece[] | null {
  const [left, right] = [split(a), split(b)]
  if (left.length + right.length > WORDS_MAX) return null
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1
  let end = 0
  while (
    end < Math.min(left.length, right.length) - start &&
    left[left.length - 1 - end] === right[right.length - 1 - end]
  )
    end += 1
  const middle = diffMiddle(left.slice(start, left.length - end), right.slice(start, right.length - end))
  if (middle === null) return null
  const same = (words: string[]): Piece => ({ kind: "same", text: words.join("") })
  return join([same(left.slice(0, start)), ...middle, same(left.slice(left.length - end))])
}

/** Words, with the space behind each, so that joined they are the text again. */
function split(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []
}

function diffMiddle(a: string[], b: string[]): Piece[] | null {
  const trace = findPath(a, b)
  if (trace === null) return null
  const pieces: Piece[] = []
  let [x, y] = [a.length, b.length]
  const put = (kind: Piece["kind"], word = "") => pieces.push({ kind, text: word })
  for (let edits = trace.length - 1; edits > 0; edits -= 1) {
    const reached = trace[edits - 1] ?? new Map<number, number>()
    const k = x - y
    const isDown = k === -edits || (k !== edits && (reached.get(k - 1) ?? -1) < (reached.get(k + 1) ?? -1))
    const before = isDown ? k + 1 : k - 1
    const fromX = reached.get(before) ?? 0
    const fromY = fromX - before
    while (x > fromX && y > fromY && x > 0 && y > 0 && a[x - 1] === b[y - 1]) {
      put("same", a[x - 1])
      x -= 1
      y -= 1
    }
    if (isDown) put("added", b[fromY])
    else put("removed", a[fromX])
    x = fromX
    y = fromY
  }
  for (; x > 0; x -= 1) put("same", a[x - 1])
  return pieces.reverse()
}

/** For each number of edits, how far each diagonal reaches in `a`; null: it takes more than the bound. */
function findPath(a: string[], b: string[]): Map<number, number>[] | null {
  const trace: Map<number, number>[] = []
  for (let edits = 0; edits <= Math.min(EDITS_MAX, a.length + b.length); edits += 1) {
    const before = trace.at(-1)
    const reached = new Map<number, number>()
    trace.push(reached)
    for (let k = -edits; k <= edits; k += 2) {
      const down = before?.get(k + 1) ?? -1
      const across = before?.get(k - 1) ?? -1
      let x = edits === 0 ? 0 : k === -edits || (k !== edits && across < down) ? down : across + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      reached.set(k, x)
      if (x >= a.length && x - k >= b.length) return trace
    }
  }
  return null
}

/** Pieces of a kind that follow each other become one. */
function join(pieces: Piece[]): Piece[] {
  const joined: Piece[] = []
  for (const { kind, text } of pieces) {
    const last = joined.at(-1)
    if (text === "") continue
    if (last?.kind === kind) last.text += text
    else joined.push({ kind, text })
  }
  return joined
}
