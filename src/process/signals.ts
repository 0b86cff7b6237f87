// The signals that ask the process to stop. Their handlers are installed before anything else starts, so that none is missed.
import { readFileSync } from "node:fs"
import { constants } from "node:os"

/** A closed terminal, the quit key and a closed console window mean the same as SIGTERM. */
const STOPS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGBREAK"] as const
/** They have no meaning here, and would end the process by default. */
const IGNORED = ["SIGUSR1", "SIGUSR2"] as const

export interface StopSignals {
  /** Resolves with the first signal. A second one ends the process at once, with exit code 1. */
  asked: Promise<NodeJS.Signals>
  isAsked(): boolean
  /** Asks as a first signal does. The first that comes after it is not a second one. */
  ask(signal: NodeJS.Signals): void
  /** Removes the handlers. */
  release(): void
}

export function takeStopSignals(): StopSignals {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let isAsked = false
  let isSignalled = false
  const ask = (signal: NodeJS.Signals) => {
    isAsked = true
    resolve(signal)
  }
  const onStop = (signal: NodeJS.Signals) => {
    if (isSignalled) process.exit(1)
    isSignalled = true
    ask(signal)
  }
  const onIgnored = () => {}
  const stops = STOPS.filter((name) => name in constants.signals && !(name === "SIGHUP" && isIgnored(name)))
  const ignored = IGNORED.filter((name) => name in constants.signals)
  for (const name of stops) process.on(name, onStop)
  for (const name of ignored) process.on(name, onIgnored)
  return {
    asked: promise,
    isAsked: () => isAsked,
    ask,
    release() {
      for (const name of stops) process.off(name, onStop)
      for (const name of ignored) process.off(name, onIgnored)
    },
  }
}

/** Whether the process was started with this signal ignored, as nohup does. Only Linux lets a process see that. */
function isIgnored(name: NodeJS.Signals): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"
    return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[name] - 1)) & 1n) === 1n
  } catch {
    return false
  }
}
