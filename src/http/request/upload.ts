// Reads forms and large JSON, which are stored while they arrive: neither the thread nor memory is held in proportion to their size.
import { GatewayError } from "../../errors.ts"
import { BODY_PIECE_BYTES } from "../../jobs/job.ts"
import { JsonError, JsonReader } from "../../jsonreader.ts"
import { FormReader } from "../../multipart.ts"
import { FormError } from "../../multiparthead.ts"
import type { Received } from "../intake/received.ts"
import { type BodyOptions, DEPTH_MAX } from "./bodylimits.ts"

/** How many values large JSON may have: beside its bytes, each costs up to 2 µs here, and the provider as much again. */
const VALUES_MAX = 500_000
/** How much is parsed before other events are handled: up to 10 ms. */
const SLICE_BYTES = 32 * 1024

type Chunks = AsyncIterable<Uint8Array>

/** @throws {GatewayError} for every form that cannot be read */
export async function readFormBody(
  request: Request,
  chunks: Chunks,
  contentType: string,
  id: string,
  options: BodyOptions,
): Promise<Received> {
  const stored = openStore(id, options)
  try {
    const reader = new FormReader(contentType, request.headers.has("idempotency-key"))
    for await (const chunk of chunks) {
      reader.push(chunk)
      stored.memory.growTo(reader.heldBytes)
      await stored.pieces.add(chunk)
    }
    const read = reader.end()
    await stored.finish()
    const { fields, files } = read
    return {
      submission: { form: "multipart", fields, files },
      names: [
        ...files.map((file) => file.name),
        ...Object.entries(fields).flatMap(([name, value]) => [value].flat().map(() => name)),
      ],
      text: null,
      form: { contentType, read },
      digest: read.digest ?? "",
      settle: stored.settle,
    }
  } catch (error) {
    stored.settle(false)
    if (error instanceof FormError) throw new GatewayError("invalid_request", error.message)
    throw error
  }
}

/**
 * @param begun chunks that have been read already
 * @throws {GatewayError} for every text that cannot be read
 */
export async function readLargeJson(
  request: Request,
  chunks: Chunks,
  id: string,
  options: BodyOptions,
  begun: readonly Uint8Array[] = [],
): Promise<Received> {
  const stored = openStore(id, options)
  try {
    const reader = new JsonReader({ depth: DEPTH_MAX, values: VALUES_MAX })
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    const hash = request.headers.has("idempotency-key") ? new Bun.CryptoHasher("sha256") : null
    let count = 0
    const take = async (chunk: Uint8Array) => {
      count += chunk.length
      stored.memory.growTo(count)
      hash?.update(chunk)
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        reader.push(decode(decoder, chunk.subarray(at, at + SLICE_BYTES), true))
        await options.breathe()
      }
      await stored.pieces.add(chunk)
    }
    for (const chunk of begun) await take(chunk)
    for await (const chunk of chunks) await take(chunk)
    reader.push(decode(decoder, new Uint8Array(), false))
    const fields = requireObject(reader.end())
    await stored.finish()
    return {
      submission: { form: "json", fields, files: [] },
      names: reader.names,
      text: null,
      form: null,
      digest: hash?.digest("hex") ?? "",
      settle: stored.settle,
    }
  } catch (error) {
    stored.settle(false)
    if (!(error instanceof JsonError)) throw error
    throw new GatewayError(error.isTooLarge ? "request_too_large" : "invalid_json", `the body ${error.message}`)
  }
}

function requireObject(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new GatewayError("invalid_json", "the body must be a JSON object: { … }")
}

function decode(decoder: TextDecoder, bytes: Uint8Array, isMoreToCome: boolean): string {
  try {
    return decoder.decode(bytes, { stream: isMoreToCome })
  } catch {
    throw new GatewayError("invalid_json", "the body is not UTF-8 text: send JSON encoded as UTF-8")
  }
}

/** Sends each piece to the disk as soon as it is full; only a few pieces are on their way at one time. */
function openStore(id: string, { engine, bodyMemory }: BodyOptions) {
  const upload = engine.upload(id)
  const memory = bodyMemory.share()
  const pieces = new PieceMaker(BODY_PIECE_BYTES, (piece) => upload.push(piece))
  return {
    memory,
    pieces,
    async finish(): Promise<void> {
      await pieces.end()
      await upload.done()
    },
    settle(isAccepted: boolean): void {
      memory.giveBack()
      if (!isAccepted) upload.discard()
    },
  }
}

/** Cuts chunks of any size into pieces of one size. */
class PieceMaker {
  private piece: Uint8Array<ArrayBuffer>
  private filled = 0

  constructor(
    private readonly size: number,
    private readonly emit: (piece: Uint8Array<ArrayBuffer>) => Promise<void>,
  ) {
    this.piece = new Uint8Array(size)
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + this.size - this.filled)
      this.piece.set(taken, this.filled)
      this.filled += taken.length
      at += taken.length
      if (this.filled < this.size) continue
      const full = this.piece
      this.piece = new Uint8Array(this.size)
      this.filled = 0
      await this.emit(full)
    }
  }

  async end(): Promise<void> {
    if (this.filled > 0) await this.emit(this.piece.slice(0, this.filled))
  }
}
