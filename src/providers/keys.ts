// Which of a provider's keys a job may go out with: a text in the job's row, so that jobs with the same text can stand in one lane.
import type { ProviderKey, ProviderSettings } from "./table.ts"

/** Any of the gateway's keys that fits the model. */
export const ANY_KEY = ""
const PINNED = "only:"
const OWN = "own:"
const WITHOUT = "not:"

/** The one key with this id. */
export function pinnedTo(id: string): string {
  return PINNED + id
}

/** The caller's own key, told from others by its digest. */
export function ownKeyChoice(digest: string): string {
  return OWN + digest
}

/** Whether it is the caller's own key, which no configuration has. */
export function isOwnKey(choice: string): boolean {
  return choice.startsWith(OWN)
}

/** What is left when the key `id` was refused; null: nothing, because it was the only one that was wanted. */
export function withoutKey(choice: string, id: string): string | null {
  if (choice !== ANY_KEY && !choice.startsWith(WITHOUT)) return null
  return WITHOUT + JSON.stringify([...refusedOf(choice), id].sort())
}

/** The configured keys that a job of this choice can go out with. */
export function keysFor(provider: ProviderSettings, model: string, choice: string): ProviderKey[] {
  if (isOwnKey(choice)) return []
  const refused = refusedOf(choice)
  return provider.keys.filter(
    ({ id, models }) =>
      (models.includes("*") || models.includes(model)) &&
      (choice.startsWith(PINNED) ? id === choice.slice(PINNED.length) : !refused.includes(id)),
  )
}

/** What stands for a job's keys in the names of quotas: a key's id, the choice itself of a caller's own, nothing for no key. */
export function quotaKeys(
  provider: ProviderSettings,
  { model, keyChoice }: { model: string; keyChoice: string },
): string[] {
  if (isOwnKey(keyChoice)) return [keyChoice]
  // One that is not configured any more is not replaced by none: the call says what is missing.
  if (keyChoice.startsWith(PINNED)) return [keyChoice.slice(PINNED.length)]
  const keys = keysFor(provider, model, keyChoice)
  return keys.length === 0 ? [""] : keys.map(({ id }) => id)
}

/** Whether a call for this model can go out: with a key that fits, or with none where none is wanted. */
export function canCall(provider: ProviderSettings, model: string, choice: string): boolean {
  if (isOwnKey(choice) || keysFor(provider, model, choice).length > 0) return true
  return !provider.needsKey && provider.keys.length === 0 && choice === ANY_KEY
}

/** Whether a job that was accepted with this choice can go out: the configuration may have lost its key since. */
export function canServe(provider: ProviderSettings, model: string, choice: string): boolean {
  if (isOwnKey(choice) || keysFor(provider, model, choice).length > 0) return true
  return !provider.needsKey && provider.keys.length === 0 && !choice.startsWith(PINNED)
}

/**
 * What the configuration lacks for a job of this choice to go out, and where to add it, in words; null: nothing.
 * @param provider as it is configured; undefined: it is not
 */
export function lackOf(
  provider: ProviderSettings | undefined,
  { provider: name, model, keyChoice }: { provider: string; model: string; keyChoice: string },
): string | null {
  if (!provider) return `provider ${name} is not configured: configure it under providers.${name} in config.json`
  if (canServe(provider, model, keyChoice)) return null
  const none = `no keys found for provider: ${name} and model: ${model}`
  const place = `providers.${name}.keys in config.json`
  if (keyChoice.startsWith(PINNED)) {
    return `${none} with the id "${keyChoice.slice(PINNED.length)}", which the job asked for: add that key to ${place} again`
  }
  const { keyVariable } = provider
  const isSet = provider.keys.length > 0
  if (isSet || keyVariable === undefined) return `${none}: add a key for this model to ${place}`
  return `${none}: set ${keyVariable}, or add a key to ${place}`
}

/** The configured key of this id, or else of this name, that fits the model. */
export function keyNamed(provider: ProviderSettings, model: string, text: string): ProviderKey | null {
  const fitting = keysFor(provider, model, ANY_KEY)
  return fitting.find(({ id }) => id === text) ?? fitting.find(({ name }) => name === text) ?? null
}

function refusedOf(choice: string): string[] {
  return choice.startsWith(WITHOUT) ? (JSON.parse(choice.slice(WITHOUT.length)) as string[]) : []
}
