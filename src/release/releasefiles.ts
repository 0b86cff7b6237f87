// Fetches the files of a release: never more bytes than they may have, and from where nobody on the way can read along.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs"
import { systemClock } from "../clock.ts"
import { describeCause } from "../values.ts"
import { UpdateRefused } from "./updaterefused.ts"

/** So long a server may send nothing. */
const SILENCE_MS_MAX = 30_000
const REDIRECTS_MAX = 5

/**
 * @param missing says what it means that there is no such file
 * @throws {UpdateRefused} it has more bytes, or cannot be fetched
 */
export async function fetchText(url: string, bytesMax: number, missing: string): Promise<string> {
  const pieces: Uint8Array[] = []
  await fetchPieces(url, { bytesMax, missing, signal: null }, (piece) => pieces.push(piece))
  return Buffer.concat(pieces).toString()
}

export interface Expected {
  /** Bytes. */
  size: number
  /** In hexadecimal digits. */
  sha256: string
}

/**
 * Fetches a file whose size and sum are known.
 * @param onProgress called with the bytes that have arrived
 * @throws {UpdateRefused} it is not that file, or it cannot be fetched or written
 */
export async function fetchFile(
  url: string,
  path: string,
  { size, sha256 }: Expected,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const hasher = new Bun.CryptoHasher("sha256")
  const file = openSync(path, "wx", 0o600)
  let bytes = 0
  try {
    await fetchPieces(url, { bytesMax: size, missing: "the release is not whole", signal }, (piece) => {
      hasher.update(piece)
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at)
      bytes += piece.length
      onProgress(bytes)
    })
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  if (bytes < size) throw new UpdateRefused(`${url} ended after ${bytes} of ${size} bytes: try again`)
  if (hasher.digest("hex") !== sha256)
    throw new UpdateRefused(
      `${url} is not the file of the release, whose sha256 is ${sha256}: it was damaged or replaced`,
    )
}

interface Limits {
  bytesMax: number
  /** Says what it means that there is no such file. */
  missing: string
  /** Ends it; null: nothing does. */
  signal: AbortSignal | null
}

/**
 * @param onPiece what it throws ends the download
 * @throws {UpdateRefused}
 */
async function fetchPieces(
  url: string,
  { bytesMax, missing, signal }: Limits,
  onPiece: (piece: Uint8Array) => void,
): Promise<void> {
  const silence = watchSilence()
  const end = AbortSignal.any([silence.signal, ...(signal === null ? [] : [signal])])
  try {
    const response = await follow(url, missing, end)
    if (Number(response.headers.get("content-length") ?? 0) > bytesMax) throw tooLarge(url, bytesMax)
    let bytes = 0
    for await (const piece of response.body ?? []) {
      silence.restart()
      bytes += piece.length
      if (bytes > bytesMax) throw tooLarge(url, bytesMax)
      onPiece(piece)
    }
  } catch (error) {
    if (error instanceof UpdateRefused) throw error
    if (signal?.aborted) throw new UpdateRefused("it was interrupted")
    if (silence.signal.aborted) throw new UpdateRefused(`${url} sent nothing for ${SILENCE_MS_MAX / 1000} s: try again`)
    throw explainFailure(url, error)
  } finally {
    silence.end()
  }
}

function explainFailure(url: string, error: unknown): UpdateRefused {
  const { code } = error as { code?: unknown }
  if (code === "ENOSPC") return new UpdateRefused(`the disk is full: free some space (${describeCause(error)})`)
  return new UpdateRefused(`${url} cannot be fetched (${describeCause(error)}): try again, or look at the network`)
}

function tooLarge(url: string, bytesMax: number): UpdateRefused {
  return new UpdateRefused(`${url} has more than the ${bytesMax} bytes that it should have`)
}

/** Ends a request that stands still. */
function watchSilence() {
  const abort = new AbortController()
  let cancel = systemClock.after(SILENCE_MS_MAX, () => abort.abort())
  return {
    signal: abort.signal,
    restart() {
      cancel()
      cancel = systemClock.after(SILENCE_MS_MAX, () => abort.abort())
    },
    end() {
      cancel()
      // What has not been read is not wanted.
      abort.abort()
    },
  }
}

async function follow(start: string, missing: string, signal: AbortSignal): Promise<Response> {
  let url = start
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    const response = await fetch(url, {
      redirect: "manual",
      // The sum is that of the file as it is.
      headers: { "accept-encoding": "identity" },
      ...(isLoopback(new URL(url)) ? { proxy: false as unknown as string } : {}),
      signal,
    })
    if (response.status === 200) return response
    const target = response.headers.get("location")
    if (response.status < 300 || response.status >= 400 || target === null)
      throw new UpdateRefused(`${url} answered ${response.status}: ${explainStatus(response.status, missing)}`)
    url = checkRedirect(url, target)
  }
  throw new UpdateRefused(`${start} redirects more than ${REDIRECTS_MAX} times`)
}

function explainStatus(status: number, missing: string): string {
  if (status === 404) return missing
  return status >= 500 || status === 429 ? "try again later" : "look at ASYNCGATE_UPDATE_URL and the network"
}

/** To any host as long as it is https, because that is how releases are served; else only on the same server. */
function checkRedirect(from: string, location: string): string {
  const before = new URL(from)
  if (!URL.canParse(location, from)) throw new UpdateRefused(`${from} redirects to what is no address`)
  const after = new URL(location, from)
  if (after.protocol === "https:" || after.origin === before.origin) return after.href
  throw new UpdateRefused(`${from} redirects to ${after.origin}, which is not https: it is not followed`)
}

/**
 * Whether releases may be fetched from there: over https, or from this machine.
 * @returns a sentence, or null: they may
 */
export function explainAddress(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) return "is no address: write it as https://example.com/releases"
  if (url.username !== "" || url.password !== "") return "holds a password, which would be shown: leave it out"
  if (url.search !== "" || url.hash !== "") return "must end with a path: leave out what stands from ? or # on"
  return url.protocol === "https:" || isLoopback(url) ? null : "must begin with https://"
}

function isLoopback({ hostname }: URL): boolean {
  return /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname)
}
