// Makes disk.c into a library, and starts programs on a disk that is so much slower and whose syncs are counted.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Environment, Stage } from "./stage.ts"

export interface Disk {
  /** What a program must be started with. */
  env: Environment
  /** How often it has synced. */
  syncs(): number
}

export type OpenDisk = (delayMs: number) => Disk

/** The library of this machine, or why it cannot have one. */
export function buildDisk(stage: Stage): OpenDisk | { missing: string } {
  if (process.platform !== "linux") return { missing: "a slower disk: its shim is for Linux" }
  const compiler = Bun.which("gcc") ?? Bun.which("cc")
  if (!compiler) return { missing: "a slower disk: there is no C compiler; apt-get install gcc" }
  const library = join(stage.directory(), "disk.so")
  const source = join(import.meta.dir, "disk.c")
  const { success, stderr } = Bun.spawnSync([compiler, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"])
  if (!success) return { missing: `a slower disk: disk.c cannot be compiled here: ${stderr.toString().trim()}` }
  return (delayMs) => {
    const path = join(stage.directory(), "syncs")
    writeFileSync(path, new Uint8Array(8))
    return {
      env: { LD_PRELOAD: library, DISK_DELAY_US: String(delayMs * 1000), DISK_COUNT: path },
      syncs: () => Number(readFileSync(path).readBigInt64LE()),
    }
  }
}
