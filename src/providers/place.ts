// Describes the address that was requested, for those who may have to correct it. Pure.
import { NAME_CHARS_MAX } from "./bounds.ts"

/** Host and path, without the parts that may hold a secret: query, user name and password. Empty when the URL is invalid. */
export function formatPlace(url: string, base?: string): string {
  if (!URL.canParse(url, base)) return ""
  const { host, pathname } = new URL(url, base)
  return `${host}${pathname}`.slice(0, NAME_CHARS_MAX)
}

/** Whether an address lies below another. A model's name may be part of the address and must not lead elsewhere. */
export function isBelow(url: string, base: string): boolean {
  if (!url.startsWith(`${base}/`) || !URL.canParse(url)) return false
  // Parsing may change the spelling of the host, but not the path.
  return new URL(url).href === new URL(base).href.replace(/\/$/, "") + url.slice(base.length)
}

/** What servers say when they do not have a path, and nothing more. */
const NOT_THERE =
  /^\W*(404|405)?\W*((page|path|route|resource|url|endpoint) )?(not found|method not allowed|cannot (post|get) \S+|no route matched with those values|unknown (path|request url|endpoint))\b.{0,100}$/i

/** A longer message says more than that. */
const NOT_THERE_CHARS_MAX = 1000

/** Whether the server refused the path and not the request. @param words the provider's message; empty when there is none */
export function isPathRefused(status: number, words: string, text: string): boolean {
  if (status === 404 || status === 405)
    return words === "" || (words.length <= NOT_THERE_CHARS_MAX && NOT_THERE.test(words.trim()))
  // An API refuses in JSON. A web page comes from another server.
  return status < 500 && isHtml(text)
}

export function isHtml(text: string): boolean {
  return /^\s*<(!doctype html|html|head|body)\b/i.test(text.slice(0, 1000))
}

/** The end of an error message. */
export const CHECK_BASE_URL =
  "is that the path of the API? If not, write the whole address of the endpoint as network_config.base_url"
