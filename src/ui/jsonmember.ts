// Changes one member of a JSON object in its text: all other characters stay as they were typed.
import { readText, readTokens } from "./rawjson.ts"

interface Member {
  name: string
  /** Where its name begins, its value begins, and its value ends. */
  at: number
  from: number
  end: number
}

/**
 * @param text a JSON object
 * @param value JSON; null removes the member
 */
export function setMember(text: string, name: string, value: string | null): string {
  const members = listMembers(text)
  // Of two members of one name the last one holds.
  const index = members.findLastIndex((member) => member.name === name)
  const found = members[index]
  if (found === undefined) return value === null ? text : addMember(text, members, `${JSON.stringify(name)}: ${value}`)
  if (value !== null) return text.slice(0, found.from) + value + text.slice(found.end)
  const next = members[index + 1]
  if (next !== undefined) return text.slice(0, found.at) + text.slice(next.at)
  return text.slice(0, members[index - 1]?.end ?? found.at) + text.slice(found.end)
}

function addMember(text: string, members: readonly Member[], member: string): string {
  const last = members.at(-1)
  if (last === undefined) return `{\n  ${member}\n}`
  return `${text.slice(0, last.end)},\n  ${member}${text.slice(last.end)}`
}

function listMembers(text: string): Member[] {
  const members: Member[] = []
  let depth = 0
  let open: Omit<Member, "end"> | null = null
  const end = (at: number) => {
    if (open !== null) members.push({ ...open, end: at })
    open = null
  }
  for (const { token, at } of readTokens(text)) {
    if (token === "," || token === ":") continue
    const isClose = token === "}" || token === "]"
    if (isClose) depth -= 1
    if (depth === 1) {
      const isOpen = token === "{" || token === "["
      if (isClose) end(at + 1)
      else if (open === null) open = { name: readText(token), at, from: -1 }
      else {
        open = { ...(open as Omit<Member, "end">), from: at }
        if (!isOpen) end(at + token.length)
      }
    }
    if (token === "{" || token === "[") depth += 1
  }
  return members
}
