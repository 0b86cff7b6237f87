// Reads the text fields of a form as the values that they stand for. Pure.
import { parseInner } from "../../exactjson.ts"

/** Reads a text field as JSON, because a provider's parameters may be numbers, lists or objects. A text that is no JSON stays a text. */
export function parseField(text: string): unknown {
  const value = parseInner(text)
  return value === undefined ? text : value
}

/** Adds a field. Names that occur more than once or end in `[]` become lists. */
export function addField(fields: Record<string, unknown>, name: string, value: unknown): void {
  const key = name.replace(/\[\]$/, "")
  const before = Object.hasOwn(fields, key) ? fields[key] : undefined
  if (before !== undefined) fields[key] = Array.isArray(before) ? [...before, value] : [before, value]
  else fields[key] = key === name ? value : [value]
}
