// The key choice of a job: which of a provider's keys it may be sent with. It is a text in the job's row, and jobs with equal texts share a lane.
import { isBlocked } from "./blocked.ts"
import type { ProviderKey, ProviderSettings } from "./provider.ts"

/** Any configured key that fits the model. */
export const ANY_KEY = ""
const PINNED = "only:"
const CALLER = "own:"
const WITHOUT = "not:"

/** Only the key with this id. */
export function pinnedTo(id: string): string {
  return PINNED + id
}

/** The caller's key, identified by its digest. */
export function callerKeyChoice(digest: string): string {
  return CALLER + digest
}

/** Whether the choice is a caller's key, which is in no configuration. */
export function isCallerKey(choice: string): boolean {
  return choice.startsWith(CALLER)
}

/** The id of the one key that the choice allows; null: it allows any, or a caller's. */
export function readPinned(choice: string): string | null {
  return choice.startsWith(PINNED) ? choice.slice(PINNED.length) : null
}

/** The choice that remains after the provider refused the key `id`. Null when no other key is allowed. */
export function withoutKey(choice: string, id: string): string | null {
  if (choice !== ANY_KEY && !choice.startsWith(WITHOUT)) return null
  return WITHOUT + JSON.stringify([...listRefused(choice), id].sort())
}

/**
 * The configured keys that a job with this choice can be sent with.
 * @param owner the owner of the job: a key may be closed to a virtual key
 */
export function keysFor(provider: ProviderSettings, model: string, choice: string, owner: string): ProviderKey[] {
  if (isCallerKey(choice) || isBlockedBy(provider, model)) return []
  const refused = listRefused(choice)
  return provider.keys.filter(
    (key) =>
      serves(key, model) &&
      !key.closedTo?.includes(owner) &&
      (choice.startsWith(PINNED) ? key.id === choice.slice(PINNED.length) : !refused.includes(key.id)),
  )
}

/** Whether a call for the model may be sent with the key. It is checked again just before sending, because a job may be older than the configuration. */
export function maySend(provider: ProviderSettings, key: ProviderKey, model: string): boolean {
  return serves(key, model) && !isBlockedBy(provider, model)
}

/** Whether the key is for the model, by the name in the request or by the name that its alias stands for. */
function serves({ models, blocked, aliases }: ProviderKey, model: string): boolean {
  const target = aliases && Object.hasOwn(aliases, model) ? aliases[model]?.model : undefined
  const isListed = models.includes("*") || models.includes(model) || (target !== undefined && models.includes(target))
  if (!isListed || blocked === undefined) return isListed
  return !isBlocked(blocked, model) && (target === undefined || !isBlocked(blocked, target))
}

/** Whether the provider must not be called for the model at all. */
export function isBlockedBy({ blocked }: ProviderSettings, model: string): boolean {
  return blocked !== undefined && isBlocked(blocked, model)
}

/** The names of a job's keys in quotas: the id of a configured key, the choice itself for a caller's key, empty for no key. */
export function quotaKeys(
  provider: ProviderSettings,
  { model, keyChoice, owner }: { model: string; keyChoice: string; owner: string },
): string[] {
  if (isCallerKey(keyChoice)) return [keyChoice]
  const keys = keysFor(provider, model, keyChoice, owner)
  if (keys.length > 0) return keys.map(({ id }) => id)
  if (!keyChoice.startsWith(PINNED)) return [""]
  const id = keyChoice.slice(PINNED.length)
  // A pinned key that is no longer configured, or not allowed, is not replaced by no key: the call will say what is missing.
  return [provider.keys.some((key) => key.id === id) ? keyChoice : id]
}

/** Whether a job with this choice can be sent: with a key that fits, or without one when the provider needs none. The configuration may have changed since the job was accepted. */
export function canCall(provider: ProviderSettings, model: string, choice: string, owner: string): boolean {
  if (isCallerKey(choice) || keysFor(provider, model, choice, owner).length > 0) return true
  if (provider.needsKey || provider.keys.length > 0 || isBlockedBy(provider, model)) return false
  return !choice.startsWith(PINNED)
}

/** Whether the provider has no keys and expects none, like a local server or the mock. */
export function isKeyless({ needsKey, keys, keyVariable }: ProviderSettings): boolean {
  return !needsKey && keys.length === 0 && keyVariable === undefined
}

/** A call that has no key. */
export interface KeylessCall {
  provider: string
  model: string
  /** The id or the name of the one key that it wants; null: any. */
  pinned: string | null
}

/**
 * Says that a call has no key, and how to give it one, in one sentence.
 * @param provider its settings; undefined when it is not configured
 * @param reader the caller whose request is refused, or the operator of a job that was accepted
 * @param allowsCallerKeys whether the caller may send a key of its own instead
 */
export function explainMissingKey(
  provider: ProviderSettings | undefined,
  { provider: name, model, pinned }: KeylessCall,
  reader: "caller" | "operator",
  allowsCallerKeys = false,
): string {
  if (!provider) return `provider ${name} is not configured: configure it under providers.${name} in config.json`
  const none = `no keys found for provider: ${name} and model: ${model}`
  const place = `providers.${name}.keys in config.json`
  if (pinned !== null && reader === "operator")
    return `${none} with the id "${pinned}", which the job asked for: add that key to ${place} again`
  const wanted = pinned === null ? "" : ` with the name or id '${pinned}'`
  const fix = describeFix(
    provider,
    place,
    pinned,
    allowsCallerKeys ? ", or send your own as Authorization: Bearer" : "",
  )
  return `${none}${wanted}: ${fix}`
}

function describeFix(provider: ProviderSettings, place: string, pinned: string | null, orOwn: string): string {
  const { keys, keyVariable, withheld } = provider
  if (pinned !== null && keys.length > 0)
    return `x-bf-api-key and x-bf-api-key-id name one of ${place} whose "models" has this model: send another name, or none`
  if (pinned !== null && isKeyless(provider)) return "this provider is called without a key: send no x-bf-api-key"
  if (keys.length > 0) return `add the model to "models" of one of ${place}${orOwn}`
  const first = withheld ?? (keyVariable === undefined ? "" : `set ${keyVariable}`)
  return `${first === "" ? "" : `${first}, or `}add a key to ${place}${orOwn}`
}

/** Says in one sentence what the configuration lacks to send an accepted job, and where to add it. Null when it lacks nothing. */
export function explainLack(
  provider: ProviderSettings | undefined,
  job: { provider: string; model: string; keyChoice: string; owner: string },
): string | null {
  const { model, keyChoice, owner } = job
  if (provider && canCall(provider, model, keyChoice, owner)) return null
  const pinned = readPinned(keyChoice)
  return explainMissingKey(provider, { provider: job.provider, model, pinned }, "operator")
}

/** The configured key with this id, or else this name, that fits the model. */
export function keyNamed(provider: ProviderSettings, model: string, text: string, owner: string): ProviderKey | null {
  const fitting = keysFor(provider, model, ANY_KEY, owner)
  return fitting.find(({ id }) => id === text) ?? fitting.find(({ name }) => name === text) ?? null
}

/** The name of the key that a call was made with; null: none. @param keyId see `Claimed` in jobs/job.ts */
export function nameKey(provider: ProviderSettings | undefined, keyId: string | null): string | null {
  if (keyId === null) return null
  if (isCallerKey(keyId)) return "the caller's own"
  return provider?.keys.find(({ id }) => id === keyId)?.name ?? keyId
}

function listRefused(choice: string): string[] {
  return choice.startsWith(WITHOUT) ? (JSON.parse(choice.slice(WITHOUT.length)) as string[]) : []
}
