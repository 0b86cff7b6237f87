// Checks config.json against its schema and describes each problem in words. Never shows what may be a key.
import type { TSchema } from "typebox"
import { Settings } from "typebox/system"
import { Errors } from "typebox/value"
import { type Problem, valueAt } from "./problems.ts"
import { configSchema } from "./schema.ts"

/** One problem for each path. */
export function schemaProblems(value: unknown): Problem[] {
  const found = new Map<string, Problem>()
  for (const error of allErrors(value)) {
    // The forbidden member itself is reported as well, with the keyword `boolean`.
    if (error.keyword === "additionalProperties") continue
    const missing = error.keyword === "required" ? error.params.requiredProperties : [""]
    for (const name of missing) {
      const parts = [...parsePointer(error.instancePath), ...(name === "" ? [] : [name])]
      const path = parts.join(".") || "config.json"
      if (!found.has(path)) {
        found.set(path, {
          path,
          found: show(valueAt(value, parts), parts),
          fix:
            error.keyword === "boolean"
              ? "a name of letters, digits and hyphens"
              : (schemaAt(configSchema, parts)?.description ?? "a JSON object"),
        })
      }
    }
  }
  return [...found.values()]
}

/** All errors: by default the library stops after eight. */
function allErrors(value: unknown) {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: Number.POSITIVE_INFINITY })
  const errors = Errors(configSchema, value)
  Settings.Set({ maxErrors })
  return errors
}

/** The parts of a JSON pointer (RFC 6901). */
function parsePointer(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
}

function schemaAt(schema: TSchema, parts: string[]): (TSchema & { description?: string }) | undefined {
  let at: Record<string, unknown> | undefined = schema as Record<string, unknown>
  for (const part of parts) {
    const properties = at?.["properties"] as Record<string, Record<string, unknown>> | undefined
    const patterns = at?.["patternProperties"] as Record<string, Record<string, unknown>> | undefined
    at =
      properties?.[part] ?? Object.values(patterns ?? {})[0] ?? (at?.["items"] as Record<string, unknown> | undefined)
  }
  return at as (TSchema & { description?: string }) | undefined
}

/** Members of a virtual key that are shown, because a key does not get there by mistake. */
const shownOfVirtualKey = ["is_active", "expires_at", "requests_per_minute", "max_concurrent_jobs", "tokens", "cost"]
/** Members of a webhook that are not shown: its address may have a secret in any part of it. */
const SECRET_OF_WEBHOOK = /^(secret|url|headers)$/
/** Members of a provider that hold secrets, or whose names the operator chooses. */
const SECRET_MEMBER = /^(extra_headers|proxy_config|ca_cert_pem|aliases|deployments|\w+_key_config)$/

/** Describes what was found, without what may be a key: the value of a key or a header, or whatever is in the place of a provider or its keys. */
export function show(value: unknown, parts: string[]): string {
  if (value === undefined) return "nothing"
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object"
  const last = parts.at(-1) ?? ""
  const mayBeKey =
    parts[0] === "governance"
      ? !shownOfVirtualKey.includes(last)
      : parts[0] === "webhooks"
        ? parts.length <= 2 || parts.some((part) => SECRET_OF_WEBHOOK.test(part))
        : parts[0] === "providers" &&
          (parts.length <= 2 || parts.some((part) => SECRET_MEMBER.test(part)) || /^(keys|value|\d+)$/.test(last))
  if (mayBeKey && value !== null) return `a ${typeof value} (not shown)`
  // An address may hold a user and a password, and a key in its query.
  return JSON.stringify(value)
    .replace(/\/\/[^/\s"]*@/g, "//(not shown)@")
    .replace(/(\/\/[^"?]*\?)[^"]+/, "$1(not shown)")
}
