// The files with virtual keys and with the admin token, of which both have digests alone: the database has a copy, and every gateway of
// it the same. The commands change the file of their own gateway, and a second later all have the change.
import { join } from "node:path"
import { TOKEN_FILE } from "../../auth/admintoken.ts"
import { readPrivate, replacePrivate } from "../../auth/privatefiles.ts"
import { KEYS_FILE } from "../../auth/virtualkeys.ts"
import { sha256Hex } from "../../digest.ts"
import { parseJson } from "../../json.ts"
import type { Log } from "../../log.ts"
import { describeCause, isRecord } from "../../values.ts"
import type { Asking } from "./pgdriver.ts"

type Ask = Asking["ask"]

/** In the directory: the digest of each file as this gateway and the database both had it. What differs from it was changed. */
const STATE = "shared-files.json"

/** @returns makes the files and their copies alike. Where the database is away, it does nothing. */
export function createKeySharing(ask: Ask, directory: string, log: Log): () => Promise<void> {
  const statePath = join(directory, STATE)
  let isBusy = false
  let failure: string | null = null

  function readState(): Record<string, string> {
    const state = parseJson(readPrivate(statePath) ?? "{}")
    return isRecord(state) ? (state as Record<string, string>) : {}
  }

  function remember(name: string, text: string): void {
    const digest = sha256Hex(text)
    if (readState()[name] === digest) return
    replacePrivate(statePath, "w", () => `${JSON.stringify({ ...readState(), [name]: digest })}\n`)
  }

  async function readCopy(name: string): Promise<string | null> {
    const [row] = await ask<{ value: string }>("SELECT value FROM settings WHERE name = $1::text", [rowName(name)])
    return row?.value ?? null
  }

  /** @returns whether it was stored: another gateway may have been faster */
  async function push(name: string, text: string, before: string | null): Promise<boolean> {
    const rows = await ask(
      `INSERT INTO settings (name, value) VALUES ($1::text, $2::text)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE settings.value = $3::text RETURNING name`,
      [rowName(name), text, before],
    )
    return rows.length > 0
  }

  /** Puts the copy in the place of the file, unless a command has changed that meanwhile. */
  function pull(name: string, text: string, before: string | null): void {
    replacePrivate(join(directory, name), "wx", (now) => (now === before ? text : (now ?? text)))
  }

  async function syncFile(name: string): Promise<void> {
    const local = readPrivate(join(directory, name))
    const copy = await readCopy(name)
    if (local === copy) {
      if (local !== null) remember(name, local)
      return
    }
    const known = readState()[name]
    const isChanged = local !== null && sha256Hex(local) !== known
    const isCopyChanged = copy !== null && sha256Hex(copy) !== known
    if (local !== null && (copy === null || (isChanged && !isCopyChanged))) {
      if (await push(name, local, copy)) remember(name, local)
      return
    }
    if (copy === null) return
    if (isChanged)
      log.warn("the keys of this directory give way to those of the database, which another gateway has changed", {
        file: name,
      })
    pull(name, copy, local)
    remember(name, copy)
  }

  return async () => {
    if (isBusy) return
    isBusy = true
    try {
      for (const name of [KEYS_FILE, TOKEN_FILE]) await syncFile(name)
      failure = null
    } catch (error) {
      const reason = describeCause(error)
      if (reason !== failure) log.warn("the files with keys and their copies in the database are not alike", { reason })
      failure = reason
    } finally {
      isBusy = false
    }
  }
}

const rowName = (name: string) => `file ${name}`
