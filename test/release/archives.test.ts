// Archives are the same bytes each time, and every tool reads them.
import { describe, expect, test } from "bun:test"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { type Entry, writeTar, writeZip } from "../../scripts/release/archives.ts"
import { tempDir } from "../cleanup.ts"

const time = Date.UTC(2026, 11, 1, 12, 34, 56) / 1000
const large = Uint8Array.from({ length: 300_001 }, (_, at) => (at * at) % 251)
const entries: Entry[] = [
  { path: "asyncgate-1.2.3-linux-x64/asyncgate", content: large, isExecutable: true },
  { path: "asyncgate-1.2.3-linux-x64/LICENSE", content: new TextEncoder().encode("Apache\n"), isExecutable: false },
  { path: "asyncgate-1.2.3-linux-x64/EMPTY", content: new Uint8Array(), isExecutable: false },
]

/** Runs a program in a new directory that holds the archive, and answers what it printed. */
async function runOn(archive: string, bytes: Uint8Array, command: string[]): Promise<{ dir: string; printed: string }> {
  const dir = tempDir()
  await Bun.write(join(dir, archive), bytes)
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: dir, env: { ...process.env, TZ: "UTC" } })
  expect(`${stderr}`).toBe("")
  expect(exitCode).toBe(0)
  return { dir, printed: stdout.toString() }
}

function expectUnpacked(dir: string): void {
  const inside = join(dir, "asyncgate-1.2.3-linux-x64")
  expect(readFileSync(join(inside, "asyncgate")).equals(large)).toBe(true)
  expect(readFileSync(join(inside, "LICENSE"), "utf8")).toBe("Apache\n")
  expect(readFileSync(join(inside, "EMPTY")).length).toBe(0)
  expect(statSync(join(inside, "asyncgate")).mode & 0o777).toBe(0o755)
  expect(statSync(join(inside, "LICENSE")).mode & 0o777).toBe(0o644)
}

test.each([
  ["a tar", "writeTar", writeTar],
  ["a zip", "writeZip", writeZip],
])("%s is the same bytes in another process, in another time zone", (_, name, write) => {
  const script = `
    const { ${name} } = await import(${JSON.stringify(join(import.meta.dir, "../../scripts/release/archives.ts"))})
    const content = Uint8Array.from({ length: 300_001 }, (_, at) => (at * at) % 251)
    process.stdout.write(${name}([{ path: "a/b", content, isExecutable: true }], ${time}))`
  const command = [process.execPath, "-e", script]
  const { stdout } = Bun.spawnSync(command, { env: { ...process.env, TZ: "Asia/Tokyo" } })
  expect(stdout.equals(write([{ path: "a/b", content: large, isExecutable: true }], time))).toBe(true)
})

describe("a tar", () => {
  test("is unpacked by the system's tar, with its rights, its time and no owner", async () => {
    const bytes = Bun.gzipSync(writeTar(entries, time), { level: 9, library: "libdeflate" })
    const { dir } = await runOn("a.tar.gz", bytes, ["tar", "-xzf", "a.tar.gz"])
    expectUnpacked(dir)
    const { printed } = await runOn("a.tar.gz", bytes, ["tar", "--numeric-owner", "--full-time", "-tvzf", "a.tar.gz"])
    const first = printed.split("\n")[0]?.replace(/\s+/g, " ")
    expect(first).toBe("-rwxr-xr-x 0/0 300001 2026-12-01 12:34:56 asyncgate-1.2.3-linux-x64/asyncgate")
  })

  test("is read by Bun, as a program that updates itself may do", async () => {
    const files = await new Bun.Archive(Bun.gzipSync(writeTar(entries, time))).files()
    expect([...files.keys()]).toEqual(entries.map(({ path }) => path))
    const program = await files.get("asyncgate-1.2.3-linux-x64/asyncgate")?.bytes()
    expect(program).toEqual(large)
  })
})

describe("a zip", () => {
  test.skipIf(Bun.which("unzip") === null)("is found whole by unzip, which unpacks it with its rights", async () => {
    await runOn("a.zip", writeZip(entries, time), ["unzip", "-tqq", "a.zip"])
    const { dir } = await runOn("a.zip", writeZip(entries, time), ["unzip", "-qq", "a.zip"])
    expectUnpacked(dir)
  })

  test.skipIf(Bun.which("python3") === null)("is found whole by Python, with its time", async () => {
    const script =
      "import zipfile; z = zipfile.ZipFile('a.zip'); print(z.testzip()); print([(i.filename, i.date_time, i.file_size) for i in z.infolist()][0])"
    const { printed } = await runOn("a.zip", writeZip(entries, time), ["python3", "-c", script])
    expect(printed).toBe("None\n('asyncgate-1.2.3-linux-x64/asyncgate', (2026, 12, 1, 12, 34, 56), 300001)\n")
  })
})

test("a name that an archive cannot hold is refused", () => {
  const named = (path: string) => [{ path, content: new Uint8Array(), isExecutable: false }]
  for (const path of ["", "a b", "ä", "a".repeat(101)]) {
    expect(() => writeTar(named(path), time)).toThrow("is no name for an archive")
    expect(() => writeZip(named(path), time)).toThrow("is no name for an archive")
  }
})
