// What a release says of its files, and how it proves it.
import { describe, expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { publish, signRelease } from "../../scripts/release/publish.ts"
import { readSigner } from "../../scripts/release/signing.ts"
import { parseManifest } from "../../src/release/manifest.ts"
import { verifySignature } from "../../src/release/minisign.ts"
import { tempDir } from "../cleanup.ts"
import { otherPublicKey, plain } from "./keys.ts"

const release = {
  version: "1.2.3",
  schema: 4,
  date: "2026-12-01T12:00:00Z",
  archives: { "linux-x64": { archive: "a.tar.gz", url: "a.tar.gz", sha256: "0".repeat(64), size: 1 } },
}

async function makeFiles(): Promise<string> {
  const dir = tempDir()
  await Bun.write(join(dir, "b.tar.gz"), "second")
  await Bun.write(join(dir, "a.tar.gz"), "first")
  return dir
}

test("SHA256SUMS has every file and latest.json, and is what sha256sum checks", async () => {
  const dir = await makeFiles()
  await publish(dir, release, null)
  const { exitCode, stdout } = Bun.spawnSync(["sha256sum", "--strict", "-c", "SHA256SUMS"], { cwd: dir })
  expect(stdout.toString()).toBe("a.tar.gz: OK\nb.tar.gz: OK\nlatest.json: OK\n")
  expect(exitCode).toBe(0)
})

test("a signed release has a signature of its sums and of latest.json, each with its version and its name", async () => {
  const dir = await makeFiles()
  await publish(dir, release, await readSigner(plain.secretKey, ""))
  for (const name of ["SHA256SUMS", "latest.json"]) {
    const [bytes, signature] = await Promise.all([
      Bun.file(join(dir, name)).bytes(),
      Bun.file(join(dir, `${name}.minisig`)).text(),
    ])
    const { trustedComment } = await verifySignature(plain.publicKey, bytes, signature)
    expect(trustedComment).toBe(`asyncgate 1.2.3 ${name}`)
  }
  expect(parseManifest(await Bun.file(join(dir, "latest.json")).text())).toMatchObject({
    version: "1.2.3",
    signed: true,
  })
})

test("a release without a key has no signature, and latest.json says that it is not signed", async () => {
  const dir = await makeFiles()
  await publish(dir, release, null)
  expect(parseManifest(await Bun.file(join(dir, "latest.json")).text()).signed).toBe(false)
  expect(readdirSync(dir).filter((name) => name.endsWith(".minisig"))).toEqual([])
})

describe("a release that was built without a key", () => {
  async function build(publicKey: string): Promise<string> {
    const dir = await makeFiles()
    await Bun.write(join(dir, "install.sh"), `KEY=${publicKey}`)
    await publish(dir, release, null)
    return dir
  }

  test("is signed later, and is then as one that was signed at once", async () => {
    const [later, atOnce] = [await build(plain.publicKey), await build(plain.publicKey)]
    const signer = await readSigner(plain.secretKey, "")
    await signRelease(later, signer)
    await publish(atOnce, release, signer)
    const read = (dir: string) =>
      Promise.all(readdirSync(dir).map(async (name) => [name, await Bun.file(join(dir, name)).text()]))
    expect(Object.fromEntries(await read(later))).toEqual(Object.fromEntries(await read(atOnce)))
    await signRelease(later, signer)
    expect(Object.fromEntries(await read(later))).toEqual(Object.fromEntries(await read(atOnce)))
  })

  test("is not signed where a file has changed, nor with a key that its programs do not trust", async () => {
    const signer = await readSigner(plain.secretKey, "")
    const changed = await build(plain.publicKey)
    await Bun.write(join(changed, "a.tar.gz"), "another")
    await expect(signRelease(changed, signer)).rejects.toThrow("not those of its SHA256SUMS")
    const foreign = await build(otherPublicKey)
    await expect(signRelease(foreign, signer)).rejects.toThrow("trusts another key")
    for (const dir of [changed, foreign]) expect(readdirSync(dir).filter((name) => /minisig/.test(name))).toEqual([])
  })
})

test("a release that the updater could not read is not published", async () => {
  const dir = await makeFiles()
  await expect(publish(dir, { ...release, version: "next" }, null)).rejects.toThrow("version must be")
  expect(readdirSync(dir).toSorted()).toEqual(["a.tar.gz", "b.tar.gz"])
})
