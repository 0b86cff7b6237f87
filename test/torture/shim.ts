// Makes faults.c into a library, and steers it while a process runs with it: what its disk refuses, how far its clock is off.
import { closeSync, mkdtempSync, openSync, readSync, writeSync } from "node:fs"
import { constants } from "node:os"
import { join } from "node:path"

export type DiskError = "EIO" | "ENOSPC" | "EROFS"
export type DiskCall = "sync" | "write" | "truncate"

/** Where the members of `struct control` in faults.c lie. */
const offsets = { sync: 0, write: 4, truncate: 8, clock: 16, syncs: 24, failed: 32 }
const CONTROL_BYTES = 40

export type Shim = ReturnType<typeof steer>

/** Builds the library in `parent`, or says why this machine cannot have it. */
export function compileShim(parent: string): { library: string } | { reason: string } {
  if (process.platform !== "linux") return { reason: "the shim is for Linux" }
  const compiler = Bun.which("cc")
  if (!compiler) return { reason: "there is no C compiler (cc) on this machine" }
  const library = join(mkdtempSync(join(parent, "shim-")), "faults.so")
  const source = join(import.meta.dir, "faults.c")
  const { success, stderr } = Bun.spawnSync([compiler, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"])
  return success ? { library } : { reason: `faults.c cannot be compiled here: ${stderr.toString().trim()}` }
}

/** @param directory whose files are the ones that can fail; it must be there when the process starts */
export function steer(library: string, directory: string) {
  const path = join(mkdtempSync(`${library}-`), "control")
  const file = openSync(path, "w+", 0o600)
  writeSync(file, new Uint8Array(CONTROL_BYTES))

  function read(offset: number): number {
    const bytes = Buffer.alloc(8)
    readSync(file, bytes, 0, 8, offset)
    return Number(bytes.readBigInt64LE())
  }

  return {
    /** What the process must be started with. */
    env: { LD_PRELOAD: library, FAULTS_CONTROL: path, FAULTS_DIRECTORY: directory },
    /** Lets the process make a copy of the directory in this one before each change: what a kill at that moment leaves. */
    copiesTo: (copies: string) => ({ FAULTS_COPIES: copies }),

    /** From now on such calls fail; null: they do what they always do. */
    fail(call: DiskCall, error: DiskError | null): void {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32LE(error === null ? 0 : constants.errno[error])
      writeSync(file, bytes, 0, 4, offsets[call])
    },

    /** Sets the wall clock so far from the true one. */
    setClock(ms: number): void {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(ms))
      writeSync(file, bytes, 0, 8, offsets.clock)
    },

    /** How many syncs came by: none means that the process does not know the shim. */
    syncs: () => read(offsets.syncs),
    /** How many calls were made to fail. */
    failed: () => read(offsets.failed),
    close: () => closeSync(file),
  }
}
