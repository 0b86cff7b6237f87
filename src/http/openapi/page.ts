// What is under /docs: the API document and the page that shows it. Nothing here asks any other host for anything.
import { type AnyElysia, Elysia } from "elysia"
import stylePath from "swagger-ui-dist/swagger-ui.css" with { type: "file" }
import scriptPath from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" }
import type { Guarded } from "../guard.ts"
import initPath from "./page.init.js" with { type: "file" }

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

type Routes = AnyElysia["routes"]

const hidden = { detail: { hide: true } }

/** @param routesOf tells every route of the server, once all of them are there */
export function docs(version: string, routesOf: () => Routes, guarded: Guarded) {
  let document: Promise<string> | undefined
  return new Elysia()
    .get(
      "/docs",
      guarded(() => serve(page, "text/html", { "content-security-policy": policy })),
      hidden,
    )
    .get(
      "/docs/init.js",
      guarded(() => serve(Bun.file(initPath), "text/javascript")),
      hidden,
    )
    .get(
      "/docs/swagger-ui-bundle.js",
      guarded(() => serve(Bun.file(scriptPath), "text/javascript")),
      hidden,
    )
    .get(
      "/docs/swagger-ui.css",
      guarded(() => serve(Bun.file(stylePath), "text/css")),
      hidden,
    )
    .get(
      "/docs/json",
      guarded(async () => {
        document ??= describe(version, routesOf())
        return serve(await document, "application/json")
      }),
      hidden,
    )
}

/**
 * The document as JSON text. The plugin works in an app that nobody can reach, because it insists on a page that loads
 * its scripts from a CDN. It and all that is said in the document are loaded only now, because they take 10 MB.
 */
async function describe(version: string, routes: Routes): Promise<string> {
  const [{ swagger }, { describeApi }, { operations }] = await Promise.all([
    import("@elysiajs/swagger"),
    import("./document.ts"),
    import("./operations.ts"),
  ])
  const details = operations()
  const app = new Elysia()
  for (const { method, path, hooks } of routes) {
    app.route(method, path, () => {}, { detail: details.get(`${method} ${path}`) ?? hooks.detail })
  }
  app.use(swagger({ path: "/docs", specPath: "/docs/json", documentation: describeApi(version) }))
  const answer = await app.handle(new Request("http://localhost/docs/json"))
  return await answer.text()
}

function serve(content: string | Blob, type: string, headers: Record<string, string> = {}): Response {
  return new Response(content, {
    headers: {
      "content-type": `${type}; charset=utf-8`,
      "cache-control": "no-cache",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  })
}
