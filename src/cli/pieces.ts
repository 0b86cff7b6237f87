// The body of an answer, read in pieces while its sender goes on.
import { afterReads, systemClock } from "../clock.ts"

/** A body broke off, or nothing came any more. */
export class BodyBroken extends Error {}

/**
 * @param silentMsMax after so long without a byte the body counts as broken; null: never
 * @throws {BodyBroken}
 */
export async function* readPieces(
  { body }: Response,
  silentMsMax: number | null,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (body === null) return
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await readWithin(silentMsMax, () => reader.read())
      if (done) return
      yield value
    }
  } finally {
    // One that has broken off cannot be cancelled, which is no error.
    void reader.cancel().catch(() => {})
  }
}

/** The whole of it. @throws {BodyBroken} */
export async function readWhole(response: Response, silentMsMax: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  for await (const piece of readPieces(response, silentMsMax)) text += decoder.decode(piece, { stream: true })
  return text + decoder.decode()
}

async function readWithin<Piece>(silentMsMax: number | null, read: () => Promise<Piece>): Promise<Piece> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onSilence = () => reject(new Error(`nothing came for ${silentMsMax} ms`))
  const cancel = silentMsMax === null ? () => {} : afterReads(systemClock, silentMsMax, onSilence)
  try {
    return await Promise.race([read(), promise])
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    throw new BodyBroken(typeof code === "string" ? code : message)
  } finally {
    cancel()
  }
}
