// Web pages can reach localhost. The Host header (DNS rebinding) and the Origin header keep them out, before any route.
import { cut, GatewayError, quoted } from "../errors.ts"

export interface GuardOptions {
  /** Origins of web pages that may use the gateway, as `https://app.example.com`. */
  allowedOrigins: readonly string[]
  /** Host names that are allowed beside the loopback ones. */
  allowedHosts: readonly string[]
}

/** What a page of an allowed origin may read beside the body. */
const exposed = [
  "location",
  "retry-after",
  "openai-poll-after-ms",
  "x-request-id",
  "request-id",
  "x-job-id",
  "x-should-retry",
  "openai-processing-ms",
  "preference-applied",
  "idempotent-replayed",
  "server-timing",
  "link",
  "etag",
  "content-range",
].join(", ")

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/** @throws {GatewayError} host_not_allowed, origin_not_allowed */
export function guard(request: Request, options: GuardOptions): void {
  const host = request.headers.get("host") ?? ""
  if (!loopback.test(host) && !options.allowedHosts.includes(host.replace(/:\d+$/, "").toLowerCase())) {
    throw new GatewayError(
      "host_not_allowed",
      `the Host header names ${quoted(host)}: use http://127.0.0.1 or http://localhost, or add the name to client.allowed_hosts in config.json`,
    )
  }
  const origin = request.headers.get("origin")
  // Browsers send no Origin with the requests of <img> and <script>, but they do send Sec-Fetch-Site.
  const site = request.headers.get("sec-fetch-site")
  const isForeignPart =
    origin === null &&
    (site === "cross-site" || site === "same-site") &&
    request.headers.get("sec-fetch-mode") !== "navigate"
  if (isForeignPart || (origin !== null && origin !== `http://${host}` && !options.allowedOrigins.includes(origin))) {
    throw new GatewayError(
      "origin_not_allowed",
      `web pages of ${cut(origin ?? "other sites")} may not use this gateway: add the origin to client.allowed_origins in config.json if they should`,
    )
  }
}

/**
 * The answer to a CORS preflight: whether a page of an allowed origin may send what it wants to send.
 * @param methods of all routes
 */
export function answerPreflight(request: Request, methods: string, options: GuardOptions): Response | undefined {
  if (request.method !== "OPTIONS" || !request.headers.has("access-control-request-method")) return
  const response = new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": methods,
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
      "access-control-max-age": "600",
    },
  })
  return addCorsHeaders(response, request, options)
}

/** A page of an allowed origin may read the answer. Any other origin has been refused before. */
export function addCorsHeaders(response: Response, request: Request, { allowedOrigins }: GuardOptions): Response {
  const origin = request.headers.get("origin")
  if (origin !== null && allowedOrigins.includes(origin)) {
    response.headers.set("access-control-allow-origin", origin)
    response.headers.set("access-control-expose-headers", exposed)
    response.headers.append("vary", "origin")
  }
  return response
}
