// The form of latest.json, which says what a release is. The release writes and signs it; `asyncgate update` reads it.

/** The systems that a release is built for, as its files name them. */
export const targets = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
  "windows-x64",
  "windows-arm64",
] as const
export type Target = (typeof targets)[number]

/** One file to download. */
export interface Archive {
  /** The name of the file, without a directory. */
  archive: string
  /** Where it is, relative to the address of latest.json: never another host, never a directory above. */
  url: string
  /** 64 hexadecimal digits in lower case. */
  sha256: string
  /** Bytes, at most ARCHIVE_BYTES_MAX. */
  size: number
}

export interface Manifest {
  name: "asyncgate"
  /** As 1.2.3 or 1.2.3-beta.1. */
  version: string
  /** How many migrations its database has. A database is never opened by a program with fewer. */
  schema: number
  /** The time of the commit that it is built from, as 2026-12-01T12:00:00Z. */
  date: string
  /** Whether the release was made with a key. Only the signature beside this file proves it. */
  signed: boolean
  /** By target. There may be targets that this version does not know. */
  targets: Readonly<Record<string, Archive>>
}

/** More than any release has, so that a wrong size fills no disk. */
const ARCHIVE_BYTES_MAX = 500_000_000

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const RELATIVE = /^([A-Za-z0-9][A-Za-z0-9._-]*\/)*[A-Za-z0-9][A-Za-z0-9._-]*$/
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/**
 * @param text the content of latest.json, whose signature has been verified before
 * @throws Error with a sentence that names the member that is wrong
 */
export function parseManifest(text: string): Manifest {
  const manifest = parseObject(text)
  const refuse = (member: string, wanted: string) => new Error(`latest.json is unusable: ${member} must be ${wanted}`)
  const { name, version, schema, date, signed, targets } = manifest
  if (name !== "asyncgate") throw refuse("name", '"asyncgate"')
  if (!matches(VERSION, version)) throw refuse("version", "a version as 1.2.3")
  if (!isCount(schema)) throw refuse("schema", "the number of migrations, from 1 on")
  if (!matches(DATE, date) || Number.isNaN(Date.parse(date))) throw refuse("date", "a time as 2026-12-01T12:00:00Z")
  if (typeof signed !== "boolean") throw refuse("signed", "true or false")
  if (!isObject(targets)) throw refuse("targets", "an object with a member for each target")
  const archives = Object.entries(targets).map(([target, given]) => {
    const { archive, url, sha256, size } = isObject(given) ? given : {}
    if (!matches(FILE_NAME, archive)) throw refuse(`targets.${target}.archive`, "the name of a file")
    if (!matches(RELATIVE, url)) throw refuse(`targets.${target}.url`, "a path below that of latest.json")
    if (!matches(/^[0-9a-f]{64}$/, sha256)) throw refuse(`targets.${target}.sha256`, "64 hexadecimal digits")
    if (!isCount(size) || size > ARCHIVE_BYTES_MAX) {
      throw refuse(`targets.${target}.size`, `bytes, from 1 to ${ARCHIVE_BYTES_MAX}`)
    }
    return [target, { archive, url, sha256, size }] as const
  })
  return { name, version, schema, date, signed, targets: Object.fromEntries(archives) }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // What is no JSON is no object either.
  }
  throw new Error("latest.json is unusable: it is not a JSON object")
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1
}

function matches(pattern: RegExp, value: unknown): value is string {
  return typeof value === "string" && pattern.test(value)
}
