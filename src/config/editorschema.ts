// The schema of config.json as editors and other programs read it: JSON Schema of what the file may say, before the gateway has read it.
import { configSchema } from "./schema.ts"
import { isResolved } from "./variables.ts"

const DIALECT = "https://json-schema.org/draft/2020-12/schema"
const VARIABLE = "^env\\.\\w+$"

type Node = Record<string, unknown>

/**
 * The loader checks a file after it has removed every null, completed every alias and replaced every `env.NAME`. A file as it is
 * written may have them, and its schema allows them.
 */
export function makeEditorSchema(): Node {
  return { $schema: DIALECT, title: "config.json of asyncgate", ...allow({ ...configSchema }, []) }
}

/** @param path the names of the members that lead here; `*` stands for any, `[]` for an item of a list */
function allow(schema: Node, path: readonly string[]): Node {
  const { properties, patternProperties, items } = schema as Record<string, Record<string, Node> | undefined>
  const required = (schema["required"] ?? []) as string[]
  const within = (members: Record<string, Node>, isAny: boolean) =>
    Object.fromEntries(
      Object.entries(members).map(([name, member]) => {
        const inner = allow(member, [...path, isAny ? "*" : name])
        return [name, required.includes(name) ? inner : orNull(inner)]
      }),
    )
  const made: Node = {
    ...schema,
    ...(properties === undefined ? {} : { properties: within(properties, false) }),
    ...(patternProperties === undefined ? {} : { patternProperties: within(patternProperties, true) }),
    ...(items === undefined ? {} : { items: allow(items as Node, [...path, "[]"]) }),
  }
  const isAlias = path.at(-2) === "aliases"
  return isAlias ? { anyOf: [{ type: "string", minLength: 1 }, made] } : orVariable(made, path)
}

function orNull(schema: Node): Node {
  const { type, anyOf } = schema
  if (Array.isArray(anyOf)) return { ...schema, anyOf: [...anyOf, { type: "null" }] }
  return { ...schema, type: [type, "null"] }
}

/** A text that must have a form may be the name of a variable instead, which has the text. */
function orVariable(schema: Node, path: readonly string[]): Node {
  const { type, pattern, format, ...rest } = schema
  if ((pattern === undefined && format === undefined) || !isResolved(path)) return schema
  const form = pattern === undefined ? { format } : { pattern }
  return {
    ...rest,
    anyOf: [
      { type, ...form },
      { type, pattern: VARIABLE },
    ],
  }
}
