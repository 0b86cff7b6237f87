// Serves the dashboard: the page, under every address of its screens, and its files. It holds no data: that comes from the API.
import { GatewayError } from "../errors.ts"
import { serveGzip } from "./compressed.ts"

/** Nothing of another host, no script or style inside the page, and no text that becomes HTML. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ")

const always = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
}

const types: Record<string, string> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
}

export interface UiOptions {
  /** The settings of the dashboard. */
  ui: { enabled: boolean; bodies: boolean }
}

/**
 * GET /ui and what is below it: one page, which reads the address itself.
 * @throws {GatewayError} route_not_found: the dashboard is switched off
 */
export async function serveUi(request: Request, { ui }: UiOptions): Promise<Response> {
  refuseDisabled(ui)
  const bytes = await readFile("index.html")
  if (bytes === null) throw new GatewayError("internal_error", "the dashboard is not in this program: this is a bug")
  const etag = `"${Bun.hash(bytes).toString(36)}"`
  const headers = { ...always, "cache-control": "no-cache", "content-security-policy": policy, etag }
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers })
  return serveGzip(request, bytes, { ...headers, "content-type": "text/html; charset=utf-8" })
}

/** GET /ui/assets/NAME. @throws {GatewayError} route_not_found: it is switched off, or the page is older than the gateway */
export async function serveUiFile(request: Request, { ui }: UiOptions): Promise<Response> {
  refuseDisabled(ui)
  const name = new URL(request.url).pathname.split("/").at(-1) ?? ""
  const type = types[/^[\w-]+\.(\w+)$/.exec(name)?.[1] ?? ""]
  const bytes = type === undefined ? null : await readFile(name)
  if (type === undefined || bytes === null) {
    throw new GatewayError(
      "route_not_found",
      "the dashboard has no such file: reload the page, the gateway may have been updated",
    )
  }
  // The name has a digest of the content in it.
  return serveGzip(request, bytes, {
    ...always,
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": type,
  })
}

function refuseDisabled({ enabled }: UiOptions["ui"]): void {
  if (!enabled)
    throw new GatewayError("route_not_found", "the dashboard is switched off: ui.enabled is false in config.json")
}

let built: Promise<Map<string, Uint8Array<ArrayBuffer>>> | undefined

/** The file as it is in the binary; a gateway that runs from its source builds the page when it is first asked for. */
async function readFile(name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  if (Bun.isStandaloneExecutable) {
    const file = Bun.file(`${import.meta.dir}/${name}.gz`)
    return (await file.exists()) ? await file.bytes() : null
  }
  built ??= import("./uibuild.ts").then(({ buildUi }) => buildUi())
  return (await built).get(name) ?? null
}
