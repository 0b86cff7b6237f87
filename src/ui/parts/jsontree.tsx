// JSON as a tree, exactly as it is stored: no number is rounded and no character is changed. What is folded is not drawn.
import { useMemo, useState } from "preact/hooks"
import { parseRaw, type RawNode, readText } from "../rawjson.ts"

/** How many members are drawn before a click. */
const MEMBERS_MAX = 200
const TEXT_CHARS_MAX = 4000

/**
 * @param text may be cut at its end
 * @param without members of the whole that are left out
 */
export function JsonTree({ text, label, without }: { text: string; label: string; without?: readonly string[] }) {
  const root = useMemo(() => {
    const read = parseRaw(text)
    if (read?.kind !== "object" || without === undefined) return read
    const entries = read.entries.filter(({ key }) => !without.includes(readText(key)))
    return entries.length === 0 ? null : { ...read, entries }
  }, [text, without])
  return (
    <div class="json" role="group" aria-label={label}>
      {root === null ? <span class="unknown">nothing</span> : <Node node={root} name={null} depth={0} />}
    </div>
  )
}

function Node({ node, name, depth }: { node: RawNode; name: string | null; depth: number }) {
  const [isOpen, setOpen] = useState(depth < 2)
  const label = name === null ? null : <span class="json-key">{show(name)}: </span>
  if (node.kind !== "object" && node.kind !== "array") {
    return (
      <div class="json-line">
        {label}
        <Leaf node={node} />
      </div>
    )
  }
  const size = node.kind === "object" ? node.entries.length : node.items.length
  const [before, behind] = node.kind === "object" ? ["{", "}"] : ["[", "]"]
  if (size === 0) {
    return (
      <div class="json-line">
        {label}
        {before}
        {node.isCut ? "…" : behind}
      </div>
    )
  }
  const what = node.kind === "object" ? "member" : "item"
  return (
    <details class="json-branch" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label}
        {before}
        {isOpen ? null : (
          <span class="json-size">
            {size.toLocaleString("en-US")} {what}
            {size === 1 ? "" : "s"}
            {node.isCut ? ", cut" : ""}
          </span>
        )}
        {isOpen ? null : behind}
      </summary>
      {isOpen ? <Members node={node} depth={depth} /> : null}
    </details>
  )
}

function Members({ node, depth }: { node: Extract<RawNode, { kind: "object" | "array" }>; depth: number }) {
  const [shown, setShown] = useState(MEMBERS_MAX)
  const members = node.kind === "object" ? node.entries : node.items.map((value, at) => ({ key: String(at), value }))
  return (
    <div class="json-members">
      {members.slice(0, shown).map(({ key, value }, at) => (
        <Node key={at} node={value} name={node.kind === "object" ? key : null} depth={depth + 1} />
      ))}
      {members.length > shown ? (
        <button type="button" class="small" onClick={() => setShown(shown + 10 * MEMBERS_MAX)}>
          {(members.length - shown).toLocaleString("en-US")} more
        </button>
      ) : null}
      {node.isCut ? <div class="unknown">… cut here</div> : null}
    </div>
  )
}

function Leaf({ node }: { node: Extract<RawNode, { kind: "string" | "number" | "word" }> }) {
  const [isWhole, setWhole] = useState(false)
  if (isWhole || node.raw.length <= TEXT_CHARS_MAX) return <bdi class={`json-${node.kind}`}>{show(node.raw)}</bdi>
  return (
    <>
      <bdi class={`json-${node.kind}`}>{show(node.raw.slice(0, TEXT_CHARS_MAX))}</bdi>
      <button type="button" class="small" onClick={() => setWhole(true)}>
        {(node.raw.length - TEXT_CHARS_MAX).toLocaleString("en-US")} more characters
      </button>
    </>
  )
}

/** Characters that do not show, or turn the direction of the text, as escapes. */
function show(text: string): string {
  return text.replace(
    /(?![\t\n\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
