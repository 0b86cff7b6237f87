import { describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import pkg from "../package.json" with { type: "json" }
import { makeDocuments } from "../scripts/tables.ts"
import { configSchema } from "../src/config/schema.ts"
import { knobs } from "../src/providers/mock/mock.ts"
import { rows } from "../src/providers/registry.ts"
import { documents, readAnchors, readDocument, readLinks, root } from "./documents.ts"

const readme = readDocument("README.md")
const decisions = documents.filter((path) => path.startsWith("docs/decisions/"))

interface Schema {
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  items?: Schema
}

/** Every leaf of config.json, as the documents spell it. */
function listMembers(schema: Schema, path: string): string[] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, inner]) =>
      listMembers(inner, path === "" ? name : `${path}.${name}`),
    )
  }
  const inner = Object.values(schema.patternProperties ?? {})[0]
  if (inner?.properties) return listMembers(inner, `${path}.NAME`)
  return schema.items?.properties ? listMembers(schema.items, `${path}[]`) : [path]
}

test("the README is short, and its first job is near its top", () => {
  const lines = readme.trimEnd().split("\n")
  expect(lines.length).toBeLessThanOrEqual(200)
  const firstJob = lines.findIndex((line) => line.startsWith("curl -s http://127.0.0.1:8080/v1/async/"))
  expect(firstJob).toBeGreaterThan(0)
  expect(firstJob).toBeLessThan(36)
  // Before it stands the call of a client.
  const firstCall = lines.findIndex((line) => line.includes("new OpenAI({ baseURL"))
  expect(firstCall).toBeGreaterThan(0)
  expect(firstCall).toBeLessThan(24)
})

test("the README has as many providers as it says", () => {
  expect(readme).toContain("[More than a hundred](docs/providers.md)")
  expect(Object.keys(rows).length).toBeGreaterThan(100)
})

test.each(Object.entries(makeDocuments()))("the generated tables of %s say what the code says", (path, text) => {
  expect(readDocument(path)).toBe(text)
})

test("every member of config.json that the program reads is documented", () => {
  const configuration = readDocument("docs/configuration.md")
  const all = listMembers(configSchema as Schema, "").filter((path) => path !== "$schema")
  expect(all).toContain("providers.NAME.network_config.base_url")
  const isNamed = (path: string) =>
    configuration.includes(`\`${path}\``) || configuration.includes(`\`.${path.split(".").at(-1)}\``)
  expect(all.filter((path) => !isNamed(path))).toEqual([])
})

test("every member of `mock` is documented", () => {
  const jobs = readDocument("docs/jobs.md")
  for (const knob of Object.keys(knobs.properties)) expect(jobs).toContain(`| \`${knob}\` |`)
})

test("every script that a document names exists, and every script is named in a document", () => {
  const text = documents.map(readDocument).join("\n")
  const named = new Set([...text.matchAll(/(?<!\w)(?:bun|bun@1\.4\.4) run ([a-z:]+)/g)].map((match) => match[1] ?? ""))
  expect([...named].toSorted()).toEqual(Object.keys(pkg.scripts).toSorted())
})

test("every dependency is exact, and argued in a decision", () => {
  const all = { ...pkg.dependencies, ...pkg.devDependencies }
  expect(Object.entries(all).filter(([, version]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([])
  const argued = decisions.map(readDocument).join("\n")
  expect(Object.keys(all).filter((name) => !argued.includes(`\`${name}\``))).toEqual([])
})

describe("links", () => {
  const links = documents.flatMap((path) => readLinks(readDocument(path)).map((target) => ({ path, target })))
  const relative = links.filter(({ target }) => !/^[a-z]+:/.test(target))

  test("lead to files that exist, and to headings that they have", () => {
    expect(relative.length).toBeGreaterThan(20)
    const dead = relative.filter(({ path, target }) => {
      const [file = "", anchor] = target.split("#")
      const found = file === "" ? path : normalize(join(dirname(path), file))
      if (!existsSync(join(root, found))) return true
      return anchor !== undefined && !readAnchors(readDocument(found)).includes(anchor)
    })
    expect(dead).toEqual([])
  })

  test("lead from the README to every document but the decisions, which have their directory", () => {
    const targets = new Set(readLinks(readme).map((target) => normalize(target.split("#")[0] ?? "")))
    const wanted = documents.filter((path) => !/^docs\/decisions\/|^(README|CHANGELOG)\.md$/.test(path))
    expect(wanted.filter((path) => !targets.has(path))).toEqual([])
    expect(targets).toContain("docs/decisions/")
  })
})

test.each(decisions)("%s is short, and has its number, its date and its choice", (path) => {
  const lines = readDocument(path).trimEnd().split("\n")
  const [, number = ""] = /\/(\d{4})-[a-z0-9-]+\.md$/.exec(path) ?? []
  expect(lines.length).toBeLessThanOrEqual(10)
  expect(lines[0]).toMatch(new RegExp(`^# ${number} [A-Z].+`))
  expect(lines[2]).toMatch(/^20\d\d-\d\d-\d\d$/)
  expect(lines[4]).toMatch(/^\*\*Choice\.\*\* /)
})

test("every recipe has at most six steps, and names files that exist", () => {
  const recipes = readDocument("CONTRIBUTING.md").split("## Recipes")[1] ?? ""
  const sections = recipes.split(/^### /m).slice(1)
  for (const section of sections) expect(section.match(/^\d+\. /gm)?.length ?? 0).toBeLessThanOrEqual(6)
  const named = [...recipes.matchAll(/`((?:src|test|drizzle|docs|types)\/[\w./-]*)`/g)].map((match) => match[1] ?? "")
  const isThere = (path: string) => /NAME|PROVIDER|NNNN/.test(path) || existsSync(join(root, path))
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((path) => !isThere(path))).toEqual([])
})

test("the glossary has at most fifteen words", () => {
  const glossary = (readDocument("CONTRIBUTING.md").split("## Glossary")[1] ?? "").split(/^## /m)[0] ?? ""
  expect(glossary.match(/^\| [a-z]/gm)?.length).toBeLessThanOrEqual(16)
})
