// Follows config.json while the gateway runs: changes of its virtual keys and webhooks take effect without a restart.
import { followFile } from "../auth/privatefiles.ts"
import type { VirtualKey } from "../auth/virtualkeys.ts"
import type { Log } from "../log.ts"
import { type Config, configPath, readChanges } from "./load.ts"
import type { Env } from "./variables.ts"

type Followed = Pick<ReturnType<typeof readChanges>, "virtualKeys" | "webhooks">

/** @param onChange called with what counts at once of config.json, whenever the file has changed */
export function followConfig(config: Config<unknown>, env: Env, log: Log, onChange: (changed: Followed) => void) {
  let { fixed } = config
  let hasWebhooks = config.webhooks.length > 0
  const read = () => {
    const changes = readChanges(config, env)
    if (changes.fixed !== fixed && changes.fixed !== config.fixed) {
      log.warn(
        "config.json has changed: its virtual keys and webhooks count from now on, all else from the next start on",
      )
    }
    fixed = changes.fixed
    // To take endpoints for removed deletes what is not delivered: a file that is being replaced is gone for a moment.
    if (changes.webhooks !== null) hasWebhooks = changes.webhooks.length > 0
    else if (hasWebhooks) {
      log.warn("config.json is gone: its webhook endpoints stay until it is there again, or the next start")
    }
    // The engine knows since the start which provider keys a virtual key may use: where that has changed, the virtual key is off.
    const limitsOn = (limits: typeof config.keyLimits, id: string) =>
      JSON.stringify(limits.filter(({ owner }) => owner === `vk:${id}`))
    const isKept = ({ id }: { id: string }) => limitsOn(config.keyLimits, id) === limitsOn(changes.keyLimits, id)
    const off = changes.virtualKeys.filter((key) => !isKept(key)).map(({ id }) => id)
    if (off.length > 0) {
      log.warn("virtual keys whose provider_configs name other keys than before are off until the next start", {
        ids: off,
      })
    }
    onChange({ virtualKeys: changes.virtualKeys.filter(isKept), webhooks: changes.webhooks })
  }
  const onUnreadable = (reason: string) =>
    log.error("config.json cannot be read: the virtual keys and webhooks known so far stay", { reason })
  // The first refresh reads it again: it may have changed since the start began.
  return followFile(configPath(config.appDir), read, onUnreadable, { value: undefined })
}

/** The limits of virtual keys, by the owner that their jobs have: this is all that the engine knows of them. */
export function listOwnerLimits(keys: readonly VirtualKey[]) {
  return {
    ownerCaps: Object.fromEntries(
      keys.flatMap(({ id, maxConcurrentJobs: most }) => (most === null ? [] : [[`vk:${id}`, most]])),
    ),
    budgets: Object.fromEntries(keys.flatMap(({ id, budgets }) => (budgets === null ? [] : [[`vk:${id}`, budgets]]))),
  }
}
