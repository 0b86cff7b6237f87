// The owner of a job, as the admin sees it: a virtual key by its id and name, a caller's own key by the beginning of its digest.
import type { KeyDirectory } from "../../auth/virtualkeys.ts"

/** How many digits of a digest tell one caller's key from another. */
const DIGITS = 12

/** Null: nobody's. `name` null: there is no such virtual key any more. */
export function writeOwner(owner: string, keyring: Pick<KeyDirectory, "byId">) {
  const [, kind, id = ""] = /^(vk|key):(.*)$/s.exec(owner) ?? []
  if (kind === "vk") return { kind: "virtual_key", id, name: keyring.byId(id)?.name ?? null }
  return kind === "key" ? { kind: "caller_key", id: id.slice(0, DIGITS) } : null
}
