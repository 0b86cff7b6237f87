// The signals that ask the process to stop. They are taken before anything else starts, so that none of them finds nobody.
import { readFileSync } from "node:fs"
import { constants } from "node:os"

/** A closed terminal, a quit key and a closed console window ask for what SIGTERM asks for. */
const STOPS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGBREAK"] as const
/** They would end the process, and mean nothing here. */
const IGNORED = ["SIGUSR1", "SIGUSR2"] as const

export interface StopSignals {
  /** Resolves with the first one. A second one ends the process at once, with 1. */
  asked: Promise<NodeJS.Signals>
  isAsked(): boolean
  /** Gives the signals back to the system. */
  release(): void
}

export function takeStopSignals(): StopSignals {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let isAsked = false
  const onStop = (signal: NodeJS.Signals) => {
    if (isAsked) process.exit(1)
    isAsked = true
    resolve(signal)
  }
  const onIgnored = () => {}
  const stops = STOPS.filter((name) => name in constants.signals && !(name === "SIGHUP" && isIgnored(name)))
  const ignored = IGNORED.filter((name) => name in constants.signals)
  for (const name of stops) process.on(name, onStop)
  for (const name of ignored) process.on(name, onIgnored)
  return {
    asked: promise,
    isAsked: () => isAsked,
    release() {
      for (const name of stops) process.off(name, onStop)
      for (const name of ignored) process.off(name, onIgnored)
    },
  }
}

/** Whether whoever started the process had it ignore the signal, as nohup does. Only Linux tells. */
function isIgnored(name: NodeJS.Signals): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"
    return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[name] - 1)) & 1n) === 1n
  } catch {
    return false
  }
}
