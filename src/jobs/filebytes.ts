// The bytes of uploaded files and of batches' results. The rows that name them are the engine's. A file is complete and on disk, its
// name included, before its row is stored: bytes without a row are of an upload that was interrupted, and a start deletes them.

/** A file that is being written. */
export interface FileDraft {
  /** Writes the bytes behind those before. @throws what the disk or the database says */
  write(bytes: Uint8Array): Promise<void>
  /** Resolves with the length when the file has its name and is on disk. */
  keep(): Promise<number>
  /** Deletes what was written, also where it was kept or could not be kept whole. */
  abandon(): Promise<void>
}

export interface FileBytes {
  /** @param name unique, of letters, digits, - and _ */
  create(name: string): Promise<FileDraft>
  /** The bytes from an offset on. */
  read(name: string, from?: number): ReadableStream<Uint8Array>
  /** The bytes from the beginning on, for a reader that takes its time. A piece may be in the memory of the one before. */
  pieces(name: string): AsyncGenerator<Uint8Array>
  exists(name: string): Promise<boolean>
  remove(name: string): Promise<void>
  /** Deletes every file but these, those that are not complete too. @returns how many there were */
  removeOthers(names: ReadonlySet<string>): Promise<number>
}
