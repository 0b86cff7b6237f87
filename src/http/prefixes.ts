// Paths that stand for a route of the table: with the prefixes under which Bifrost serves OpenAI's paths to other clients, whose users
// need not change more than the host, with the deployment of Azure's clients, and with the name of a model whose slashes are not encoded.
// https://docs.getbifrost.ai/integrations/what-is-an-integration, https://github.com/openai/openai-node (src/azure.ts)
import { endpoints } from "../endpoints/endpoints.ts"
import { nameDeployment } from "../providers/azure.ts"
import { callDialect } from "./dialects/openai.ts"

/** With the slashes that a base URL ends with before a path that begins with one. */
const prefixed = /^\/+(openai|litellm|langchain|pydanticai)(\/+openai)?(\/+v1)?\/*(?=\/|$)/
const ofCalls = /^\/+(v1(?!\/+async(\/|$))|openai|litellm|langchain|pydanticai)(\/|$)/
const deployment = /^\/v1\/deployments\/([^/].*)/
const model = /^\/v1\/models\/.+/
const served = ["call", "models", "model"]
const ofStored = /^\/v1\/(files|batches|responses|conversations|webhook_endpoints|webhook_event_types)(\/|$)/

/** A path of the table, and the model that the deployment in the requested path names; empty: it names none. */
interface Meant {
  path: string
  model: string
}

/** The routes that a path without one of its own stands for, one for each method, and the model that the path names. */
export function findMeantRoutes<Route extends { path: string; operation: string | null }>(
  path: string,
  routes: readonly Route[],
): { found: readonly Route[]; model: string } {
  const meant = readMeant(path)
  if (meant.path === path) return { found: [], model: "" }
  const exact = routes.filter((route) => route.path === meant.path && served.includes(route.operation ?? ""))
  if (exact.length > 0) return { found: exact, model: meant.model }
  const named = routes.filter((route) => ofStored.test(route.path) && findName(route.path, meant.path) !== null)
  return { found: named, model: findName(named[0]?.path ?? "", meant.path) ?? "" }
}

/** What a path names at the place of a route's first `:name`, empty where that has none; null: the route is not that of the path. */
function findName(route: string, path: string): string | null {
  const [wanted, given] = [route.split("/"), path.split("/")]
  if (wanted.length !== given.length) return null
  let name = ""
  for (const [at, part] of wanted.entries()) {
    if (part.startsWith(":")) name ||= given[at] ?? ""
    else if (part !== given[at]) return null
  }
  return name
}

/** Whether a path is one of OpenAI's wire, served or not: whoever asks for it expects errors in that form. */
export function isOfCalls(path: string): boolean {
  return ofCalls.test(path)
}

/** A path as OpenAI's clients write it without a prefix. */
export function withoutPrefix(path: string): string {
  return path.replace(prefixed, callDialect.prefix).replace(/\/$/, "")
}

/** The text of a part of a path. A percent sign that encodes nothing stands for itself. */
export function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function readMeant(path: string): Meant {
  const common = withoutPrefix(path)
  const [, rest] = deployment.exec(common) ?? []
  if (rest === undefined) return { path: common.replace(model, "/v1/models/:model"), model: "" }
  // The name may have slashes, and one path may be the end of another: /chat/completions.
  const [end] = endpoints
    .map((endpoint) => endpoint.path)
    .filter((known) => rest.endsWith(known) && rest !== known)
    .toSorted((a, b) => b.length - a.length)
  if (end === undefined) return { path: common, model: "" }
  return { path: `${callDialect.prefix}${end}`, model: nameDeployment(decodePart(rest.slice(0, -end.length))) }
}
