// Downloads images and files that a request links to and its provider cannot download. Never connects to a private network.
import { isIP } from "node:net"
import { decode } from "../encoding.ts"
import { refusedByUs, Settled } from "../outcomes.ts"
import { readUpTo, send } from "../transport.ts"
import { isPublic, splitAddress } from "./address.ts"

/** Its message is the end of a sentence that starts with the place in the request. */
export class DownloadError extends Error {
  /** Whether a later attempt may succeed. */
  readonly isPassing: boolean

  constructor(message: string, isPassing = false) {
    super(message)
    this.isPassing = isPassing
  }
}

export interface Download {
  bytes: Uint8Array
  mediaType: string | null
}

/** What a download may use, and its limits. */
export interface DownloadPolicy {
  fetch: typeof fetch
  signal: AbortSignal
  /** All IP addresses of a name. */
  resolve(host: string): Promise<string[]>
  isAllowed(address: string): boolean
  /** The bytes that are left for this call. Each download subtracts its own. */
  budget: { bytes: number }
}

/** The limit of one file. Providers accept smaller images: 5 MB (Anthropic), 3.75 MB (Bedrock). */
export const FILE_BYTES_MAX = 20 * 1024 * 1024
/** The limit of all files of a request. */
export const CALL_BYTES_MAX = 64 * 1024 * 1024
const REDIRECTS_MAX = 3

/** The usual policy of a call. */
export function createPolicy({
  fetch,
  signal,
}: {
  fetch: typeof globalThis.fetch
  signal: AbortSignal
}): DownloadPolicy {
  return {
    fetch,
    signal,
    isAllowed: isPublic,
    budget: { bytes: CALL_BYTES_MAX },
    resolve: async (host) => (await Bun.dns.lookup(host)).map(({ address }) => address),
  }
}

/**
 * Downloads what the member `param` of a request links to.
 * @throws {Settled} when that fails, because then the request cannot be sent
 */
export async function load(url: string, param: string, policy: DownloadPolicy): Promise<Download> {
  try {
    return await download(url, policy)
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error
    const message = `${param} ${error.message}`
    throw new Settled(
      error.isPassing ? { kind: "unreached", reason: "unconnected", message } : refusedByUs({ message, param }),
    )
  }
}

/** @throws {DownloadError} for faults of the address or its server; throws the signal's reason when aborted */
export async function download(address: string, policy: DownloadPolicy): Promise<Download> {
  let url = parsed(address, undefined)
  for (let redirects = 0; ; redirects++) {
    const response = await ask(url, policy)
    if (response.status < 300 || response.status >= 400) return await received(response, url, policy)
    const location = response.headers.get("location")
    await response.body?.cancel()
    if (location === null) throw new DownloadError(`cannot be downloaded: ${url.host} answered ${response.status}`)
    if (redirects === REDIRECTS_MAX) throw new DownloadError(`is redirected more than ${REDIRECTS_MAX} times`)
    url = parsed(location, url)
  }
}

function parsed(text: string, base: URL | undefined): URL {
  if ((base === undefined && splitAddress(text) === null) || !URL.canParse(text, base?.href))
    throw new DownloadError("has no URL that can be read")
  const url = new URL(text, base?.href)
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new DownloadError(`has a ${url.protocol} URL: only https, http and data are read here`)
  }
  // User name and password would be sent to the server.
  url.username = ""
  url.password = ""
  return url
}

/**
 * Connects to the address that was checked and not to the name, because a second lookup could return another address. The certificate is
 * still verified for the name.
 */
async function ask(url: URL, { fetch, signal, resolve, isAllowed }: DownloadPolicy): Promise<Response> {
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const addresses = isIP(host) ? [host] : await resolve(host).catch(() => [])
  signal.throwIfAborted()
  const address = addresses[0]
  if (address === undefined) throw new DownloadError(`cannot be downloaded: ${host} has no address`)
  if (!addresses.every(isAllowed)) {
    throw new DownloadError(`cannot be downloaded: ${host} is not on the public internet; send the data itself`)
  }
  const pinned = new URL(url)
  pinned.hostname = isIP(address) === 6 ? `[${address}]` : address
  try {
    return await send({ fetch, signal }, pinned.href, {
      method: "GET",
      headers: { host: url.host, accept: "*/*", "user-agent": "asyncgate", "accept-encoding": "identity" },
      ...(url.protocol === "https:" ? { serverName: host } : {}),
    })
  } catch (error) {
    throw blamed(error, url, signal)
  }
}

async function received(response: Response, url: URL, { signal, budget }: DownloadPolicy): Promise<Download> {
  if (!response.ok) {
    await response.body?.cancel()
    const { status } = response
    throw new DownloadError(`cannot be downloaded: ${url.host} answered ${status}`, status === 429 || status >= 500)
  }
  const bytesMax = Math.min(FILE_BYTES_MAX, budget.bytes)
  const { bytes: raw, isCut, failure } = await readUpTo(response, bytesMax)
  if (failure !== null) throw blamed(failure.error, url, signal)
  const coding = response.headers.get("content-encoding")
  const { bytes, defect } =
    isCut || coding === null ? { bytes: raw, defect: null } : await decode(raw, coding, bytesMax)
  if (isCut || defect !== null) {
    const limits = `${FILE_BYTES_MAX / 1024 / 1024} MiB, or all files together than ${CALL_BYTES_MAX / 1024 / 1024} MiB`
    throw new DownloadError(`is larger than ${limits}: send less`)
  }
  budget.bytes -= bytes.length
  const type = response.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase()
  return { bytes, mediaType: type || null }
}

function blamed(error: unknown, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted) return error
  const { code } = error as { code?: unknown }
  return new DownloadError(
    `cannot be downloaded: ${url.host} failed${typeof code === "string" ? ` with ${code}` : ""}`,
    true,
  )
}
