// The bytes of files in a directory beside the database, one file each.
import { promises as fs, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { FileBytes } from "../filebytes.ts"

/** Before the name of a file that is not complete. */
const DRAFT_PREFIX = "draft-"
const PIECE_BYTES = 128 * 1024

/** @param directory is created with the first file */
export function createFileDirectory(directory: string): FileBytes {
  const find = (name: string) => join(directory, name)

  return {
    async create(name) {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const draft = find(`${DRAFT_PREFIX}${name}`)
      const file = await fs.open(draft, "wx", 0o600)
      let length = 0
      return {
        async write(bytes) {
          // One call may write a part only.
          for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
          length += bytes.length
        },
        async keep() {
          await file.sync()
          await file.close()
          await fs.rename(draft, find(name))
          await syncDirectory(directory)
          return length
        },
        async abandon() {
          await file.close().catch(() => {})
          await fs.rm(draft, { force: true })
          await fs.rm(find(name), { force: true })
        },
      }
    },

    /** A reader that has begun reads on when the file is deleted meanwhile. */
    read: (name, from = 0) => Bun.file(find(name)).slice(from).stream(),

    /**
     * Each piece is in the memory of the one before. Bun's own stream takes new memory for pieces of 512 KB, and those that a slow
     * reader holds become old garbage.
     */
    async *pieces(name) {
      const file = await fs.open(find(name))
      try {
        const memory = Buffer.allocUnsafeSlow(PIECE_BYTES)
        for (;;) {
          const { bytesRead } = await file.read(memory)
          if (bytesRead === 0) return
          yield memory.subarray(0, bytesRead)
        }
      } finally {
        await file.close()
      }
    },

    exists: (name) => Bun.file(find(name)).exists(),

    remove: (name) => fs.rm(find(name), { force: true }),

    async removeOthers(names) {
      const others = listNames(directory).filter((name) => !names.has(name))
      for (const name of others) rmSync(find(name), { force: true })
      return others.length
    },
  }
}

function listNames(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

/** A new name is on disk only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory.
  if (process.platform === "win32") return
  const directory = await fs.open(path, "r")
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
