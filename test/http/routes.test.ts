// The table of routes, and what is answered from it where no route matches.
import { describe, expect, test } from "bun:test"
import { findJobsPath } from "../../src/endpoints/clienttypes.ts"
import { endpoints } from "../../src/endpoints/endpoints.ts"
import { GatewayError } from "../../src/errors.ts"
import { bifrost } from "../../src/http/dialects/bifrost.ts"
import { callDialect } from "../../src/http/dialects/openai.ts"
import { routes } from "../../src/http/routes.ts"
import { answerUnrouted } from "../../src/http/unrouted.ts"

const PAGE = "https://app.example.com"
const options = { allowedOrigins: [PAGE], allowedHosts: [] }

function ask(method: string, path: string, headers: Record<string, string> = {}): Response | GatewayError {
  try {
    const request = new Request(`http://localhost${path}`, { method, headers: { host: "localhost", ...headers } })
    return answerUnrouted(request, routes, options)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

describe("the table of routes", () => {
  test("has each method and path once", () => {
    const named = routes.map(({ method, path }) => `${method} ${path}`)
    expect(new Set(named).size).toBe(named.length)
  })

  test("has four routes for every request type where jobs are polled, and one where the response is the result", () => {
    const rows = [
      [bifrost, findJobsPath, ["POST ", "GET /:job_id", "POST /:job_id/cancel", "DELETE /:job_id"]],
      [callDialect, ({ path }: { path: string }) => path, ["POST "]],
    ] as const
    for (const [dialect, find, all] of rows) {
      for (const endpoint of endpoints) {
        expect(endpoint.path).toStartWith("/")
        const own = routes.filter((route) => route.endpoint === endpoint && route.dialect === dialect)
        const path = `${dialect.prefix}${find(endpoint)}`
        expect(own.map((route) => `${route.method} ${route.path.replace(path, "")}`)).toEqual([...all])
      }
    }
  })

  test("names an operation of the document for every route that is not one of its pages", () => {
    const hidden = routes.filter(({ operation }) => operation === null).map(({ path }) => path)
    expect(hidden.filter((path) => path !== "/" && !/^\/(docs|ui)/.test(path))).toEqual([])
  })
})

describe("where no route matches", () => {
  test("a page of an allowed origin may send every method that the table has, and no other", () => {
    const answer = ask("OPTIONS", "/v1/async/rerank", { origin: PAGE, "access-control-request-method": "POST" })
    if (!(answer instanceof Response)) throw answer
    expect(answer.status).toBe(204)
    const allowed = answer.headers.get("access-control-allow-methods")?.split(", ").toSorted()
    expect(allowed).toEqual([...new Set<string>(routes.map(({ method }) => method))].toSorted())
    expect(answer.headers.get("access-control-allow-origin")).toBe(PAGE)
  })

  test("a path of the table is refused with the methods that it has there", () => {
    for (const { path } of routes) {
      const methods = routes.filter((route) => route.path === path).map(({ method }) => method)
      const answer = ask("PATCH", path.replace(":job_id", "some-job"))
      expect(answer).toMatchObject({ code: "method_not_allowed" })
      const { headers } = answer as GatewayError
      expect(headers["allow"]?.split(", ")).toEqual(expect.arrayContaining<string>(methods))
    }
  })

  test("any other path is refused, with the route that is probably meant", () => {
    const answer = ask("POST", "/async/chat/completions")
    expect(answer).toMatchObject({ code: "route_not_found" })
    expect((answer as GatewayError).message).toContain("use POST /v1/async/chat/completions")
    expect((ask("GET", "/nothing") as GatewayError).message).toEndWith("; see /docs")
  })

  test("a page of another origin learns nothing of it", () => {
    const answer = ask("GET", "/v1/async/rerank", { origin: "https://evil.example" })
    expect(answer).toMatchObject({ code: "origin_not_allowed" })
  })
})
