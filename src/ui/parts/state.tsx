// The state of a job: by a word, a shape and a colour, so that none of them is needed alone.
import type { ComponentChildren } from "preact"

const shapes: Record<string, { tone: string; draw: preact.JSX.Element }> = {
  queued: { tone: "quiet", draw: <circle cx="6" cy="6" r="4" /> },
  running: {
    tone: "busy",
    draw: (
      <>
        <circle cx="6" cy="6" r="4" />
        <path class="solid" d="M6 2a4 4 0 0 1 0 8z" />
      </>
    ),
  },
  waiting: {
    tone: "wait",
    draw: <path d="M6 3v3l2.200 1.500M6 1.700a4.300 4.300 0 1 1 0 8.600 4.300 4.300 0 0 1 0-8.600z" />,
  },
  succeeded: { tone: "good", draw: <path d="M2 6.500 5 9.300 10.300 3.200" /> },
  failed: { tone: "bad", draw: <path d="M2.700 2.700l6.600 6.600M9.300 2.700 2.700 9.300" /> },
  cancelled: {
    tone: "quiet",
    draw: <path d="M3.200 8.800l5.600-5.600M6 1.700a4.300 4.300 0 1 1 0 8.600 4.300 4.300 0 0 1 0-8.600z" />,
  },
}

export function StateMark({ state }: { state: string }) {
  return <Mark tone={shapes[state]?.tone ?? "quiet"} shape={state} text={state} />
}

/** Any fact in the look of a state: `shape` is that of the state of this name. */
export function Mark({
  tone,
  shape,
  text,
  children,
}: {
  tone: string
  shape: string
  text: string
  children?: ComponentChildren
}) {
  return (
    <span class={`state ${tone}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true" focusable="false">
        {shapes[shape]?.draw ?? <circle cx="6" cy="6" r="2" />}
      </svg>
      <span>
        {text}
        {children}
      </span>
    </span>
  )
}
