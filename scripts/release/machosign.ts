// The signature inside programs for macOS: checks it page by page, and writes one without a certificate ("ad hoc") where Bun leaves one that
// does not match. macOS kills a program whose signature is wrong.
//
// The form is that of Apple's osfmk/kern/cs_blobs.h, written as a linker writes it (LLVM's CodeSignatureSection in
// lld/MachO/SyntheticSections.cpp): one code directory of version 0x20400 with a SHA-256 of each 4096 bytes, the last ones cut off where
// the code ends, as the kernel hashes them (oven-sh/bun pull request 39772). Numbers in it are big-endian, those of the file little-endian.

const MAGIC_64 = 0xfeedfacf
const HEADER_BYTES = 32
const LC_SEGMENT_64 = 0x19
const LC_CODE_SIGNATURE = 0x1d
const EMBEDDED_SIGNATURE = 0xfade0cc0
const CODE_DIRECTORY = 0xfade0c02
const VERSION_WITH_EXECUTABLE_SEGMENT = 0x20400
const ADHOC = 0x2
const LINKER_SIGNED = 0x20000
const SHA256 = 2
const HASH_BYTES = 32
const PAGE_BITS = 12
const PAGE_BYTES = 1 << PAGE_BITS
const MAIN_BINARY = 1n
const SUPER_BLOB_BYTES = 20
const DIRECTORY_BYTES = 88
/** The pages of Apple's own processors, which segments are rounded up to. */
const SEGMENT_ALIGN = 16384n

export interface Check {
  pages: number
  /** Sentences that say what is wrong with the signature. None: macOS accepts it. */
  faults: string[]
}

/** Hashes every page as the kernel does when it is loaded. @throws Error if the file is no program for macOS */
export function checkSignature(file: Uint8Array): Check {
  const { signature, linkedit } = readCommands(file)
  const view = openView(file)
  const start = signature.offset
  if (view.getUint32(start) !== EMBEDDED_SIGNATURE) return { pages: 0, faults: ["there is no signature"] }
  const at = start + view.getUint32(start + 16)
  const isDirectory = view.getUint32(start + 12) === 0 && view.getUint32(at) === CODE_DIRECTORY
  const isHashed = isDirectory && file[at + 37] === SHA256 && file[at + 39] === PAGE_BITS
  if (!isHashed) return { pages: 0, faults: ["the code directory is not one of SHA-256 and 4096 bytes"] }
  const pages = view.getUint32(at + 28)
  const limit = view.getUint32(at + 32)
  const hashes = at + view.getUint32(at + 16)
  let wrong = 0
  for (let page = 0; page < pages; page++) {
    const hash = hashPage(file, page, limit)
    const stored = file.subarray(hashes + page * HASH_BYTES, hashes + (page + 1) * HASH_BYTES)
    if (!hash.equals(stored)) wrong++
  }
  const faults = [
    wrong > 0 ? `${wrong} of ${pages} pages do not match` : "",
    limit < start ? `${start - limit} bytes are not signed` : "",
    pages !== Math.ceil(limit / PAGE_BYTES) ? `${pages} hashes are not one for each page of ${limit} bytes` : "",
    start + signature.size !== file.length ? "the file does not end with the signature" : "",
    view.getUint32(start + 4) > signature.size ? "the signature is longer than the room for it" : "",
    linkedit.offset + linkedit.size !== file.length ? "the last segment does not end with the file" : "",
  ]
  return { pages, faults: faults.filter((fault) => fault !== "") }
}

/** The same program with a signature without a certificate in place of the one it has. @param name the program's own */
export function signAdHoc(file: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const { signature, linkedit, text } = readCommands(file)
  const limit = signature.offset
  const identifier = new TextEncoder().encode(`${name}\0`)
  const pages = Math.ceil(limit / PAGE_BYTES)
  const hashes = DIRECTORY_BYTES + identifier.length
  const directory = hashes + pages * HASH_BYTES
  const size = SUPER_BLOB_BYTES + directory
  const signed = new Uint8Array(limit + size)
  signed.set(file.subarray(0, limit))
  const view = openView(signed)
  // First what the file says of its own signature, since it is hashed too.
  view.setUint32(signature.at + 12, size, true)
  const linkeditBytes = BigInt(limit + size - linkedit.offset)
  view.setBigUint64(linkedit.at + 32, ((linkeditBytes + SEGMENT_ALIGN - 1n) / SEGMENT_ALIGN) * SEGMENT_ALIGN, true)
  view.setBigUint64(linkedit.at + 48, linkeditBytes, true)
  const numbers = (at: number, ...values: number[]) => {
    for (const [index, value] of values.entries()) view.setUint32(at + index * 4, value)
  }
  // One blob, of type 0, the code directory.
  numbers(limit, EMBEDDED_SIGNATURE, size, 1, 0, SUPER_BLOB_BYTES)
  const at = limit + SUPER_BLOB_BYTES
  numbers(at, CODE_DIRECTORY, directory, VERSION_WITH_EXECUTABLE_SEGMENT, ADHOC | LINKER_SIGNED)
  numbers(at + 16, hashes, DIRECTORY_BYTES, 0, pages, limit)
  signed.set([HASH_BYTES, SHA256, 0, PAGE_BITS], at + 36)
  view.setBigUint64(at + 64, BigInt(text.offset))
  view.setBigUint64(at + 72, BigInt(text.size))
  view.setBigUint64(at + 80, MAIN_BINARY)
  signed.set(identifier, at + DIRECTORY_BYTES)
  for (let page = 0; page < pages; page++) signed.set(hashPage(signed, page, limit), at + hashes + page * HASH_BYTES)
  return signed
}

/** A load command that points to a part of the file. */
interface Part {
  /** Where the command stands. */
  at: number
  offset: number
  /** Bytes. */
  size: number
}

function readCommands(file: Uint8Array): { signature: Part; linkedit: Part; text: Part } {
  const view = openView(file)
  if (file.length < HEADER_BYTES || view.getUint32(0, true) !== MAGIC_64)
    throw new Error("This is no program for macOS")
  const parts = new Map<string, Part>()
  const count = view.getUint32(16, true)
  for (let index = 0, at = HEADER_BYTES; index < count; index++, at += view.getUint32(at + 4, true)) {
    const command = view.getUint32(at, true)
    if (command === LC_SEGMENT_64) {
      const name = new TextDecoder().decode(file.subarray(at + 8, at + 24)).replace(/\0+$/, "")
      const [offset, size] = [40, 48].map((field) => Number(view.getBigUint64(at + field, true)))
      parts.set(name, { at, offset: offset ?? 0, size: size ?? 0 })
    } else if (command === LC_CODE_SIGNATURE) {
      parts.set("signature", { at, offset: view.getUint32(at + 8, true), size: view.getUint32(at + 12, true) })
    }
  }
  const [signature, linkedit, text] = ["signature", "__LINKEDIT", "__TEXT"].map((name) => parts.get(name))
  if (!(signature && linkedit && text)) throw new Error("This program for macOS has no room for a signature")
  return { signature, linkedit, text }
}

/** @param limit where the signed part ends: the last page is hashed up to there */
function hashPage(file: Uint8Array, page: number, limit: number): Buffer {
  const from = page * PAGE_BYTES
  return new Bun.CryptoHasher("sha256").update(file.subarray(from, Math.min(from + PAGE_BYTES, limit))).digest()
}

function openView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
