// A whole screen that is drawn again and again, and keys that end it. However it ends, the terminal is as before, but after SIGKILL.
import { isatty } from "node:tty"
import { steadyNow, systemClock } from "../clock.ts"
import { readSize, type Terminal } from "./terminal.ts"

export interface Screen {
  size(): { columns: number; rows: number }
  /** Shows these lines in place of those before. They must fit. */
  draw(lines: readonly string[]): void
  /** Resolves after so long, or sooner when the screen has another size or the user leaves; never sooner than it may be drawn again. */
  pause(ms: number): Promise<void>
  /** Resolves when the user leaves. */
  left: Promise<void>
  hasLeft(): boolean
  /** Gives the terminal back. Whoever was ended by a signal then ends by it. */
  close(): void
}

/** Twice a second at most. */
const DRAW_MS_MIN = 500

const ENTER = "\u001b[?1049h\u001b[?25l"
const LEAVE = "\u001b[?25h\u001b[?1049l"
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const
const CTRL_C = "\u0003"

/** @param terminal one that can be drawn on */
export function openScreen(terminal: Terminal): Screen {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  const hasKeys = isatty(0)
  let ending: NodeJS.Signals | "key" | null = null
  let isOpen = true
  let drawnAt = Number.NEGATIVE_INFINITY
  let onResize = () => {}

  function end(by: NodeJS.Signals | "key"): void {
    ending ??= by
    leave()
  }
  const onSignal = (signal: NodeJS.Signals) => end(signal)
  const onWindow = () => onResize()
  const onKeys = (data: Buffer) => {
    const keys = data.toString()
    // In raw mode the terminal makes no signal of it.
    if (keys.includes(CTRL_C)) end("SIGINT")
    else if (/^q/i.test(keys)) end("key")
  }

  function restore(): void {
    if (!isOpen) return
    isOpen = false
    if (hasKeys) process.stdin.setRawMode(false)
    try {
      terminal.write(LEAVE)
    } catch {
      // The terminal is gone, and nothing is left to be restored.
    }
  }

  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on("SIGWINCH", onWindow)
  // An error that nobody has caught ends the process without `close`, and is printed onto the screen that was there before.
  process.on("uncaughtExceptionMonitor", restore)
  process.on("exit", restore)
  if (hasKeys) process.stdin.setRawMode(true).on("data", onKeys).resume()
  terminal.write(ENTER)

  return {
    size: readSize,
    left,
    hasLeft: () => ending !== null,
    draw(lines) {
      drawnAt = steadyNow()
      terminal.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join("\r\n")}\u001b[J`)
    },
    async pause(ms) {
      const { promise: over, resolve } = Promise.withResolvers<void>()
      const cancels = [systemClock.after(Math.max(ms, DRAW_MS_MIN), resolve)]
      onResize = () => cancels.push(systemClock.after(drawnAt + DRAW_MS_MIN - steadyNow(), resolve))
      await Promise.race([over, left])
      onResize = () => {}
      for (const cancel of cancels) cancel()
    },
    close() {
      restore()
      for (const signal of SIGNALS) process.off(signal, onSignal)
      process.off("SIGWINCH", onWindow)
      process.off("uncaughtExceptionMonitor", restore)
      process.off("exit", restore)
      if (hasKeys) process.stdin.off("data", onKeys).pause()
      if (ending !== null && ending !== "key") process.kill(process.pid, ending)
    },
  }
}
