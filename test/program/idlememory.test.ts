// The memory of a gateway that has started and does nothing.
import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { listUnchanged } from "../../src/process/mappings.ts"
import { chat, program, start } from "../harness.ts"

/** The bar of the built program, in kB as the kernel writes it: 62 MB. */
const IDLE_KB_MAX = 62_000_000 / 1024

describe.skipIf(process.platform !== "linux")("a gateway that has started", () => {
  test("gives back what only its start has touched, and serves as before", async () => {
    const gateway = await start({ args: ["--log-level", "debug"] })
    await gateway.logged("pages that only the start has touched are given back")
    const { resident, anonymous } = readMemory(gateway.pid)
    // From the source, Bun itself reads and translates every module, so that more is its own.
    const isBuilt = program.length === 1
    expect(isBuilt ? resident : resident - anonymous).toBeLessThan(IDLE_KB_MAX)
    expect((await gateway.end(await gateway.accept(chat()))).status).toBe("completed")
  })
})

test("only mappings of files that nobody can write and nobody has written are given back", () => {
  const mapping = (head: string, anonymous: number) =>
    `${head}\nSize: 8 kB\nAnonymous:       ${anonymous} kB\nVmFlags: rd\n`
  const smaps = [
    mapping("00200000-00204000 r--p 00000000 08:01 42       /usr/bin/asyncgate", 0),
    mapping("00204000-00206000 r-xp 00004000 08:01 42       /usr/bin/asyncgate (deleted)", 0),
    mapping("00206000-00208000 r--p 00006000 08:01 42       /usr/bin/asyncgate", 4),
    mapping("00208000-0020a000 rw-p 00008000 08:01 42       /usr/bin/asyncgate", 0),
    mapping("0020a000-0020c000 r--s 00000000 08:01 43       /data/asyncgate.db", 0),
    mapping("0020c000-0020e000 r--p 00000000 00:00 0 ", 0),
    mapping("7fff0000-7fff2000 r-xp 00000000 00:00 0        [vdso]", 0),
  ].join("")
  expect(listUnchanged(smaps)).toEqual([
    { from: 0x200000, bytes: 0x4000 },
    { from: 0x204000, bytes: 0x2000 },
  ])
})

/** In kB, from what the kernel says of a process. */
function readMemory(pid: number): { resident: number; anonymous: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")
  const read = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1])
  return { resident: read("Rss"), anonymous: read("Anonymous") }
}
