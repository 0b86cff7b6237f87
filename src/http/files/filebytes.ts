// The bytes of uploaded files and of batches' results: one file each, in a directory beside the database. The rows that name them are
// the engine's. A file is complete and on disk, its name included, before its row is stored: bytes without a row are of an upload
// that was interrupted, and a start deletes them.
import { promises as fs, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"

/** A file that is being written. */
export interface FileDraft {
  /** Writes the bytes behind those before. @throws what the disk says */
  write(bytes: Uint8Array): Promise<void>
  /** Resolves with the length when the file has its name and is on disk. */
  keep(): Promise<number>
  /** Deletes what was written, also where it was kept or could not be kept whole. */
  abandon(): Promise<void>
}

export type FileBytes = ReturnType<typeof createFileBytes>

/** Before the name of a file that is not complete. */
const DRAFT_PREFIX = "draft-"
const PIECE_BYTES = 128 * 1024

/** @param directory is created with the first file */
export function createFileBytes(directory: string) {
  const find = (name: string) => join(directory, name)

  return {
    /** @param name unique, of letters, digits, - and _ */
    async create(name: string): Promise<FileDraft> {
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

    /** The bytes from an offset on. A reader that has begun reads on when the file is deleted meanwhile. */
    read: (name: string, from = 0): ReadableStream<Uint8Array> => Bun.file(find(name)).slice(from).stream(),

    /**
     * The bytes from the beginning on, for a reader that takes its time: each piece is in the memory of the one before. Bun's own stream
     * takes new memory for pieces of 512 KB, and those that a slow reader holds become old garbage.
     */
    async *pieces(name: string): AsyncGenerator<Uint8Array> {
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

    exists: (name: string): Promise<boolean> => Bun.file(find(name)).exists(),

    remove: (name: string): Promise<void> => fs.rm(find(name), { force: true }),

    /** Deletes every file but these. @returns how many there were */
    removeOthers(names: ReadonlySet<string>): number {
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
