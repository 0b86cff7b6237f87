// The bytes of files in PostgreSQL, so that every gateway of the database has them. A file that is not complete has another name.
import type { FileBytes } from "../filebytes.ts"
import { StoreError } from "../storeerror.ts"
import type { Asking } from "./pgdriver.ts"

type Ask = Asking["ask"]

const PIECE_BYTES = 256 * 1024
/** Before the name of a file that is not complete. */
const DRAFT_PREFIX = "draft-"

export function createPgFiles(ask: Ask): FileBytes {
  const remove = async (name: string): Promise<void> => {
    await ask("DELETE FROM file_pieces WHERE file = $1::text", [name])
  }

  /** The pieces from this one on. @throws {StoreError} the file is deleted while it is read */
  async function* readFrom(name: string, first: number): AsyncGenerator<Uint8Array> {
    const [row] = await ask<{ count: number }>(
      "SELECT count(*)::integer AS count FROM file_pieces WHERE file = $1::text",
      [name],
    )
    for (let piece = first; piece < (row?.count ?? 0); piece++) {
      const [found] = await ask<{ data: Uint8Array }>(
        "SELECT data FROM file_pieces WHERE file = $1::text AND piece = $2::integer",
        [name, piece],
      )
      if (!found) throw new StoreError("conflict", "FILE_GONE", "the file was deleted while it was read")
      yield found.data
    }
  }

  return {
    async create(name) {
      const draft = `${DRAFT_PREFIX}${name}`
      const pending = Buffer.allocUnsafe(PIECE_BYTES)
      let pendingBytes = 0
      let pieces = 0
      let length = 0

      async function flush(): Promise<void> {
        await ask("INSERT INTO file_pieces (file, piece, data) VALUES ($1::text, $2::integer, $3::bytea)", [
          draft,
          pieces,
          pending.subarray(0, pendingBytes),
        ])
        pieces++
        pendingBytes = 0
      }

      return {
        async write(bytes) {
          for (let at = 0; at < bytes.length; ) {
            const some = bytes.subarray(at, at + PIECE_BYTES - pendingBytes)
            pending.set(some, pendingBytes)
            pendingBytes += some.length
            at += some.length
            if (pendingBytes === PIECE_BYTES) await flush()
          }
          length += bytes.length
        },

        async keep() {
          // An empty file has a piece too: it is there.
          if (pendingBytes > 0 || pieces === 0) await flush()
          const kept = await ask("UPDATE file_pieces SET file = $2::text WHERE file = $1::text RETURNING piece", [
            draft,
            name,
          ])
          if (kept.length !== pieces)
            throw new StoreError("conflict", "FILE_GONE", "the file was deleted while it was written")
          return length
        },

        async abandon() {
          await remove(draft)
          await remove(name)
        },
      }
    },

    read(name, from = 0) {
      const pieces = readFrom(name, Math.floor(from / PIECE_BYTES))
      let skipped = from % PIECE_BYTES
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            const { done, value } = await pieces.next()
            if (done) {
              controller.close()
              return
            }
            controller.enqueue(value.subarray(skipped))
            skipped = 0
          },
          cancel: () => void pieces.return(undefined),
        },
        { highWaterMark: 0 },
      )
    },

    pieces: (name) => readFrom(name, 0),

    async exists(name) {
      const found = await ask("SELECT 1 AS there FROM file_pieces WHERE file = $1::text AND piece = 0", [name])
      return found.length > 0
    },

    remove,

    async removeOthers(names) {
      const others = await ask<{ file: string }>(
        `SELECT DISTINCT file FROM file_pieces WHERE file NOT IN (SELECT json_array_elements_text($1::text::json))`,
        [JSON.stringify([...names])],
      )
      for (const { file } of others) await remove(file)
      return others.length
    },
  }
}
