// The text fields of a form as the values that they stand for. Pure.

/**
 * A text field as the value it stands for: a provider's own members may be numbers, lists or objects, and a form has texts
 * only. What is no JSON is a text, and so is a number that would not stay what it is.
 */
export function parseField(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "number" && String(value) !== text.trim() ? text : value
  } catch {
    return text
  }
}

/** One more field of a name: names that come more than once, or end in `[]`, stand for lists. */
export function addField(fields: Record<string, unknown>, name: string, value: unknown): void {
  const key = name.replace(/\[\]$/, "")
  const before = Object.hasOwn(fields, key) ? fields[key] : undefined
  if (before !== undefined) fields[key] = Array.isArray(before) ? [...before, value] : [before, value]
  else fields[key] = key === name ? value : [value]
}
