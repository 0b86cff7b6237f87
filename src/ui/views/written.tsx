// What the model writes while it writes it, and the stored result in its place once that is there. It has a height of its own, so that
// nothing else moves as it grows, and stays at its end while the reader is there.
import type { ComponentChildren } from "preact"
import { useEffect, useLayoutEffect, useRef } from "preact/hooks"
import { writeBytes } from "../format.ts"
import { announce } from "../parts/toast.tsx"
import { KEPT, type Words } from "../words.ts"
import { ResponsesResult } from "./messages.tsx"
import { Drawn } from "./prose.tsx"

const NEAR_PX = 24
/** All that is kept of the words, and reasoning too: the reader follows it. */
const drawn = { chars: 2 * KEPT, isUnfolded: true }

/**
 * @param note how far the job is
 * @param children the stored result; null: it is not there
 */
export function Written({ words, note, children }: { words: Words; note: string; children: ComponentChildren }) {
  const { attempts, isCut } = words
  const broken = attempts.slice(0, -1)
  const last = attempts.at(-1)
  const isStored = children !== null
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  useLayoutEffect(() => {
    if (box.current !== null && isAtEnd.current && !isStored) box.current.scrollTop = box.current.scrollHeight
  })
  const look = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {}
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX
  }
  useEffect(() => announce(`Attempt ${last?.attempt} writes its answer`), [last?.attempt])
  useEffect(() => {
    if (isStored) announce("The result is stored")
  }, [isStored])
  return (
    <Drawn.Provider value={drawn}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
      <div class="written" ref={box} role="group" tabIndex={0} aria-label="What the model writes" onScroll={look}>
        {broken.map(({ attempt, items }, at) => (
          <div key={attempt} class="broken">
            <ResponsesResult value={{ output: items }} />
            <p class="unknown">
              Attempt {attempt} broke off here. Attempt {attempts[at + 1]?.attempt} begins anew.
            </p>
          </div>
        ))}
        {children ?? <ResponsesResult value={{ output: last?.items }} />}
      </div>
      <p class="unknown">
        {note}
        {isCut && !isStored ? ` Of a long answer the last ${writeBytes(KEPT)} are shown.` : ""}
      </p>
    </Drawn.Provider>
  )
}
