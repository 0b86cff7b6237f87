// The webhook endpoints of config.json: checked as those of the API are, and as the engine takes them over. Loaded only where there are any.
import { readFields } from "../webhooks/endpointfields.ts"
import { findSecretFault } from "../webhooks/signing.ts"
import type { ConfiguredWebhook } from "../webhooks/webhook.ts"
import { addProblems, isReported, type Problem, type Warning } from "./problems.ts"
import type { WebhookConfig } from "./schema.ts"
import { show } from "./schemaproblems.ts"

/** Stands in the place of an address that a variable should say, in an endpoint that is disabled. */
const NO_ADDRESS = "https://invalid.invalid/"

/**
 * @param allowsLoopback whether a receiver may be on this machine
 * @param problems what is wrong is added to them
 * @param warnings which endpoints are disabled because a variable is not set is added to them
 */
export function readWebhooks(
  configured: readonly WebhookConfig[],
  allowsLoopback: boolean,
  problems: Problem[],
  warnings: Warning[],
): ConfiguredWebhook[] {
  const read = configured.flatMap((one, at): ConfiguredWebhook[] => {
    const path = `webhooks.${at}`
    if (problems.some((known) => known.path.startsWith(`${path}.`)) || isReported(problems, path)) return []
    const found = readWebhook(one, allowsLoopback)
    if (found.webhook) return [found.webhook]
    const { member, must } = found.mistake
    const parts = member.split(".")
    const [first = ""] = parts
    const value: unknown = one[first as keyof WebhookConfig]
    const named = parts.length > 1 ? (value as Record<string, unknown>)[member.slice(first.length + 1)] : value
    const shown = show(named, ["webhooks", String(at), ...parts])
    addProblems(problems, [{ path: `${path}.${member}`, found: shown, fix: must }])
    return []
  })
  for (const [at, { name, off }] of configured.entries()) {
    const first = configured.findIndex((other) => other.name === name)
    if (first < at) {
      const found = `${JSON.stringify(name)}, as in webhooks.${first}.name`
      addProblems(problems, [{ path: `webhooks.${at}.name`, found, fix: "a name of its own" }])
    } else if (off !== undefined) warnings.push({ path: `webhooks.${at}`, says: `is disabled: ${off}` })
  }
  return read
}

type Read =
  | { webhook: ConfiguredWebhook; mistake?: never }
  | { webhook?: never; mistake: { member: string; must: string } }

function readWebhook({ off, secret, ...fields }: WebhookConfig, allowsLoopback: boolean): Read {
  const given = off === undefined ? fields : { ...fields, url: fields.url ?? NO_ADDRESS, disabled: true }
  const { settings, mistake } = readFields(given, null, { allowsPrivate: false, allowsLoopback })
  if (mistake) return { mistake }
  const fault = secret === undefined ? null : findSecretFault(secret)
  if (fault !== null) return { mistake: { member: "secret", must: fault.replace(/^must be /, "") } }
  return { webhook: { settings, secret: secret ?? null } }
}
