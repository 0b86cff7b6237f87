// Every provider and every request type that it serves, through the whole program: what reaches the provider is what its documents
// ask for, and its documented answer becomes the job's result. The program runs with keys in their usual variables and the addresses
// that are its own; the internet is a fake on loopback (internet.ts), and whatever goes elsewhere fails a test.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { EndpointSupport } from "../../src/providers/provider.ts"
import { rows } from "../../src/providers/registry.ts"
import { withTranslations } from "../../src/providers/settings.ts"
import { type Case, isForm } from "./cell.ts"
import { env, expected } from "./expected.ts"
import { limited, limits, refused, turned, worded } from "./limits.ts"
import { holds, type Played, play, type Stage } from "./play.ts"
import type { Limits } from "./shaped.ts"

const cells: Case[] = Object.entries(expected).flatMap(([provider, { cells }]) =>
  Object.entries(cells).map(([requestType, cell]) => ({
    name: `${provider} ${requestType}`,
    provider,
    requestType,
    cell,
  })),
)

let stage: Stage
beforeAll(async () => {
  stage = await play([...cells, ...limited, ...turned, ...worded, ...refused])
}, 240_000)
afterAll(() => stage?.stop())

function playedAt(one: Case): Played {
  const played = stage.played.get(one)
  if (!played) throw new Error(`${one.name} was not played`)
  return played
}

test("there is an expectation for every cell, and for no other", () => {
  const there = Object.entries(rows).flatMap(([provider, { endpoints }]) =>
    Object.keys(withTranslations(endpoints)).map((requestType) => `${provider} ${requestType}`),
  )
  expect(cells.map(({ name }) => name).sort()).toEqual(there.sort())
})

test("the limits of a row are those of its documents, and are on what passes as JSON", () => {
  const there = Object.entries(rows).flatMap(([provider, { endpoints }]) =>
    Object.entries(endpoints)
      .filter(
        ([, { via, rename, drop, reject, values, only }]) =>
          via === undefined && (rename ?? drop ?? reject ?? values ?? only) !== undefined,
      )
      .map(([requestType, support]) => [`${provider} ${requestType}`, limitsIn(support)]),
  )
  expect(Object.fromEntries(there)).toEqual(
    Object.fromEntries(limits.map(({ name, limit }) => [name, limitsIn(limit)])),
  )
  const passesAsForm = cells.filter(({ cell }) => isForm(cell.asked)).map(({ name }) => name)
  const changing = limits.filter(({ limit: { rename, drop, values } }) => (rename ?? drop ?? values) !== undefined)
  expect(changing.map(({ name }) => name).filter((name) => passesAsForm.includes(name))).toEqual([])
})

function limitsIn({ rename = {}, drop = [], reject = [], values = {}, only = {} }: Limits | EndpointSupport) {
  return { rename, values, only, drop: [...drop].sort(), reject: [...reject].sort() }
}

describe("what reaches the provider is what it documents, and its answer is the result:", () => {
  test.each(cells)("$name", (one) => holds(playedAt(one)))
})

describe("what a provider calls otherwise arrives so, and what it does not know is gone and told:", () => {
  test.each(limited)("$name", (one) => holds(playedAt(one)))
})

describe("the limits of what is asked in its place hold for a request type that a provider has not:", () => {
  test.each(turned)("$name", (one) => holds(playedAt(one)))
})

describe("what is within a request arrives in the provider's words, and every other byte as it came:", () => {
  test.each(worded)("$name", (one) => holds(playedAt(one)))
})

describe("what a provider refuses is refused before there is a job:", () => {
  test.each(refused)("$name", (one) => {
    const { status, job, arrived, provider } = playedAt(one)
    expect({ status, error: job.error }).toMatchObject({
      status: 400,
      error: { code: "unsupported_parameter", param: one.param, message: expect.stringContaining(`(${provider})`) },
    })
    expect(arrived).toEqual([])
  })
})

test("no connection is made to a host that no cell expects, and no request belongs to none", () => {
  const hosts = new Set(cells.flatMap(({ cell }) => cell.steps.map(({ url }) => readHost(url))))
  expect([...stage.internet.hosts].sort()).toEqual([...hosts].sort())
  // Servers of one's own are asked for their models when the program starts.
  expect(stage.strays.filter((stray) => !/^GET http:\/\/\w+\.lan:\d+\/v1\/models$/.test(stray))).toEqual([])
})

test("no key is in an address, or in what the program says", () => {
  const urls = [...stage.played.values()].flatMap(({ arrived }) => arrived.map(({ url }) => url))
  const said = [stage.gateway.log(), ...urls].join("\n")
  const secrets = Object.entries(env).filter(([name]) => /KEY|TOKEN|SECRET/.test(name))
  expect(secrets.length).toBeGreaterThan(50)
  expect(secrets.filter(([, secret]) => said.includes(secret))).toEqual([])
})

/** `host:port`, as a connection is asked for. */
function readHost(url: string): string {
  const { protocol, hostname, port } = new URL(url)
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`
}
