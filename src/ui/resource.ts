// What a screen reads from the gateway: the last answer, what is wrong, and a way to read again.
import { useEffect, useRef, useState } from "preact/hooks"
import { isPaused } from "./changes.ts"
import { explain, read } from "./client.ts"
import { after, every, isVisible } from "./ticks.ts"

export interface Resource<T> {
  /** The last answer. It stays while another one is read, and when that fails. */
  data: T | null
  /** The answer is that of the path before: the one of this path is on its way. */
  isOld: boolean
  /** Why there is no newer one, as a sentence. */
  error: string | null
  isLoading: boolean
  /** Reads again; several calls while an answer is on its way lead to one more question. */
  reload(): void
}

interface State<T> {
  data: T | null
  /** The path that the data is of. */
  of: string | null
  error: string | null
  isLoading: boolean
}

/** How an answer is continued instead of being read whole again. */
interface Continuation<T> {
  /** Where what is newer than the last answer is. */
  path(last: T): string
  join(last: T, newer: T): T
}

/**
 * @param path null: nothing is read
 * @param everyMs reads again as often while the page is visible and not paused; never two at a time
 * @param readFrom how an answer is read, where it is not JSON to be read whole
 */
export function useResource<T>(
  path: string | null,
  everyMs: number | null = null,
  more: Continuation<T> | null = null,
  readFrom: (path: string, signal: AbortSignal) => Promise<T> = read,
): Resource<T> {
  const reader = useRef(readFrom)
  reader.current = readFrom
  const [state, setState] = useState<State<T>>({ data: null, of: null, error: null, isLoading: path !== null })
  const reload = useRef(() => {})
  useEffect(() => {
    if (path === null) return setState({ data: null, of: null, error: null, isLoading: false })
    const controller = new AbortController()
    let isAsking = false
    let isAskedAgain = false
    let last: T | null = null
    const load = async () => {
      isAskedAgain = isAsking
      if (isAsking) return
      isAsking = true
      setState((state) => ({ ...state, isLoading: true }))
      const before = more === null ? null : last
      const next = await reader
        .current(before === null || more === null ? path : more.path(before), controller.signal)
        .then(
          (data) => ({
            data: before === null || more === null ? data : more.join(before, data),
            of: path,
            error: null,
          }),
          (error: unknown) => ({ error: explain(error) }),
        )
      isAsking = false
      if (controller.signal.aborted) return
      if ("data" in next) last = next.data
      setState((state) => ({ ...state, ...next, isLoading: false }))
      if (isAskedAgain) void load()
    }
    reload.current = () => void load()
    setState((state) => ({ ...state, error: null }))
    void load()
    const refresh = () => isPaused.peek() || void load()
    const stop = everyMs === null ? () => {} : every(everyMs, refresh)
    // What was missed while the page was hidden.
    let wasVisible = isVisible.peek()
    const unwatch = isVisible.subscribe((visible) => {
      if (visible && !wasVisible && everyMs !== null) refresh()
      wasVisible = visible
    })
    return () => {
      controller.abort()
      stop()
      unwatch()
    }
  }, [path, everyMs])
  const { of, ...rest } = state
  return { ...rest, isOld: of !== path, reload: () => reload.current() }
}

/** Calls `run` at most once in a while: at once, and once more at the end where it was wanted in between. */
export function useSometimes(run: () => void, ms: number): () => void {
  const latest = useRef(run)
  latest.current = run
  const rest = useRef<{ isWanted: boolean; stop(): void } | null>(null)
  useEffect(() => () => rest.current?.stop(), [])
  const wish = () => {
    if (rest.current !== null) {
      rest.current.isWanted = true
      return
    }
    latest.current()
    const stop = after(ms, () => {
      const isWanted = rest.current?.isWanted
      rest.current = null
      if (isWanted) wish()
    })
    rest.current = { isWanted: false, stop }
  }
  return wish
}
