// Writes install.sh as it is published: with the key that releases are signed with.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parsePublicKey } from "../../src/release/minisign.ts"

const KEY_LINE = "release_key=''"

/**
 * @param releaseKey the public key of minisign; null: there is none, and the script says that it checks no signature
 * @throws Error if it is no such key
 */
export function writeInstaller(to: string, releaseKey: string | null): void {
  const script = readFileSync(join(import.meta.dir, "../../install.sh"), "utf8")
  if (!script.includes(KEY_LINE)) throw new Error(`install.sh has no line ${KEY_LINE}`)
  if (releaseKey !== null) parsePublicKey(releaseKey)
  const line = releaseKey === null ? KEY_LINE : `release_key='${releaseKey.trim().split("\n").at(-1)}'`
  writeFileSync(to, script.replace(KEY_LINE, line), { mode: 0o755 })
}
