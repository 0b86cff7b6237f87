// A small disk of one's own, in memory, that can be filled and emptied: needs the right to mount.
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs"
import { join } from "node:path"

export interface Room {
  /** Where it is mounted. */
  path: string
  /** Takes all space but so many bytes. */
  fill(freeBytes?: number): void
  /** Gives back what `fill` took. */
  empty(): void
  freeBytes(): number
  /** Takes the disk away with all that is on it. */
  close(): void
}

const MIB = 1024 * 1024

/** Mounts a disk of `mb` MiB at a new directory, or says why this machine does not allow it. */
export function openRoom(path: string, mb: number): Room | { reason: string } {
  if (process.platform !== "linux") return { reason: "only Linux has a disk in memory (tmpfs) to mount" }
  mkdirSync(path, { recursive: true })
  const { success, stderr } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${mb}m`, "tmpfs", path])
  if (!success) return { reason: `a disk in memory cannot be mounted here: ${stderr.toString().trim()}` }
  const ballast = join(path, "ballast")

  function freeBytes(): number {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  }

  return {
    path,
    freeBytes,
    fill(wanted = 0) {
      const file = openSync(ballast, "a")
      for (const step of [MIB, 4096]) {
        const bytes = new Uint8Array(step)
        try {
          while (freeBytes() - step >= wanted) writeSync(file, bytes)
        } catch (error) {
          // Somebody else was faster.
          if ((error as { code?: unknown }).code !== "ENOSPC") throw error
        }
      }
      closeSync(file)
    },
    empty: () => rmSync(ballast, { force: true }),
    close() {
      Bun.spawnSync(["umount", "--lazy", path])
      rmSync(path, { recursive: true, force: true })
    },
  }
}
