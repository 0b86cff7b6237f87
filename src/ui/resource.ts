// What a screen reads from the gateway: the last answer, what is wrong, and a way to read again.
import { useEffect, useRef, useState } from "preact/hooks"
import { isPaused } from "./changes.ts"
import { explain, read } from "./client.ts"
import { every, isVisible } from "./ticks.ts"

export interface Resource<T> {
  /** The last answer. It stays while another one is read, and when that fails. */
  data: T | null
  /** Why there is no newer one, as a sentence. */
  error: string | null
  isLoading: boolean
  /** Reads again; several calls while an answer is on its way lead to one more question. */
  reload(): void
}

/**
 * @param path null: nothing is read
 * @param everyMs reads again as often while the page is visible and not paused; never two at a time
 */
export function useResource<T>(path: string | null, everyMs: number | null = null): Resource<T> {
  const [state, setState] = useState<{ path: string | null; data: T | null; error: string | null; isLoading: boolean }>(
    {
      path,
      data: null,
      error: null,
      isLoading: path !== null,
    },
  )
  const reload = useRef(() => {})
  useEffect(() => {
    if (path === null) return setState({ path, data: null, error: null, isLoading: false })
    const controller = new AbortController()
    let isAsking = false
    let isAskedAgain = false
    const load = async () => {
      if (isAsking) {
        isAskedAgain = true
        return
      }
      isAsking = true
      setState((last) => ({ ...last, path, isLoading: true }))
      const next = await read<T>(path, controller.signal).then(
        (data) => ({ data, error: null }),
        (error: unknown) => ({ error: explain(error) }),
      )
      isAsking = false
      if (controller.signal.aborted) return
      setState((last) => ({ ...last, ...next, isLoading: false }))
      if (isAskedAgain) {
        isAskedAgain = false
        void load()
      }
    }
    reload.current = () => void load()
    void load()
    const stop = everyMs === null ? () => {} : every(everyMs, () => isPaused.peek() || void load())
    // What was missed while the page was hidden.
    let wasVisible = isVisible.peek()
    const unwatch = isVisible.subscribe((visible) => {
      if (visible && !wasVisible && everyMs !== null && !isPaused.peek()) void load()
      wasVisible = visible
    })
    return () => {
      controller.abort()
      stop()
      unwatch()
    }
  }, [path, everyMs])
  const isOld = state.path !== path
  return {
    data: state.data,
    error: isOld ? null : state.error,
    isLoading: isOld || state.isLoading,
    reload: () => reload.current(),
  }
}
