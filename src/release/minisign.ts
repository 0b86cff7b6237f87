// Verifies signatures of minisign (https://jedisct1.github.io/minisign/): Ed25519 over the BLAKE2b-512 hash of a file, with a trusted
// comment that is signed too. The release signs with scripts/release/signing.ts; whoever installs needs nothing but a public key.

/** Ed25519 over the hash; the older "Ed", over the file itself, is refused, because no release was ever signed so. */
const HASHED = "ED"
const KEY_TYPE = "Ed"
const ID_BYTES = 8
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

interface PublicKey {
  /** 8 bytes, which minisign shows as a hexadecimal number. */
  id: Uint8Array<ArrayBuffer>
  /** 32 bytes of Ed25519. */
  key: Uint8Array<ArrayBuffer>
}

/**
 * @param text the line of base64 that begins with RW, as minisign prints it, or its whole .pub file with the comment above
 * @throws Error with a sentence, if it is not a public key of minisign
 */
export function parsePublicKey(text: string): PublicKey {
  const line = text.trim().split("\n").at(-1) ?? ""
  const bytes = decode(line, 2 + ID_BYTES + KEY_BYTES)
  if (!bytes || readAscii(bytes, 0, 2) !== KEY_TYPE) {
    throw new Error("The public key is not one of minisign: it must be the line of base64 that begins with RW")
  }
  return { id: bytes.slice(2, 2 + ID_BYTES), key: bytes.slice(2 + ID_BYTES) }
}

/**
 * Checks that the owner of the key signed this message and the comment.
 * @param publicKey as parsePublicKey takes it
 * @param signatureFile the text of the .minisig file
 * @returns the comment, which the signature holds too
 * @throws Error with a sentence, if anything of it is not so
 */
export async function verifySignature(
  publicKey: string,
  message: Uint8Array,
  signatureFile: string,
): Promise<{ trustedComment: string }> {
  const { id, key } = parsePublicKey(publicKey)
  const { algorithm, keyId, signature, trustedComment, commentSignature } = parseSignature(signatureFile)
  if (algorithm !== HASHED) {
    throw new Error("The signature is of minisign's older form, over the file and not its hash, which is not accepted")
  }
  if (!equals(id, keyId)) {
    throw new Error(
      `The signature was made with another key (${writeKeyId(keyId)}) than the expected ${writeKeyId(id)}`,
    )
  }
  const verifier = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"])
  const isSigned = (bytes: Uint8Array<ArrayBuffer>, by: Uint8Array<ArrayBuffer>) =>
    crypto.subtle.verify("Ed25519", verifier, by, bytes)
  if (!(await isSigned(hash(message), signature))) {
    throw new Error("The signature does not match: the file is not the one that was signed")
  }
  if (!(await isSigned(joinComment(signature, trustedComment), commentSignature))) {
    throw new Error("The signature of the trusted comment does not match: the comment was changed after it was signed")
  }
  return { trustedComment }
}

/** What is signed of a message: its BLAKE2b-512 hash. */
export function hash(message: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new Bun.CryptoHasher("blake2b512").update(message).digest())
}

/** What the second signature is over: the first one, then the comment. */
export function joinComment(signature: Uint8Array, trustedComment: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...signature, ...new TextEncoder().encode(trustedComment)])
}

/** A key's id as minisign writes it. */
export function writeKeyId(id: Uint8Array): string {
  return id.toReversed().toHex().toUpperCase()
}

interface Signature {
  algorithm: string
  keyId: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
  trustedComment: string
  commentSignature: Uint8Array<ArrayBuffer>
}

/** Four lines: a comment that nothing protects, the signature, the trusted comment, the signature of both. */
function parseSignature(text: string): Signature {
  const [untrusted = "", first = "", comment = "", second = "", ...rest] = text.split("\n")
  const signed = decode(first, 2 + ID_BYTES + SIGNATURE_BYTES)
  const commentSignature = decode(second, SIGNATURE_BYTES)
  const [, trustedComment] = /^trusted comment: (.*)$/.exec(comment) ?? []
  const isWhole = untrusted.startsWith("untrusted comment: ") && rest.join("").trim() === ""
  if (!(isWhole && signed && commentSignature && trustedComment !== undefined)) {
    throw new Error("The signature file is not one of minisign, or is cut off: it must have four lines")
  }
  const signatureAt = 2 + ID_BYTES
  return {
    algorithm: readAscii(signed, 0, 2),
    keyId: signed.slice(2, signatureAt),
    signature: signed.slice(signatureAt),
    trustedComment,
    commentSignature,
  }
}

/** Null: it is not base64, or not of so many bytes. */
function decode(line: string, length: number): Uint8Array<ArrayBuffer> | null {
  try {
    const bytes = Uint8Array.fromBase64(line.trim(), { lastChunkHandling: "strict" })
    return bytes.length === length ? bytes : null
  } catch {
    return null
  }
}

function readAscii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to))
}

function equals(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
