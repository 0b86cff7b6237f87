// The signature inside programs for macOS is checked page by page, and written anew where it is wrong.
import { describe, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { checkSignature, signAdHoc } from "../../scripts/release/machosign.ts"
import { findRuntime } from "../../scripts/release/runtimes.ts"
import { tempDir } from "../cleanup.ts"

const LINKEDIT_AT = 0x6000
const SIGNATURE_AT = 0x7010

/** A program for macOS in the least that the form allows: three load commands, text, the last segment, and room for a signature. */
function makeProgram(): Uint8Array<ArrayBuffer> {
  const file = Uint8Array.from({ length: SIGNATURE_AT + 64 }, (_, at) => (at * 7) % 256)
  const view = new DataView(file.buffer)
  file.fill(0, 0, 0x400)
  for (const [at, value] of [0xfeedfacf, 0x1000007, 3, 2, 3, 160, 0x85, 0].entries()) {
    view.setUint32(at * 4, value, true)
  }
  const segment = (at: number, name: string, offset: number, size: number) => {
    view.setUint32(at, 0x19, true)
    view.setUint32(at + 4, 72, true)
    file.set(new TextEncoder().encode(name), at + 8)
    for (const [index, value] of [0x1_0000_0000 + offset, size, offset, size].entries()) {
      view.setBigUint64(at + 24 + index * 8, BigInt(value), true)
    }
  }
  segment(32, "__TEXT", 0, LINKEDIT_AT)
  segment(104, "__LINKEDIT", LINKEDIT_AT, file.length - LINKEDIT_AT)
  for (const [at, value] of [0x1d, 16, SIGNATURE_AT, 64].entries()) view.setUint32(176 + at * 4, value, true)
  return file
}

/** Changes one byte. */
function flip(file: Uint8Array, at: number): Uint8Array {
  return file.map((byte, position) => (position === at ? byte ^ 1 : byte))
}

describe("a small program", () => {
  test("without a signature has one after it is signed, the same each time", () => {
    expect(checkSignature(makeProgram()).faults).toEqual(["there is no signature"])
    const signed = signAdHoc(makeProgram(), "asyncgate")
    expect(checkSignature(signed)).toEqual({ pages: 8, faults: [] })
    expect(signAdHoc(makeProgram(), "asyncgate")).toEqual(signed)
    expect(signAdHoc(signed, "asyncgate")).toEqual(signed)
  })

  test("keeps its content, and says where its signature is", () => {
    const before = makeProgram()
    const signed = signAdHoc(before, "asyncgate")
    // All but the load commands.
    expect(signed.subarray(192, SIGNATURE_AT)).toEqual(before.subarray(192, SIGNATURE_AT))
    const view = new DataView(signed.buffer)
    expect(view.getUint32(176 + 12, true)).toBe(signed.length - SIGNATURE_AT)
    expect(view.getBigUint64(104 + 48, true)).toBe(BigInt(signed.length - LINKEDIT_AT))
    expect(view.getBigUint64(104 + 32, true) % 16384n).toBe(0n)
  })

  test("has a code directory as Apple's header describes it, with hashes that another library computes too", () => {
    const signed = signAdHoc(makeProgram(), "asyncgate")
    const view = new DataView(signed.buffer, SIGNATURE_AT)
    const numbers = (at: number, count: number) =>
      Array.from({ length: count }, (_, index) => view.getUint32(at + index * 4))
    const hashesAt = 88 + "asyncgate\0".length
    const length = hashesAt + 8 * 32
    // The blobs: magic, length, one, of type 0, at 20.
    expect(numbers(0, 5)).toEqual([0xfade0cc0, 20 + length, 1, 0, 20])
    // The directory: magic, length, version, ad hoc and by a linker, hashes, identifier, no special ones, pages, limit.
    expect(numbers(20, 9)).toEqual([0xfade0c02, length, 0x20400, 0x20002, hashesAt, 88, 0, 8, SIGNATURE_AT])
    expect([...signed.subarray(SIGNATURE_AT + 56, SIGNATURE_AT + 60)]).toEqual([32, 2, 0, 12])
    // The executable segment: where, how long, the main program's.
    expect([84, 92, 100].map((at) => view.getBigUint64(at))).toEqual([0n, BigInt(LINKEDIT_AT), 1n])
    const last = createHash("sha256").update(signed.subarray(0x7000, SIGNATURE_AT)).digest("hex")
    expect(signed.slice(-32).toHex()).toBe(last)
  })

  test("is found out when a single byte of it was changed", () => {
    const signed = signAdHoc(makeProgram(), "asyncgate")
    for (const at of [0x900, 0x2345, SIGNATURE_AT - 1, signed.length - 1]) {
      expect(checkSignature(flip(signed, at)).faults).toContain("1 of 8 pages do not match")
    }
  })

  test("is found out when something was added to it, or cut off", () => {
    const signed = signAdHoc(makeProgram(), "asyncgate")
    const wrong = ["the file does not end with the signature", "the last segment does not end with the file"]
    expect(checkSignature(Uint8Array.from([...signed, 0])).faults).toEqual(wrong)
    expect(checkSignature(signed.subarray(0, -1)).faults).toEqual(expect.arrayContaining(wrong))
  })
})

test("what is no program for macOS, or has no room for a signature, is refused", () => {
  expect(() => checkSignature(new TextEncoder().encode("#!/bin/sh\necho this is a script and no program\n"))).toThrow(
    "This is no program for macOS",
  )
  const bare = makeProgram()
  new DataView(bare.buffer).setUint32(16, 2, true)
  expect(() => signAdHoc(bare, "asyncgate")).toThrow("has no room for a signature")
})

const runtimes = (["darwin-x64", "darwin-arm64"] as const).filter((target) => existsSync(findRuntime(target)))
if (runtimes.length < 2)
  process.stdout.write("Bun for macOS is not installed (bun run release does), so none is checked\n")

test.skipIf(runtimes.length < 2)(
  "what Bun compiles for macOS is valid: for arm64 as it comes, for x64 once it is signed",
  async () => {
    const dir = tempDir()
    await Bun.write(join(dir, "hello.ts"), 'console.log("hello")')
    const build = async (target: "darwin-x64" | "darwin-arm64") => {
      const runtime = `--compile-executable-path=${findRuntime(target)}`
      const command = [process.execPath, "build", "--compile", `--target=bun-${target}`, runtime]
      const { exitCode } = Bun.spawnSync([...command, "hello.ts", "--outfile", target], { cwd: dir })
      expect(exitCode).toBe(0)
      return await Bun.file(join(dir, target)).bytes()
    }
    const arm = checkSignature(await build("darwin-arm64"))
    expect(arm.faults).toEqual([])
    expect(arm.pages).toBeGreaterThan(20_000)
    const x64 = await build("darwin-x64")
    // Should Bun mend this, the release keeps Bun's signature: then this line goes.
    expect(checkSignature(x64).faults).not.toEqual([])
    expect(checkSignature(signAdHoc(x64, "asyncgate")).faults).toEqual([])
  },
  240_000,
)
