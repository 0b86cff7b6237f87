// Where the reader is: the address, as a signal. Links inside the dashboard change it without loading the page again.
import { signal } from "@preact/signals"

export const url = signal(new URL(location.href))

/** Goes to an address of the dashboard; `isReplacing`: in place of the present one, so that "back" skips it. */
export function go(to: string | URL, isReplacing = false): void {
  const next = new URL(to, url.value)
  if (next.href === url.value.href) return
  if (isReplacing) history.replaceState(null, "", next)
  else history.pushState(null, "", next)
  const isOtherPath = next.pathname !== url.value.pathname
  url.value = next
  if (!isOtherPath) return
  scrollTo(0, 0)
  // Where a new page would begin for those who do not see it.
  document.getElementById("content")?.focus({ preventScroll: true })
}

/** The present address with other parameters; null removes one. The order of the others stays. */
export function withQuery(changes: Record<string, string | null>, path = url.value.pathname): string {
  const query = new URLSearchParams(url.value.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(name)
    else query.set(name, value)
  }
  return query.size === 0 ? path : `${path}?${query}`
}

/** The parts of a path that stand for the `:names` of a pattern; null: it does not match. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/")
  const given = path.replace(/(?<=.)\/$/, "").split("/")
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? ""
    if (part.startsWith(":")) params[part.slice(1)] = decode(value)
    else if (part !== value) return null
  }
  return params
}

export function startRouter(): void {
  addEventListener("popstate", () => {
    url.value = new URL(location.href)
  })
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    if (link === null || event.defaultPrevented || !isPlain || link.target !== "" || link.hasAttribute("download"))
      return
    if (link.origin !== location.origin || !/^\/ui(\/|$)/.test(link.pathname)) return
    event.preventDefault()
    if (link.hash !== "" && link.search === location.search && link.pathname === location.pathname) {
      // A place of this page, which those who do not see it are led to by the focus.
      document.getElementById(link.hash.slice(1))?.focus()
    } else go(link.href)
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
