// Signatures of a release: made as minisign makes them, and refused whenever anything of them is not so.
import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import { readSigner } from "../../scripts/release/signing.ts"
import { parsePublicKey, verifySignature, writeKeyId } from "../../src/release/minisign.ts"
import { tempDir } from "../cleanup.ts"
import { encrypted, legacy, message, otherPublicKey, password, plain, signed } from "./keys.ts"

const bytes = new TextEncoder().encode(message)
const minisign = Bun.which("minisign")

/** The same signature with another line in place of one of its four. */
function withLine(at: number, line: string): string {
  return signed.split("\n").with(at, line).join("\n")
}

/** The line of base64 with one bit of its byte `at` changed. */
function flip(line: string, at: number): string {
  return Uint8Array.fromBase64(line)
    .map((byte, position) => (position === at ? byte ^ 1 : byte))
    .toBase64()
}

test("what minisign signed is verified, and its trusted comment is told", async () => {
  expect(await verifySignature(plain.publicKey, bytes, signed)).toEqual({
    trustedComment: "asyncgate 1.2.3 SHA256SUMS",
  })
})

test("a public key is read alone or from its .pub file, and its id is the one that minisign shows", () => {
  const file = `untrusted comment: minisign public key\n${plain.publicKey}\n`
  expect(parsePublicKey(file)).toEqual(parsePublicKey(plain.publicKey))
  expect(writeKeyId(parsePublicKey(plain.publicKey).id)).toMatch(/^[0-9A-F]{16}$/)
})

describe("is refused, with a sentence that says why:", () => {
  const [, first = "", , second = ""] = signed.split("\n")
  test.each<[string, string, string | Uint8Array, string, RegExp]>([
    ["another message", plain.publicKey, `${message} `, signed, /not the one that was signed/],
    ["an empty message", plain.publicKey, "", signed, /not the one that was signed/],
    ["another key", otherPublicKey, message, signed, /made with another key/],
    ["a changed key of the same id", flip(plain.publicKey, 20), message, signed, /does not match/],
    ["a changed signature", plain.publicKey, message, withLine(1, flip(first, 40)), /not the one that was signed/],
    ["a changed id", plain.publicKey, message, withLine(1, flip(first, 3)), /made with another key/],
    ["an unknown algorithm", plain.publicKey, message, withLine(1, flip(first, 1)), /older form/],
    ["a changed comment", plain.publicKey, message, withLine(2, "trusted comment: 9.9.9"), /comment was changed/],
    ["a changed second signature", plain.publicKey, message, withLine(3, flip(second, 5)), /comment was changed/],
    ["the older form", plain.publicKey, message, legacy, /older form/],
    ["no signature", plain.publicKey, message, "", /four lines/],
    ["a page of HTML", plain.publicKey, message, "<html>\n<body>\n404\n</body>\n", /four lines/],
    ["a signature cut off in its first line", plain.publicKey, message, signed.slice(0, 90), /four lines/],
    ["a signature cut off in its last line", plain.publicKey, message, signed.slice(0, -6), /four lines/],
    ["more than a signature", plain.publicKey, message, `${signed}${signed}`, /four lines/],
    ["no key", "", message, signed, /begins with RW/],
    ["a key that is cut off", plain.publicKey.slice(0, -4), message, signed, /begins with RW/],
    ["a secret key in place of the public one", plain.secretKey, message, signed, /begins with RW/],
  ])("%s", async (_, publicKey, text, signature, sentence) => {
    const given = typeof text === "string" ? new TextEncoder().encode(text) : text
    await expect(verifySignature(publicKey, given, signature)).rejects.toThrow(sentence)
  })
})

describe("a release's own signature", () => {
  test.each([
    ["with a plain key", plain, ""],
    ["with an encrypted key", encrypted, password],
  ])("is verified by the key's public half, %s", async (_, keys, given) => {
    const signer = await readSigner(keys.secretKey, given)
    expect(signer.publicKey).toBe(keys.publicKey)
    const signature = await signer.sign(bytes, "asyncgate 1.2.3")
    expect(await verifySignature(keys.publicKey, bytes, signature)).toEqual({ trustedComment: "asyncgate 1.2.3" })
  })

  test("is the same each time", async () => {
    const signer = await readSigner(plain.secretKey, "")
    expect(await signer.sign(bytes, "one")).toBe(await signer.sign(bytes, "one"))
  })

  test.each([
    ["a wrong password", encrypted.secretKey, "wrong", "The password is not that of the signing key"],
    ["no password", encrypted.secretKey, "", "The signing key needs its password"],
    ["a public key", plain.publicKey, "", "The signing key is not a secret key of minisign"],
  ])("is not made with %s", async (_, file, given, sentence) => {
    await expect(readSigner(file, given)).rejects.toThrow(sentence)
  })

  test("is not made with a damaged key without a password", async () => {
    const [comment, line = ""] = plain.secretKey.split("\n")
    const signer = await readSigner(`${comment}\n${flip(line, 70)}\n`, "")
    await expect(signer.sign(bytes, "one")).rejects.toThrow("does not match")
  })

  // Debian's package minisign; what it made beforehand is verified above, wherever it is.
  test.skipIf(minisign === null)("is verified by minisign itself, which refuses another file", async () => {
    const dir = tempDir()
    const signer = await readSigner(encrypted.secretKey, password)
    await Bun.write(join(dir, "sums"), message)
    await Bun.write(join(dir, "sums.minisig"), await signer.sign(bytes, "asyncgate 1.2.3"))
    const verify = () => Bun.spawnSync([minisign ?? "", "-Vm", "sums", "-P", signer.publicKey], { cwd: dir })
    const good = verify()
    expect(good.exitCode).toBe(0)
    expect(good.stdout.toString()).toContain("Trusted comment: asyncgate 1.2.3")
    await Bun.write(join(dir, "sums"), `${message} `)
    expect(verify().exitCode).toBe(1)
  })
})
