import { describe, expect, test } from "bun:test"
import { randomBytes } from "node:crypto"
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { SetupRefused } from "../../src/auth/privatefiles.ts"
import { createSecrets, encryptionKey, SecretLost } from "../../src/auth/sealing.ts"
import { tempDir } from "../cleanup.ts"

const openSecrets = (directory: string, variable?: string) => createSecrets(encryptionKey(directory, variable))

const plain = "sk-caller-Ключ-🔑"
const job = "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18"

describe("a sealed secret", () => {
  const key = randomBytes(32)
  const secrets = createSecrets(key)

  test.each([plain, "", "x".repeat(100_000)])("comes back as it was: %.20s", (text) => {
    expect(secrets.unseal(secrets.seal(text, job), job)).toBe(text)
  })

  test("comes back from another process with the same key", () => {
    expect(createSecrets(key).unseal(secrets.seal(plain, job), job)).toBe(plain)
  })

  test("shows nothing of the text, and is another one each time", () => {
    const one = Buffer.from(secrets.seal(plain, job))
    expect(one.includes(plain.slice(0, 6))).toBeFalse()
    expect(one.equals(secrets.seal(plain, job))).toBeFalse()
    expect(one).toHaveLength(1 + 12 + Buffer.byteLength(plain) + 16)
  })

  const sealed = Buffer.from(secrets.seal(plain, job))
  const changed = (at: number) => sealed.map((byte, index) => (index === at ? byte ^ 1 : byte))

  test.each([
    ["with another key", () => createSecrets(randomBytes(32)).unseal(sealed, job)],
    ["for another job", () => secrets.unseal(sealed, "another")],
    ["of an unknown form", () => secrets.unseal(changed(0), job)],
    ["with a changed nonce", () => secrets.unseal(changed(1), job)],
    ["with a changed text", () => secrets.unseal(changed(13), job)],
    ["with a changed tag", () => secrets.unseal(changed(sealed.length - 1), job)],
    ["that was cut off", () => secrets.unseal(sealed.subarray(0, -1), job)],
    ["that is too short to be one", () => secrets.unseal(sealed.subarray(0, 28), job)],
    ["that is empty", () => secrets.unseal(new Uint8Array(), job)],
  ])("%s is a clear error, not garbage, and says nothing of the text", (_, unseal) => {
    expect(unseal).toThrow(SecretLost)
    expect(unseal).toThrow(/cannot be opened/)
    expect(unseal).not.toThrow(plain.slice(0, 6))
  })
})

describe("the encryption key", () => {
  test("is made at the first use, for this user only, and is the same from then on", () => {
    const dir = join(tempDir(), "not", "there", "yet")
    const first = encryptionKey(dir, undefined)
    const path = join(dir, "encryption.key")
    expect(first).toHaveLength(32)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect(encryptionKey(dir, "")).toEqual(first)
    expect(encryptionKey(tempDir(), undefined)).not.toEqual(first)
  })

  test("of the file is closed to others if it was open", () => {
    const dir = tempDir()
    encryptionKey(dir, undefined)
    chmodSync(join(dir, "encryption.key"), 0o644)
    encryptionKey(dir, undefined)
    expect(statSync(join(dir, "encryption.key")).mode & 0o777).toBe(0o600)
  })

  test("is made although a start before was cut off while it made one", () => {
    const dir = tempDir()
    writeFileSync(join(dir, "encryption.key.tmp"), "half", { mode: 0o644 })
    encryptionKey(dir, undefined)
    expect(statSync(join(dir, "encryption.key")).mode & 0o777).toBe(0o600)
    expect(encryptionKey(dir, undefined)).toEqual(encryptionKey(dir, undefined))
    expect(existsSync(join(dir, "encryption.key.tmp"))).toBeFalse()
  })

  // Has + and / in its base64.
  const bytes = Buffer.alloc(32, 0xfb)
  test.each([
    ["hexadecimal digits", bytes.toString("hex")],
    ["capital ones", bytes.toString("hex").toUpperCase()],
    ["base64", bytes.toString("base64")],
    ["base64 without padding", bytes.toString("base64").replace("=", "")],
    ["base64url", bytes.toString("base64url")],
  ])("may come from the variable as %s, and no file is made", (_, variable) => {
    const dir = tempDir()
    expect(Buffer.from(encryptionKey(dir, variable)).equals(bytes)).toBeTrue()
    expect(existsSync(join(dir, "encryption.key"))).toBeFalse()
  })

  test("of the variable comes before the file's", () => {
    const dir = tempDir()
    openSecrets(dir)
    const variable = randomBytes(32).toString("hex")
    const sealed = openSecrets(dir, variable).seal(plain, job)
    expect(openSecrets(tempDir(), variable).unseal(sealed, job)).toBe(plain)
    expect(() => openSecrets(dir).unseal(sealed, job)).toThrow(SecretLost)
  })

  test.each(["secret-passphrase", randomBytes(31).toString("hex"), randomBytes(33).toString("base64"), " "])(
    "of the variable is refused as %j, and is not shown",
    (variable) => {
      const open = () => openSecrets(tempDir(), variable)
      expect(open).toThrow(SetupRefused)
      expect(open).toThrow("ASYNCGATE_ENCRYPTION_KEY is not 32 bytes")
      if (variable !== " ") expect(open).not.toThrow(variable)
    },
  )

  test("of a file with nothing in it is made anew, because nothing was sealed with it", () => {
    const dir = tempDir()
    writeFileSync(join(dir, "encryption.key"), "")
    expect(encryptionKey(dir, undefined)).toEqual(encryptionKey(dir, undefined))
  })

  describe("while jobs wait with something sealed", () => {
    const key = randomBytes(32)
    const seal = (by: Uint8Array, id: string) => ({ id, secret: createSecrets(by).seal(plain, id) })
    const other = randomBytes(32)

    test("is taken when it opens one of them: the others are damaged by themselves", () => {
      const sealed = { jobs: 2, webhooks: 0, batches: 0, some: [seal(other, "a"), seal(key, "b")] }
      expect(Buffer.from(encryptionKey(tempDir(), key.toString("hex"), sealed)).equals(key)).toBeTrue()
    })

    test("is refused when it opens none of them, and is not shown", () => {
      const sealed = { jobs: 7, webhooks: 3, batches: 0, some: [seal(other, "a"), seal(other, "b")] }
      const open = () => encryptionKey(tempDir(), key.toString("hex"), sealed)
      expect(open).toThrow(SetupRefused)
      expect(open).toThrow("(7 of them)")
      expect(open).not.toThrow(key.toString("hex"))
    })

    test("is not made while it is missing, unless those jobs are given up", () => {
      const dir = tempDir()
      const sealed = { jobs: 1, webhooks: 0, batches: 0, some: [seal(key, "a")] }
      expect(() => encryptionKey(dir, undefined, sealed)).toThrow("is not there")
      expect(existsSync(join(dir, "encryption.key"))).toBeFalse()
      const made = encryptionKey(dir, "new", sealed)
      expect(encryptionKey(dir, undefined)).toEqual(made)
      // Said once more it does nothing.
      expect(encryptionKey(dir, "new")).toEqual(made)
    })
  })

  test.each(["half a k", "00".repeat(31)])("of a damaged file is refused, and the file is left alone: %j", (text) => {
    const dir = tempDir()
    const path = join(dir, "encryption.key")
    writeFileSync(path, text)
    expect(() => openSecrets(dir)).toThrow(`${path} does not hold an encryption key`)
    expect(readFileSync(path, "utf8")).toBe(text)
  })
})
