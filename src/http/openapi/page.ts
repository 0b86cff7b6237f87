// What is under /docs: the API document and the page that shows it. Nothing here asks any other host for anything.
import { Elysia } from "elysia"
import type { Endpoint } from "../../endpoints/endpoint.ts"
import { serveGzip } from "../compressed.ts"
import type { OperationName } from "./operations.ts"
import initPath from "./page.init.js" with { type: "file" }
import stylePath from "./swagger-ui.css.gz" with { type: "file" }
import scriptPath from "./swagger-ui-bundle.js.gz" with { type: "file" }

/** Swagger UI sets style attributes, and its icons are data: URLs. Frames are refused because the page can submit jobs. */
const policy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ")

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>asyncgate: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/docs/init.js" defer></script>
</head>
<body>
<div id="swagger-ui"><noscript>This page needs JavaScript. The document itself is at <a href="/docs/json">/docs/json</a>.</noscript></div>
</body>
</html>
`

/** What the document is made of. One without an operation is not in it. */
interface DocumentedRoute {
  method: string
  path: string
  operation: OperationName | null
  endpoint: Endpoint | null
}

export function servePage(): Response {
  return serve(page, "text/html", { "content-security-policy": policy })
}

export function serveInit(): Response {
  return serve(Bun.file(initPath), "text/javascript")
}

export function serveScript(request: Request): Promise<Response> {
  return serveCompressed(request, scriptPath, "text/javascript")
}

export function serveStyle(request: Request): Promise<Response> {
  return serveCompressed(request, stylePath, "text/css")
}

/** The files of Swagger UI are compressed in the program: see scripts/assets.ts. */
async function serveCompressed(request: Request, path: string, type: string): Promise<Response> {
  return serveGzip(request, await Bun.file(path).bytes(), makeHeaders(type))
}

export async function serveDocument(readDocument: () => Promise<string>): Promise<Response> {
  return serve(await readDocument(), "application/json")
}

/** The document of these routes as JSON text, which is made when it is read for the first time. */
export function createDocument(version: string, routes: readonly DocumentedRoute[]): () => Promise<string> {
  let document: Promise<string> | undefined
  return () => {
    document ??= writeDocument(version, routes)
    return document
  }
}

/**
 * The plugin works in an app that nobody can reach, because it insists on a page that loads its scripts from a CDN. It and
 * all that is said in the document are loaded only now, because they take 10 MB.
 */
async function writeDocument(version: string, routes: readonly DocumentedRoute[]): Promise<string> {
  const [{ swagger }, { describeApi }, { describeOperation }] = await Promise.all([
    import("@elysiajs/swagger"),
    import("./document.ts"),
    import("./operations.ts"),
  ])
  const app = new Elysia()
  for (const { method, path, operation, endpoint } of routes) {
    if (operation !== null) app.route(method, path, () => {}, { detail: describeOperation(operation, endpoint) })
  }
  app.use(swagger({ path: "/docs", specPath: "/docs/json", documentation: describeApi(version) }))
  const answer = await app.handle(new Request("http://localhost/docs/json"))
  return await answer.text()
}

function serve(content: string | Blob, type: string, headers: Record<string, string> = {}): Response {
  return new Response(content, { headers: { ...makeHeaders(type), ...headers } })
}

function makeHeaders(type: string): Record<string, string> {
  return {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "no-cache",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  }
}
