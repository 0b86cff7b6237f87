// Paths that stand for a route of the table: with the prefixes under which Bifrost serves OpenAI's paths to other clients, whose users
// need not change more than the host, and with the name of a model whose slashes are not encoded.
// https://docs.getbifrost.ai/integrations/what-is-an-integration
import type { Route } from "./route.ts"

const prefixed = /^\/(openai|litellm|langchain|pydanticai)(\/v1)?(?=\/)/
const model = /^\/v1\/models\/.+/
const served: Route["operation"][] = ["call", "models", "model"]

/** The route that a path without one of its own stands for; null: it stands for none. */
export function findMeantRoute(method: string, path: string, routes: readonly Route[]): Route | null {
  const meant = path.replace(prefixed, "/v1").replace(/\/$/, "").replace(model, "/v1/models/:model")
  if (meant === path) return null
  const found = routes.find((route) => route.method === method && route.path === meant)
  return found !== undefined && served.includes(found.operation) ? found : null
}
