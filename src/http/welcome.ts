// GET /: a browser is redirected to the dashboard, or to the API page where there is none, any other client gets the most important addresses.
import { getEndpoint } from "../endpoints/endpoints.ts"
import { bifrost } from "./dialects/bifrost.ts"
import { callDialect } from "./dialects/openai.ts"
import { json } from "./reply.ts"
import type { UiOptions } from "./ui.ts"

export interface WelcomeOptions extends UiOptions {
  version: string
}

export function showWelcome(request: Request, { version, ui }: WelcomeOptions): Response {
  const headers = { vary: "accept" }
  if (request.headers.get("accept")?.includes("text/html"))
    return new Response(null, { status: 302, headers: { ...headers, location: ui.enabled ? "/ui" : "/docs" } })
  const links = {
    ...(ui.enabled ? { ui: "/ui" } : {}),
    docs: "/docs",
    openapi: "/docs/json",
    base_url: callDialect.prefix,
    submit: `${bifrost.prefix}${getEndpoint("chat_completion").path}`,
    jobs: `${bifrost.prefix}/jobs`,
    models: "/v1/models",
    health: "/health",
  }
  return json({ name: "asyncgate", version, ...links }, headers)
}
