// GET /: where a newcomer finds what there is. A browser is sent to the page, any other client gets the addresses.
import { json } from "./routes.ts"

export function welcome(request: Request, { version }: { version: string }): Response {
  const headers = { vary: "accept" }
  if (request.headers.get("accept")?.includes("text/html"))
    return new Response(null, { status: 302, headers: { ...headers, location: "/docs" } })
  const links = {
    docs: "/docs",
    openapi: "/docs/json",
    submit: "/v1/async/chat/completions",
    jobs: "/v1/async/jobs",
    models: "/v1/models",
    health: "/health",
  }
  return json({ name: "asyncgate", version, ...links }, headers)
}
