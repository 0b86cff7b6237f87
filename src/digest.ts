// SHA-256 digests: what is kept in the place of a secret, and how it is compared.

/** SHA-256 in hexadecimal digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(data).digest("hex")
}

/** Whether two digests are the same, in a time that does not tell where they differ. */
export function isSameDigest(one: string, other: string): boolean {
  return crypto.timingSafeEqual(sha256(one), sha256(other))
}

/** SHA-256 as bytes. */
export function sha256(text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(text).digest()
}

/** Whether this is a SHA-256 digest in hexadecimal digits. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

/** A UUID of version 4 in form, always the same for a text. https://www.rfc-editor.org/rfc/rfc9562#section-5.4 */
export function makeUuid(text: string): string {
  const hex = sha256Hex(text)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
