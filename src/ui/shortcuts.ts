// The keys that do something. Those that are listed here now are what the help shows; none works while the reader types.
import { signal } from "@preact/signals"
import { useLayoutEffect, useRef } from "preact/hooks"
import { after } from "./ticks.ts"

/** By key, as "x", "Enter" or "g o" (one after the other): what it does, in words, and how. */
export type Shortcuts = Record<string, { does: string; run(): void }>

const KEY = "asyncgate.shortcuts"
/** WCAG 2.1.4: keys of a single letter can be switched off. */
export const areShortcutsOn = signal(localStorage.getItem(KEY) !== "off")
const tables = signal<readonly { current: Shortcuts }[]>([])

/** The table is that of the last render. */
export function useShortcuts(given: Shortcuts): void {
  const table = useRef(given)
  table.current = given
  // With what is drawn, not after it: a key that is pressed at once is not lost.
  useLayoutEffect(() => {
    tables.value = [...tables.value, table]
    return () => {
      tables.value = tables.value.filter((each) => each !== table)
    }
  }, [])
}

/** Every key that does something at this moment. */
export function listShortcuts(): { key: string; does: string }[] {
  const all = Object.assign({}, ...tables.value.map(({ current }) => current)) as Shortcuts
  return Object.entries(all).map(([key, { does }]) => ({ key, does }))
}

export function switchShortcuts(isOn: boolean): void {
  areShortcutsOn.value = isOn
  localStorage.setItem(KEY, isOn ? "on" : "off")
}

export function startShortcuts(): void {
  let before = ""
  let forget = () => {}
  document.addEventListener("keydown", (event) => {
    if (!areShortcutsOn.value || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return
    // Enter on a link or a button is that link's.
    if (event.key === "Enter" && event.target instanceof Element && event.target.closest("a, button, summary")) return
    const wanted = before === "" ? event.key : `${before} ${event.key}`
    before = ""
    forget()
    const found = tables.value.findLast(({ current }) => wanted in current)?.current[wanted]
    if (found) {
      event.preventDefault()
      found.run()
    } else if (tables.value.some(({ current }) => Object.keys(current).some((key) => key.startsWith(`${wanted} `)))) {
      before = wanted
      forget = after(1500, () => {
        before = ""
      })
    }
  })
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select"))
  )
}
