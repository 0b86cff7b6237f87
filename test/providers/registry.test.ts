// Holds the rows to what the program takes for granted of them, and to their sources.
import { describe, expect, test } from "bun:test"
import { findProvider } from "@pydantic/genai-prices"
import { endpoints } from "../../src/endpoints/endpoints.ts"
import { isFamily, isOperation, isUpstreamJob } from "../../src/providers/adapternames.ts"
import { operations } from "../../src/providers/operations/operationadapters.ts"
import { neutral, rows } from "../../src/providers/registry.ts"
import { upstreamJobs } from "../../src/providers/upstreamjobs/upstreamjobs.ts"
import { readSources } from "./sources.ts"

const all = Object.entries(rows)

/** What a row says of each request type, and the endpoint of the type. */
const endpointsOf = (name: string) =>
  Object.entries(rows[name]?.endpoints ?? {}).map(([type, support]) => ({
    type,
    support,
    endpoint: endpoints.find(({ requestType }) => requestType === type),
  }))

test("there are the rows that were promised", () => {
  expect(all.length).toBeGreaterThan(60)
  expect(Object.isFrozen(rows)).toBe(true)
})

describe.each(all)("%s", (name, { baseUrl, root = "/v1", keyVariable, optional = {}, pricedAs }) => {
  const isMock = name === "mock"

  test.skipIf(isMock)("says where its facts come from, and when they were read", () => {
    const { links, readOn } = readSources(name)
    expect(links.filter((link) => !URL.canParse(link))).toEqual([])
    expect(links.length).toBeGreaterThan(0)
    expect(readOn).toMatch(/^20\d\d-\d\d-\d\d$/)
  })

  test("has a name that can stand in front of a model", () => {
    expect(name).toMatch(/^[a-z0-9]+([-_][a-z0-9]+)*$/)
  })

  test("has an address that ends with its root, and is https or this machine's", () => {
    if (baseUrl === "") return
    expect(baseUrl).toEndWith(root)
    expect(baseUrl).not.toEndWith("/")
    const { protocol, hostname, href } = new URL(baseUrl.replace(/[{}]/g, ""))
    expect(protocol === "https:" || hostname === "127.0.0.1").toBe(true)
    // As it would be written: nothing of it is left to a reader of addresses to make sense of.
    expect(href.replace(/\/$/, "")).toBe(baseUrl.replace(/[{}]/g, ""))
  })

  test("has a variable for its key, if it wants one", () => {
    if (keyVariable !== null) expect(keyVariable).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/)
  })

  test("serves request types that there are, each by an adapter that there is", () => {
    expect(endpointsOf(name)).not.toEqual([])
    for (const { support, endpoint } of endpointsOf(name)) {
      expect(endpoint).toBeDefined()
      const knows = isFamily(support.adapter) || isOperation(support.adapter) || isUpstreamJob(support.adapter)
      expect(knows || support.adapter === "raw" || isMock).toBe(true)
      if (isOperation(support.adapter)) expect(Object.keys(operations)).toContain(support.adapter)
      if (isUpstreamJob(support.adapter)) expect(Object.keys(upstreamJobs)).toContain(support.adapter)
      expect(support.path).toMatch(knows ? /^$/ : /^(\/[a-z_]+)+$/)
    }
    expect(Object.keys(rows[name]?.endpoints ?? {})).toEqual(expect.arrayContaining(Object.keys(optional)))
  })

  test("knows each member once, and none that the request cannot do without", () => {
    for (const { type, support } of endpointsOf(name)) {
      const { rename = {}, drop = [], reject = [], only = {}, values = {} } = support
      const named = [...Object.keys(rename), ...Object.values(rename), ...drop, ...reject]
      expect(named).toEqual([...new Set(named)])
      const valued = [...Object.keys(only), ...Object.keys(values)]
      expect(valued.filter((member) => [...drop, ...reject].includes(member))).toEqual([])
      // A transcription can do without a prompt.
      const needed = [
        "model",
        "messages",
        "input",
        ...(type === "transcription" ? [] : ["prompt"]),
        "stream",
        "fallbacks",
      ]
      expect(named.filter((member) => needed.includes(member))).toEqual([])
      // What is known to change an answer is refused, never dropped.
      expect(drop.filter((member) => member in neutral)).toEqual([])
    }
  })

  test("changes no form: those are the client's bytes", () => {
    const limited = endpointsOf(name).filter(
      ({ support }) => support.rename ?? support.drop ?? support.values ?? support.required ?? support.within,
    )
    expect(limited.filter(({ endpoint }) => endpoint?.forms.includes("multipart")).map(({ type }) => type)).toEqual([])
  })

  test("takes a hidden refusal for one", () => {
    for (const { support } of endpointsOf(name)) {
      for (const status of Object.values(support.refusal?.statuses ?? {})) expect(status).toBeWithin(400, 600)
    }
  })

  test("is priced by a name that the published prices have", () => {
    if (pricedAs !== null) expect(findProvider({ providerId: pricedAs })?.id).toBe(pricedAs)
  })
})

test("servers of one's own are looked for where they usually are", () => {
  const local = all.filter(([, { baseUrl }]) => baseUrl.startsWith("http://"))
  expect(Object.fromEntries(local.map(([name, { baseUrl }]) => [name, baseUrl]))).toEqual({
    ollama: "http://127.0.0.1:11434/v1",
    lmstudio: "http://127.0.0.1:1234/v1",
    vllm: "http://127.0.0.1:8000/v1",
    sgl: "http://127.0.0.1:30000/v1",
  })
})
