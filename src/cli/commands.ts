// The commands besides starting the gateway. They work whether or not a gateway runs: they open no database and take no lock.
import { existsSync, readFileSync } from "node:fs"
import { rotateAdminToken } from "../auth/admintoken.ts"
import { SetupRefused } from "../auth/privatefiles.ts"
import { createVirtualKey, readKeyRecords, revokeVirtualKey } from "../auth/virtualkeys.ts"
import { systemClock } from "../clock.ts"
import type { CommandName } from "../config/flags.ts"
import { configPath } from "../config/load.ts"
import { writeWaiting } from "../process/output.ts"
import { describeCause } from "../values.ts"

/** What a command prints: `notes` for people on standard error, `text` for a script on standard output. */
interface Answer {
  notes: string
  text: string
  /** Undoes the command when its text could not be printed, and returns a sentence about that. */
  undo?: () => string
}

/** @throws {SetupRefused} */
export function runCommand(name: CommandName, appDir: string, argument: string): void {
  const { notes, text, undo } = execute(name, appDir, argument)
  if (notes !== "") tryToSay(`${notes}\n`)
  try {
    if (text !== "") writeWaiting(1, `${text}\n`)
  } catch (error) {
    const reason = describeCause(error)
    throw new SetupRefused(`standard output cannot be written (${reason}). ${undo?.() ?? "Nothing was changed."}`)
  }
}

function execute(name: CommandName, appDir: string, argument: string): Answer {
  switch (name) {
    case "vk create":
      return create(appDir, argument)
    case "vk list":
      return list(appDir)
    case "vk revoke":
      return revoke(appDir, argument)
    case "admin-token rotate":
      return rotate(appDir)
  }
}

function create(appDir: string, name: string): Answer {
  const { id, value } = createVirtualKey(appDir, name, systemClock.wall())
  return {
    notes: `virtual key ${id} (${JSON.stringify(name)}); only its digest is kept, so this is the one time it is shown:`,
    text: value,
    undo() {
      revokeVirtualKey(appDir, id)
      return "The key was taken back: create it again."
    },
  }
}

function revoke(appDir: string, idOrName: string): Answer {
  const made = readKeyRecords(appDir)
  const isMade = made.some(({ id, name }) => id === idOrName || name === idOrName)
  const fixed = isMade ? undefined : configuredKeys(appDir).find(({ id, name }) => id === idOrName || name === idOrName)
  if (fixed) {
    throw new SetupRefused(
      `virtual key ${fixed.id} (${JSON.stringify(fixed.name)}) stands in ${configPath(appDir)}: take it out of governance.virtual_keys there. A running gateway then refuses it within seconds.`,
    )
  }
  const { id, name } = revokeVirtualKey(appDir, idOrName)
  const notes = `virtual key ${id} (${JSON.stringify(name)}) is revoked: a running gateway refuses it within seconds. Jobs that were accepted with it still end.`
  return { notes, text: "" }
}

function rotate(appDir: string): Answer {
  const text = rotateAdminToken(appDir)
  return {
    notes:
      "the admin token before is void within seconds; only the digest of this one is kept, so this is the one time it is shown:",
    text,
    undo: () => "The admin token before is void: run the command again.",
  }
}

interface ListedKey {
  id: string
  name: string
  createdAt: string
  from: string
  active: string
}

function list(appDir: string): Answer {
  const made = readKeyRecords(appDir).map(
    ({ id, name, created_at: createdAt }): ListedKey => ({
      id,
      name,
      createdAt,
      from: "virtual-keys.json",
      active: "yes",
    }),
  )
  const keys = [...configuredKeys(appDir), ...made]
  if (keys.length === 0)
    return { notes: "there are no virtual keys; make one with: asyncgate vk create NAME", text: "" }
  const rows = [
    ["ID", "NAME", "CREATED", "FROM", "ACTIVE"],
    ...keys.map(({ id, name, createdAt, from, active }) => [id, plain(name), createdAt, from, active]),
  ]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const text = rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
  return { notes: "", text }
}

/** The keys of config.json. Only what is shown of them is read: mistakes in the file are reported by the gateway itself. */
function configuredKeys(appDir: string): ListedKey[] {
  const path = configPath(appDir)
  if (!existsSync(path)) return []
  let file: { governance?: { virtual_keys?: unknown } } | null
  try {
    file = JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, ""))
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is no valid JSON" : (error as Error).message
    throw new SetupRefused(`cannot read the virtual keys of ${path}: ${reason}. Mend it, or remove it.`)
  }
  const keys = file?.governance?.virtual_keys
  if (!Array.isArray(keys)) return []
  return keys.map((key: Record<string, unknown> | null) => {
    const { id, name, is_active, expires_at } = key ?? {}
    const isOver = typeof expires_at === "string" && !(systemClock.wall() < Date.parse(expires_at))
    const active = is_active === false ? "no (inactive)" : isOver ? "no (expired)" : "yes"
    return { id: plain(String(id)), name: String(name), createdAt: "-", from: "config.json", active }
  })
}

/** A name as it can be shown in a terminal. */
function plain(text: string): string {
  return /^[^\p{C}"]*$/u.test(text) ? text : JSON.stringify(text)
}

/** A script gets its answer even where the notes cannot be printed. */
function tryToSay(text: string): void {
  try {
    writeWaiting(2, text)
  } catch {}
}
