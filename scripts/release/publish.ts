// Says what was made: SHA256SUMS over all files, latest.json for the updater, and the signatures of both.
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { type Archive, type Manifest, parseManifest } from "../../src/release/manifest.ts"
import type { Signer } from "./signing.ts"

/** What is written last, and says what the other files are. */
const lists = ["latest.json", "SHA256SUMS"] as const

/** Lines as `sha256sum` writes and checks them, by name. */
function writeSums(sums: ReadonlyMap<string, string>): string {
  return [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sum]) => `${sum}  ${name}\n`)
    .join("")
}

/** Of each file of a directory in hexadecimal, without the sums themselves and the signatures. */
async function hashFiles(dir: string): Promise<Map<string, string>> {
  const names = readdirSync(dir).filter((name) => name !== "SHA256SUMS" && !name.endsWith(".minisig"))
  return new Map(await Promise.all(names.map(async (name) => [name, await hashFile(join(dir, name))] as const)))
}

export async function hashFile(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256")
  for await (const piece of Bun.file(path).stream()) hasher.update(piece)
  return hasher.digest("hex")
}

export interface Release {
  version: string
  schema: number
  /** The time of the commit, as in the manifest. */
  date: string
  /** By target. */
  archives: Readonly<Record<string, Archive>>
}

/**
 * Writes latest.json and SHA256SUMS beside what is in the directory, and signs both.
 * @param signer null: both are left without a signature, and latest.json says so
 */
export async function publish(dir: string, release: Release, signer: Signer | null): Promise<void> {
  const { version, schema, date, archives } = release
  const manifest: Manifest = { name: "asyncgate", version, schema, date, signed: signer !== null, targets: archives }
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  parseManifest(text)
  await Bun.write(join(dir, "latest.json"), text)
  await Bun.write(join(dir, "SHA256SUMS"), writeSums(await hashFiles(dir)))
  if (!signer) return
  for (const name of lists) {
    const path = join(dir, name)
    const signature = await signer.sign(await Bun.file(path).bytes(), `asyncgate ${version} ${name}`)
    await Bun.write(`${path}.minisig`, signature)
  }
}

/**
 * Signs what a build without a key has left in the directory.
 * @throws Error with a sentence: a file is not what the sums say, or programs and installer trust another key
 */
export async function signRelease(dir: string, signer: Signer): Promise<void> {
  const { version, schema, date, targets } = parseManifest(await Bun.file(join(dir, "latest.json")).text())
  if ((await Bun.file(join(dir, "SHA256SUMS")).text()) !== writeSums(await hashFiles(dir)))
    throw new Error(`The files of ${dir} are not those of its SHA256SUMS: build the release again`)
  if (!(await Bun.file(join(dir, "install.sh")).text()).includes(signer.publicKey))
    throw new Error(
      "This release trusts another key: build it with ASYNCGATE_RELEASE_KEY set to the public half of this one",
    )
  await publish(dir, { version, schema, date, archives: targets }, signer)
}
