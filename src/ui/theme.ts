// Dark or light: as the system says, until the reader chooses. The choice stays in this browser.
import { computed, effect, signal } from "@preact/signals"

type Theme = "system" | "light" | "dark"
const KEY = "asyncgate.theme"
const order: readonly Theme[] = ["system", "light", "dark"]

const darkSystem = matchMedia("(prefers-color-scheme: dark)")
const isSystemDark = signal(darkSystem.matches)
export const theme = signal<Theme>(order.find((each) => each === localStorage.getItem(KEY)) ?? "system")
const shown = computed(() => (theme.value !== "system" ? theme.value : isSystemDark.value ? "dark" : "light"))

export function startTheme(): void {
  darkSystem.addEventListener("change", () => {
    isSystemDark.value = darkSystem.matches
  })
  effect(() => {
    document.documentElement.dataset["theme"] = shown.value
  })
}

export function changeTheme(): void {
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? "system"
  localStorage.setItem(KEY, theme.value)
}
