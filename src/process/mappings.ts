// Gives back the pages of the program's own file that only the start has touched.
import { readFileSync } from "node:fs"
import type { Clock } from "../clock.ts"
import type { Log } from "../log.ts"

/** By then every thread has started and collected its garbage. */
const SETTLED_MS = 1000
/** The C library under its names in glibc's and in musl's systems. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]
/** Of madvise(2): takes the pages out of this process. Of a file they come back from the system's cache when they are touched. */
const MADV_DONTNEED = 4

/** On Linux, takes about 15 MB out of the resident memory of a gateway that has started. Where it cannot, they stay there, and nothing else changes. */
export function giveBackOnceSettled(clock: Clock, log: Log): void {
  if (process.platform !== "linux") return
  clock.after(SETTLED_MS, () =>
    giveBack().then(
      () => log.debug("pages that only the start has touched are given back"),
      (error) => log.debug("pages that only the start has touched stay in memory", { reason: String(error) }),
    ),
  )
}

async function giveBack(): Promise<void> {
  const { dlopen } = await import("bun:ffi")
  const { symbols, close } = openLibrary(dlopen)
  for (const { from, bytes } of listUnchanged(readFileSync("/proc/self/smaps", "utf8"))) {
    if (symbols.madvise(from, bytes, MADV_DONTNEED) !== 0) throw new Error("madvise refuses")
  }
  close()
}

function openLibrary(dlopen: typeof import("bun:ffi").dlopen) {
  for (const name of LIBRARIES) {
    try {
      return dlopen(name, { madvise: { args: ["u64", "u64", "i32"], returns: "i32" } })
    } catch {
      // The next name may be that of this system.
    }
  }
  throw new Error(`none of ${LIBRARIES.join(", ")} can be opened`)
}

/**
 * The mappings of files that can only be read or executed, and of which no page was ever written: a page that was written, as one with
 * relocated addresses, is nowhere but in this process.
 * @param smaps what /proc/self/smaps says
 */
export function listUnchanged(smaps: string): { from: number; bytes: number }[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((mapping) => {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) r-[-x]p \S+ \S+ [1-9]\d* +\//.exec(mapping) ?? []
    if (!from || !to || !/^Anonymous: +0 kB$/m.test(mapping)) return []
    const start = Number.parseInt(from, 16)
    return [{ from: start, bytes: Number.parseInt(to, 16) - start }]
  })
}
