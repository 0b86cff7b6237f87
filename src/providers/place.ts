// Where a provider was asked, in words for whoever may have to correct the address. Pure.
import { NAME_CHARS_MAX } from "./bounds.ts"

/** Host and path: never what may hold a secret, as a query or a name and a password. Empty where it cannot be read. */
export function formatPlace(url: string, base?: string): string {
  if (!URL.canParse(url, base)) return ""
  const { host, pathname } = new URL(url, base)
  return `${host}${pathname}`.slice(0, NAME_CHARS_MAX)
}

/** Whether an address lies below another: a model's name may be part of it, and must not lead elsewhere. */
export function isBelow(url: string, base: string): boolean {
  if (!url.startsWith(`${base}/`) || !URL.canParse(url)) return false
  // Only the host may be written in another way: the path must be what it says.
  return new URL(url).href === new URL(base).href.replace(/\/$/, "") + url.slice(base.length)
}

/** What servers say of a path that they do not have, when they say no more than that. */
const NOT_THERE =
  /^\W*(404|405)?\W*((page|path|route|resource|url|endpoint) )?(not found|method not allowed|cannot (post|get) \S+|no route matched with those values|unknown (path|request url|endpoint))\b.{0,100}$/i

/** Whether a refusal is of the path and not of what was asked: `words` are the provider's own, empty where it has none. */
export function isPathRefused(status: number, words: string, text: string): boolean {
  if (status === 404 || status === 405) return words === "" || NOT_THERE.test(words.trim())
  // An API refuses in JSON: where a web page does, another server stands.
  return status < 500 && isHtml(text)
}

export function isHtml(text: string): boolean {
  return /^\s*<(!doctype html|html|head|body)\b/i.test(text.slice(0, 1000))
}

/** The end of a message. */
export const CHECK_BASE_URL = "is that the path of the API? If not, correct network_config.base_url"
