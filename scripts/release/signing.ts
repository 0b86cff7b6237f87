// Signs as minisign does (https://jedisct1.github.io/minisign/), with a secret key that minisign made.
import { scryptSync } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { hash, joinComment, verifySignature, writeKeyId } from "../../src/release/minisign.ts"

/** The parts of a secret key's file, in bytes. What stands from BODY_AT on is encrypted by a password, if there is one. */
const SALT_AT = 6
const OPSLIMIT_AT = 38
const MEMLIMIT_AT = 46
const BODY_AT = 54
const ID_BYTES = 8
const SEED_AT = ID_BYTES
const PUBLIC_AT = SEED_AT + 32
const CHECKSUM_AT = PUBLIC_AT + 32
const BODY_BYTES = CHECKSUM_AT + 32
/** What minisign asks for with "sensitive" limits, 1 GiB, and a little for the rest. */
const SCRYPT_BYTES_MAX = 1_200_000_000
/** What stands before an Ed25519 seed of 32 bytes in PKCS #8 (RFC 8410, section 7). */
const PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420")

export interface Signer {
  /** The line of base64 that verifies what is signed, as minisign writes it. */
  publicKey: string
  /** The text of the .minisig file of a message. The comment is signed too; neither may have several lines. */
  sign(message: Uint8Array, trustedComment: string): Promise<string>
}

/** Of the environment. @returns null: it names no key @throws Error with a sentence */
export async function findSigner(): Promise<Signer | null> {
  const path = process.env["ASYNCGATE_MINISIGN_KEY"]
  if (!path) return null
  if (!existsSync(path)) throw new Error(`ASYNCGATE_MINISIGN_KEY names ${path}, which is not there`)
  return readSigner(readFileSync(path, "utf8"), process.env["ASYNCGATE_MINISIGN_PASSWORD"] ?? "")
}

/**
 * @param file the text of the secret key's file
 * @param password what encrypts it; "" for a key made with -W
 * @throws Error with a sentence, if the file is no secret key of minisign or the password is not its own
 */
export async function readSigner(file: string, password: string): Promise<Signer> {
  const body = openKey(Buffer.from(file.trim().split("\n").at(-1) ?? "", "base64"), password)
  const id = body.subarray(0, ID_BYTES)
  const key = await crypto.subtle.importKey(
    "pkcs8",
    Uint8Array.from([...PKCS8_PREFIX, ...body.subarray(SEED_AT, PUBLIC_AT)]),
    "Ed25519",
    false,
    ["sign"],
  )
  const sign = async (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes))
  const publicKey = joinBytes(ascii("Ed"), id, body.subarray(PUBLIC_AT, CHECKSUM_AT)).toBase64()
  return {
    publicKey,
    async sign(message, trustedComment) {
      if (trustedComment.includes("\n")) throw new Error("A trusted comment has one line")
      const signature = await sign(hash(message))
      const ofBoth = await sign(joinComment(signature, trustedComment))
      const text = [
        `untrusted comment: signature of the release key ${writeKeyId(id)}`,
        joinBytes(ascii("ED"), id, signature).toBase64(),
        `trusted comment: ${trustedComment}`,
        ofBoth.toBase64(),
        "",
      ].join("\n")
      // A damaged key without a password has no other check.
      await verifySignature(publicKey, message, text)
      return text
    },
  }
}

/** The key's id, its seed, its public key and their checksum, decrypted. */
function openKey(file: Uint8Array, password: string): Uint8Array {
  const isKey = file.length === BODY_AT + BODY_BYTES && readAscii(file, 0) === "Ed" && readAscii(file, 4) === "B2"
  if (!isKey) throw new Error("The signing key is not a secret key of minisign")
  const body = file.subarray(BODY_AT)
  const kdf = readAscii(file, 2)
  // Made with -W: minisign leaves its checksum empty.
  if (kdf === "\0\0") return body
  if (kdf !== "Sc") throw new Error("The signing key is encrypted in a way that is not known here")
  if (password === "") throw new Error("The signing key needs its password")
  const mask = stretch(file, password)
  const opened = body.map((byte, at) => byte ^ (mask[at] ?? 0))
  const checked = joinBytes(ascii("Ed"), opened.subarray(0, CHECKSUM_AT))
  const checksum = new Bun.CryptoHasher("blake2b256").update(checked).digest()
  if (!checksum.equals(opened.subarray(CHECKSUM_AT))) throw new Error("The password is not that of the signing key")
  return opened
}

/** The bytes that encrypt the body: scrypt with what libsodium makes of its limits (pickparams of pwhash_scryptsalsa208sha256.c). */
function stretch(file: Uint8Array, password: string): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset)
  const opslimit = Math.max(32768, Number(view.getBigUint64(OPSLIMIT_AT, true)))
  const memlimit = Number(view.getBigUint64(MEMLIMIT_AT, true))
  const r = 8
  const isBoundByTime = opslimit < memlimit / 32
  const most = isBoundByTime ? opslimit / (r * 4) : memlimit / (r * 128)
  let log2 = 1
  while (log2 < 63 && 2 ** log2 <= most / 2) log2++
  const p = isBoundByTime ? 1 : Math.floor(Math.min(0x3fffffff, Math.floor(opslimit / 4 / 2 ** log2)) / r)
  const salt = file.subarray(SALT_AT, OPSLIMIT_AT)
  return scryptSync(password, salt, BODY_BYTES, { N: 2 ** log2, r, p, maxmem: SCRYPT_BYTES_MAX })
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function readAscii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 2))
}

function joinBytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
