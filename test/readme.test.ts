import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import pkg from "../package.json" with { type: "json" }
import { configSchema } from "../src/config/schema.ts"
import { knobs } from "../src/providers/mock.ts"
import { readmePath, withTables } from "./tables.ts"

const readme = readFileSync(readmePath, "utf8")

interface Schema {
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  items?: Schema
}

/** Every leaf of config.json, as the README spells it. */
function paths(schema: Schema, path: string): string[] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, inner]) =>
      paths(inner, path === "" ? name : `${path}.${name}`),
    )
  }
  const inner = Object.values(schema.patternProperties ?? {})[0]
  if (inner?.properties) return paths(inner, `${path}.NAME`)
  return schema.items?.properties ? paths(schema.items, `${path}[]`) : [path]
}

test("the README's generated tables say what the code says", () => {
  expect(readme).toBe(withTables(readme))
})

test("the README names every member of config.json that the program reads", () => {
  const all = paths(configSchema as Schema, "").filter((path) => path !== "$schema")
  expect(all).toContain("providers.NAME.network_config.base_url")
  const isNamed = (path: string) => readme.includes(`\`${path}\``) || readme.includes(`\`.${path.split(".").at(-1)}\``)
  expect(all.filter((path) => !isNamed(path))).toEqual([])
})

test("the README names every knob of the mock provider", () => {
  for (const knob of Object.keys(knobs.properties)) expect(readme).toContain(`| \`${knob}\` |`)
})

test("every command of the README is a script that exists", () => {
  const named = [...readme.matchAll(/(?<!\w)(?:bun|bun@1\.4\.4) run ([a-z]+)/g)].map((match) => match[1] ?? "")
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => !Object.hasOwn(pkg.scripts, name))).toEqual([])
})

test("every dependency is exact, and argued in the README", () => {
  const all = { ...pkg.dependencies, ...pkg.devDependencies }
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  const decisions = readme.slice(readme.indexOf("## Decisions"))
  expect(Object.keys(all).filter((name) => !decisions.includes(`\`${name}\``))).toEqual([])
})
