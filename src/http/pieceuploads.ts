// Uploads of bodies to the engine, piece by piece, and how many pieces of each are on disk.
import type { GatewayError } from "../errors.ts"

/** How many pieces of a body may be sent and not stored yet: this bounds the memory of an upload. */
const PIECES_MAX = 4

/** Sends pieces to the engine. */
export interface PieceSender {
  /** @throws {GatewayError} shutting_down */
  sendPiece(id: string, seq: number, bytes: Uint8Array<ArrayBuffer>): void
  discardPieces(id: string): void
}

export class PieceUploads {
  private readonly uploads = new Map<string, Progress>()

  constructor(private readonly sender: PieceSender) {}

  /**
   * Stores the pieces of a body under the id of the job to be. `push` resolves when another piece may be sent, `done` when all
   * are on disk. `discard` deletes them where the body does not become a job.
   */
  start(id: string) {
    const { uploads, sender } = this
    const progress = new Progress()
    uploads.set(id, progress)
    let count = 0
    return {
      async push(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
        sender.sendPiece(id, count, bytes)
        count++
        await progress.reach(count - PIECES_MAX)
      },
      async done(): Promise<void> {
        await progress.reach(count)
        uploads.delete(id)
      },
      discard(): void {
        uploads.delete(id)
        if (count > 0) sender.discardPieces(id)
      },
    }
  }

  /** The pieces of this body up to `seq` are on disk. */
  stored(id: string, seq: number): void {
    this.uploads.get(id)?.stored(seq)
  }

  refused(id: string, error: GatewayError): void {
    this.uploads.get(id)?.refused(error)
  }
}

/** How many pieces of one body are on disk, and who waits for more. */
class Progress {
  private count = 0
  private error: GatewayError | null = null
  private waiter: { count: number; resolve: () => void; reject: (error: GatewayError) => void } | null = null

  stored(seq: number): void {
    this.count = seq + 1
    if (this.waiter && this.count >= this.waiter.count) this.waiter.resolve()
  }

  refused(error: GatewayError): void {
    this.error = error
    this.waiter?.reject(error)
  }

  /** Resolves when `count` pieces are on disk. */
  async reach(count: number): Promise<void> {
    if (this.error) throw this.error
    if (this.count >= count) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.waiter = { count, resolve, reject }
    await promise
  }
}
