// Tells whether a model is on a list of blocked models, however its name is written. When in doubt, it is blocked. Pure.
import type { Alias } from "./provider.ts"

/** In a list it means every model. */
const EVERY_MODEL = "*"
/** Prefixes of a model's id that name a group of regions: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html */
const REGION = /^(us|us-gov|eu|apac|ap|jp|au|ca|sa|me|af|global)\./

/**
 * The names that a list blocks. An alias of a blocked model is blocked, and so is the model that a blocked alias stands for.
 * @param provider its name may stand before a model in the list
 */
export function blockedNames(
  list: readonly string[],
  aliases: Readonly<Record<string, Alias>>,
  provider: string,
): string[] {
  const plain = list.map((name) => (name.startsWith(`${provider}/`) ? name.slice(provider.length + 1) : name))
  const families = Object.entries(aliases).map(([name, { model, canonical }]) =>
    canonical === null ? [name, model] : [name, model, canonical],
  )
  const blocked = new Set(plain)
  // A blocked name may lead to another one through what both stand for.
  for (let size = -1; size !== blocked.size; ) {
    size = blocked.size
    for (const family of families) {
      if (family.some((name) => isBlocked([...blocked], name))) for (const name of family) blocked.add(name)
    }
  }
  return [...blocked]
}

/** Whether one of these names means the model, in upper or lower case, with a publisher, a path or a region before it, or a variant after it. */
export function isBlocked(names: readonly string[], model: string): boolean {
  if (names.length === 0) return false
  if (names.includes(EVERY_MODEL)) return true
  const forms = listForms(model)
  return names.some((name) => meansSame(listForms(name), forms))
}

/** The whole name, and the name without its variant (`:free`, `@20250514`), if it has one. */
interface Forms {
  whole: string
  bare: string
}

function listForms(name: string): Forms {
  const whole = plainForm(name)
  const bare = whole.replace(/^(.+?)[:@?#;,].*$/, "$1")
  // The colons in the name of an AWS resource start no variant.
  return { whole, bare: whole.startsWith("arn:") ? whole.replace(/^.*\//, "").replace(/[:@?#;,].*$/, "") : bare }
}

/** How often a name is decoded: an encoding may contain another. */
const DECODED_MAX = 3

/** The name as a server may read it: decoded, in lower case, without invisible characters, and as a normalised path. */
function plainForm(name: string): string {
  let text = name
  for (let time = 0; time < DECODED_MAX; time++) text = decoded(text)
  text = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{C}]/gu, "")
    .replaceAll("\\", "/")
  const parts: string[] = []
  for (const part of text.split("/")) {
    if (part === "..") parts.pop()
    else if (part !== "" && part !== ".") parts.push(part)
  }
  return parts.join("/")
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // It is no percent encoding, and stays as it is.
    return text
  }
}

/** A name without a variant stands for all of its variants, and one without a publisher for all of its publishers. */
function meansSame(listed: Forms, asked: Forms): boolean {
  if (endsWith(asked.whole, listed.whole)) return true
  return listed.bare === listed.whole && (endsWith(asked.bare, listed.whole) || endsWith(listed.whole, asked.bare))
}

/** Whether `text` is `end`, possibly with whole path segments or a region before it. */
function endsWith(text: string, end: string): boolean {
  if (end === "" || text === "") return end === text
  const last = text.slice(text.lastIndexOf("/") + 1)
  return [text, text.replace(REGION, ""), last.replace(REGION, "")].some(
    (form) => form === end || form.endsWith(`/${end}`),
  )
}
