// Who the reader is, and what they may see. The key stays in this tab's sessionStorage.
import { effect, signal } from "@preact/signals"
import { ask, explain, Refused, refusals, token } from "./client.ts"

export interface Me {
  kind: "admin" | "virtual_key" | "sole_user" | "caller_key" | "anonymous"
  virtual_key: { id: string; name: string } | null
  may: { list: boolean; operate: boolean; manage_keys: boolean }
  /** `bodies` is false where requests and results are not to be shown. */
  ui: { bodies: boolean }
  version: string
}

/** Null: not known yet. */
export const me = signal<Me | null>(null)
/** Why it is not known, as a sentence. */
export const trouble = signal<string | null>(null)

const KEY = "asyncgate.token"

export function startSession(): void {
  token.value = takeFragment() ?? sessionStorage.getItem(KEY)
  // The address of `asyncgate ui`, opened where the dashboard is already, does not load the page.
  addEventListener("hashchange", () => {
    const key = takeFragment()
    if (key !== null) beginAnew(key)
  })
  let seen = refusals.value
  effect(() => {
    if (refusals.value === seen) return
    seen = refusals.value
    const kind = me.peek()?.kind ?? "anonymous"
    if (kind !== "anonymous") void identify()
  })
  void identify()
}

let isAsking = false

/** Asks the gateway who the reader is. */
export async function identify(): Promise<void> {
  // The refusal of this very question would ask it again.
  if (isAsking) return
  isAsking = true
  const key = token.value
  try {
    me.value = await whoIs(key)
    trouble.value = null
  } catch (error) {
    // It says nothing of the key that the reader has taken meanwhile.
    if (token.value !== key) return
    const isKey = error instanceof Refused && error.status >= 400 && error.status < 500
    // A key that is not known any more is of no use: the reader signs in again.
    const hadKey = key !== null
    if (isKey) forget()
    // Where callers must be known, a stranger is refused here already; that is no trouble.
    trouble.value = isKey && !hadKey ? null : explain(error)
    me.value = isKey ? anonymous : null
  } finally {
    isAsking = false
  }
}

/**
 * Takes a key, where the gateway knows it, and loads the page with it.
 * @throws {Refused} what is wrong with it
 */
export async function signIn(key: string): Promise<void> {
  const found = await whoIs(key)
  if (found.kind !== "admin" && found.kind !== "virtual_key") {
    throw new Refused(401, "unknown_key", "The gateway knows no such key. It takes its admin token, or a virtual key.")
  }
  sessionStorage.setItem(KEY, key)
  beginAnew(key)
}

export function signOut(): void {
  forget()
  beginAnew(null)
}

/** Loads the page again: nothing that was read with another key is left in it. */
function beginAnew(key: string | null): void {
  token.value = key
  me.value = null
  location.reload()
}

const anonymous: Me = {
  kind: "anonymous",
  virtual_key: null,
  may: { list: false, operate: false, manage_keys: false },
  ui: { bodies: true },
  version: "",
}

async function whoIs(key: string | null): Promise<Me> {
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` }
  const response = await ask("/v1/async/me", { headers })
  return (await response.json()) as Me
}

function forget(): void {
  sessionStorage.removeItem(KEY)
  token.value = null
}

/** The key in `#token=…`, with which `asyncgate ui` opens the page. It is wiped from the address at once. */
function takeFragment(): string | null {
  const found = new URLSearchParams(location.hash.slice(1)).get("token")
  if (found === null) return null
  history.replaceState(null, "", location.pathname + location.search)
  const key = found.trim()
  if (key === "") return null
  sessionStorage.setItem(KEY, key)
  return key
}
