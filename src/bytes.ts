// Collects bytes piece by piece in one allocation, which is used again.
import { isUtf8 } from "node:buffer"

export class GrowingBytes {
  #bytes = Buffer.alloc(1024)
  length = 0

  add(piece: Uint8Array): void {
    const length = this.length + piece.length
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length))
      larger.set(this.#bytes.subarray(0, this.length))
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.length)
    this.length = length
  }

  clear(): void {
    this.length = 0
  }

  text(start = 0, end = this.length): string {
    return this.#bytes.toString("utf8", start, end)
  }

  startsWith(text: string): boolean {
    return this.text(0, Math.min(text.length, this.length)) === text
  }

  indexOf(sought: Buffer, from: number): number {
    return this.#bytes.subarray(0, this.length).indexOf(sought, Math.max(0, from))
  }

  isUtf8(): boolean {
    return isUtf8(this.#bytes.subarray(0, this.length))
  }
}
