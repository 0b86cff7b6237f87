// Finds members that a JSON object has twice. JSON.parse keeps the last one without an error.
import { stringEnd } from "../json.ts"

interface Level {
  /** Names so far; null in a list. */
  names: Set<string> | null
  path: string[]
  /** The member, or the place in the list, that is being read. */
  at: string
  isName: boolean
}

/** The paths of repeated members, as `providers.openai`. `text` must have passed JSON.parse. */
export function repeatedMembers(text: string): string[] {
  const found = new Set<string>()
  const levels: Level[] = []
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1)
    switch (text[at]) {
      case '"': {
        const end = stringEnd(text, at)
        if (level?.names && level.isName) {
          level.at = JSON.parse(text.slice(at, end + 1)) as string
          if (level.names.has(level.at)) found.add([...level.path, level.at].join("."))
          level.names.add(level.at)
          level.isName = false
        }
        at = end
        break
      }
      case "{":
      case "[": {
        const isObject = text[at] === "{"
        const path = level ? [...level.path, level.at] : []
        levels.push({ names: isObject ? new Set() : null, path, at: "0", isName: isObject })
        break
      }
      case "}":
      case "]":
        levels.pop()
        break
      case ",":
        if (level?.names) level.isName = true
        else if (level) level.at = String(Number(level.at) + 1)
    }
  }
  return [...found]
}
