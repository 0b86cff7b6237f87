// Replacing the program by a release: what is proved before, and that every fault leaves the program as it was.
import { describe, expect, test } from "bun:test"
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { writeTar, writeZip } from "../../scripts/release/archives.ts"
import { repositoryUrl } from "../../scripts/release/repository.ts"
import { findCode } from "../../src/cli/exitcodes.ts"
import { checkPlace } from "../../src/release/installation.ts"
import {
  type Current,
  chooseOffer,
  findManifestUrl,
  RELEASES_URL,
  readManifest,
  replaceProgram,
} from "../../src/release/update.ts"
import { makeCertificates } from "../certificates.ts"
import { afterTest, newDir, tempDir } from "../cleanup.ts"
import { runClient } from "../commands.ts"
import { otherPublicKey } from "../release/keys.ts"
import { openRoom, type Room } from "../torture/room.ts"
import {
  installProgram,
  KEY,
  LATEST,
  listEntries,
  makeScript,
  type Release,
  readAll,
  serveRelease,
  TARGET,
} from "./releases.ts"

/** Runs a program as the first process of its own, as in a container. */
const container = ["unshare", "--pid", "--fork", "--mount-proc"]
const noNamespace =
  Bun.which("unshare") && Bun.spawnSync([...container, "true"]).success ? null : "unshare is not allowed"
if (noNamespace !== null) process.stderr.write(`skipped, what needs a process namespace: ${noNamespace}\n`)

const current: Current = { version: "0.0.1", schema: 1, target: TARGET }

interface Wish {
  key?: string
  to?: string | null
  from?: Current
  signal?: AbortSignal
  onProgress?: () => void
  beforeReplacing?: () => Promise<void>
}

/** What the command does once it knows its key, on a program in `directory`. Null: what runs is the newest. */
async function update(release: Release, directory: string, wish: Wish = {}): Promise<string | null> {
  const { key = KEY, to = null, from = current, onProgress = () => {}, beforeReplacing = async () => {} } = wish
  const program = join(directory, "asyncgate")
  checkPlace({ program, isCompiled: true })
  const url = findManifestUrl(release.url, to)
  const offer = chooseOffer(await readManifest(url, key), url, from, to)
  if (offer === null) return null
  const { signal = new AbortController().signal } = wish
  const onLeft = (path: string, why: string) => {
    throw new Error(`${path} is left: ${why}`)
  }
  return replaceProgram({ offer, program, env: process.env, signal, onProgress, onLeft, beforeReplacing })
}

/** That it is refused with these words, and that the directory is as it was. */
async function expectRefusal(release: Release, words: string | RegExp, wish: Wish = {}, given?: string) {
  const directory = given ?? tempDir()
  if (!existsSync(join(directory, "asyncgate"))) installProgram(directory)
  const before = readAll(directory)
  const outcome = await update(release, directory, wish).catch((error: Error) => error)
  expect(outcome).toBeInstanceOf(Error)
  expect((outcome as Error).message).toMatch(words)
  expect(readAll(directory)).toEqual(before)
}

describe("an update", () => {
  test("puts the new program in the place of the old one, which it keeps, with the rights that it had", async () => {
    const directory = tempDir()
    const program = installProgram(directory)
    chmodSync(program, 0o700)
    writeFileSync(`${program}.old`, "one that was replaced before")
    expect(await update(await serveRelease(), directory)).toBe(`${program}.old`)
    expect(readAll(directory)).toEqual({ [program]: makeScript("9.9.9"), [`${program}.old`]: makeScript("0.0.1") })
    expect(statSync(program).mode & 0o777).toBe(0o700)
  })

  test("of the version that runs changes nothing, and asks for no archive", async () => {
    const directory = tempDir()
    installProgram(directory)
    const release = await serveRelease({ version: "0.0.1" })
    expect(await update(release, directory)).toBe(null)
    expect(release.asked).toEqual([`${LATEST}/latest.json`, `${LATEST}/latest.json.minisig`])
  })

  test("goes back to an older version only where it is named, and its database is not older", async () => {
    const directory = tempDir()
    const program = installProgram(directory, "2.0.0")
    const from = { ...current, version: "2.0.0", schema: 7 }
    const older = await serveRelease({ version: "1.0.0", schema: 7 })
    await expectRefusal(older, /older than this program.*--to 1\.0\.0/, { from }, directory)
    expect(await update(older, directory, { from, to: "1.0.0" })).toBe(`${program}.old`)
    expect(readFileSync(program, "utf8")).toBe(makeScript("1.0.0"))
    const oldest = await serveRelease({ version: "1.0.0", schema: 6 })
    await expectRefusal(oldest, "cannot open the database", { from, to: "1.0.0" })
  })

  test("is made once what must be done before is done, and not where that fails", async () => {
    const directory = tempDir()
    const program = installProgram(directory)
    const release = await serveRelease()
    const beforeReplacing = () => Promise.reject(new Error("no room for the backup"))
    await expectRefusal(release, "no room for the backup", { beforeReplacing }, directory)
    await update(release, directory, {
      async beforeReplacing() {
        expect(readFileSync(program, "utf8")).toBe(makeScript("0.0.1"))
      },
    })
    expect(readFileSync(program, "utf8")).toBe(makeScript("9.9.9"))
  })

  test("removes what killed updates have left, and nothing of those that are at work", async () => {
    const directory = tempDir()
    const program = installProgram(directory)
    const { pid, exited } = Bun.spawn(["true"])
    await exited
    for (const left of [pid, process.ppid]) mkdirSync(join(directory, `.asyncgate-update-${left}`))
    await update(await serveRelease(), directory)
    const atWork = join(directory, `.asyncgate-update-${process.ppid}`)
    expect(Object.keys(readAll(directory)).toSorted()).toEqual([atWork, program, `${program}.old`].toSorted())
  })

  test("asks for the newest release, or for the one that is named, where releases are published or mirrored", async () => {
    expect(RELEASES_URL).toBe(`${repositoryUrl}/releases`)
    expect(findManifestUrl(null, null)).toBe(`${RELEASES_URL}/latest/download/latest.json`)
    expect(findManifestUrl(null, "1.2.3")).toBe(`${RELEASES_URL}/download/v1.2.3/latest.json`)
    expect(findManifestUrl("https://example.com/a/", "1.2.3")).toBe("https://example.com/a/download/v1.2.3/latest.json")
  })

  test("takes the program out of a zip file, as on Windows", async () => {
    const directory = tempDir()
    const program = installProgram(directory)
    const archive = Buffer.from(writeZip(listEntries({ LICENSE: "free", asyncgate: makeScript("9.9.9") }), 1))
    await update(await serveRelease({ archive, archiveName: "asyncgate.zip" }), directory)
    expect(readFileSync(program, "utf8")).toBe(makeScript("9.9.9"))
    const broken = archive.slice()
    broken.fill(0, broken.lastIndexOf("PK\u0003\u0004"), broken.lastIndexOf("PK\u0003\u0004") + 4)
    await expectRefusal(await serveRelease({ archive: broken, archiveName: "asyncgate.zip" }), "an entry is not there")
    const empty = writeZip(listEntries({ README: "none" }), 1)
    await expectRefusal(await serveRelease({ archive: empty, archiveName: "asyncgate.zip" }), "holds 0 files")
    await expectRefusal(await serveRelease({ archive: Buffer.from("no zip"), archiveName: "a.zip" }), "no directory")
  })
})

describe("an update is refused, and nothing has changed, where", () => {
  test("the archive is another than the one that was signed", async () => {
    const release = await serveRelease()
    const path = `${LATEST}/asyncgate-9.9.9-${TARGET}.tar.gz`
    const bytes = Buffer.from(release.files.get(path) as Uint8Array)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    release.files.set(path, bytes)
    await expectRefusal(release, "it was damaged or replaced")
  })

  test("the archive is cut off, or ends in the middle", async () => {
    const release = await serveRelease()
    const path = `${LATEST}/asyncgate-9.9.9-${TARGET}.tar.gz`
    const bytes = release.files.get(path) as Uint8Array
    release.files.set(path, bytes.subarray(0, 100))
    await expectRefusal(release, `ended after 100 of ${bytes.length} bytes`)
    release.files.set(path, () => new Response(streamPiece(bytes.subarray(0, 100), release.close)))
    await expectRefusal(release, /cannot be fetched|ended after 100 of/)
  })

  test("the download has no end: it is left at the size that was signed", async () => {
    const release = await serveRelease()
    const path = `${LATEST}/asyncgate-9.9.9-${TARGET}.tar.gz`
    const { length } = release.files.get(path) as Uint8Array
    let sent = 0
    const endless = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 1000
            controller.enqueue(new Uint8Array(1000))
          },
        }),
      )
    release.files.set(path, endless)
    await expectRefusal(release, `more than the ${length} bytes`)
    expect(sent).toBeLessThan(10_000_000)
    release.files.set(`${LATEST}/latest.json`, endless)
    await expectRefusal(release, "more than the 262144 bytes")
  })

  test("the signature is missing, of another key, of another text, or none at all", async () => {
    const release = await serveRelease()
    const other = await serveRelease({ version: "9.9.8" })
    const signature = release.files.get(`${LATEST}/latest.json.minisig`) as Uint8Array
    await expectRefusal(release, "another key", { key: otherPublicKey })
    release.files.set(`${LATEST}/latest.json.minisig`, other.files.get(`${LATEST}/latest.json.minisig`) as Uint8Array)
    await expectRefusal(release, "does not match")
    release.files.set(`${LATEST}/latest.json.minisig`, signature.subarray(0, 80))
    await expectRefusal(release, "cut off")
    release.files.delete(`${LATEST}/latest.json.minisig`)
    await expectRefusal(release, /404: the release is not signed/)
    expect(release.asked.filter((path) => path.endsWith(".tar.gz"))).toEqual([])
  })

  test.each([
    ["is for other systems only", { target: "plan9-mips" }, "not made for this system (linux-x64)"],
    [
      "leads to another host",
      { over: withArchive({ url: "https://example.com/a.tar.gz" }) },
      "url must be a path below",
    ],
    ["leads above itself", { over: withArchive({ url: "../a.tar.gz" }) }, "url must be a path below"],
    ["names more bytes than any release has", { over: withArchive({ size: 1e12 }) }, "size must be bytes"],
    ["is no manifest", { over: () => ["asyncgate"] }, "not a JSON object"],
  ])("what was signed %s", async (_, contents, words) => {
    await expectRefusal(await serveRelease(contents), words)
  })

  test("another version is there than the one that was named, or none", async () => {
    const release = await serveRelease()
    await expectRefusal(release, /404: there is no such release/, { to: "9.9.8" })
    for (const file of ["latest.json", "latest.json.minisig"])
      release.files.set(`/download/v9.9.8/${file}`, release.files.get(`${LATEST}/${file}`) as Uint8Array)
    await expectRefusal(release, "is of version 9.9.9, not of 9.9.8", { to: "9.9.8" })
  })

  test.each([
    ["does not run", "no program", "does not run here"],
    ["fails", "#!/bin/sh\necho broken >&2\nexit 3\n", "it ended with 3 (broken)"],
    ["is another version", makeScript("9.9.8"), "does not say that it is this version"],
    ["says nothing", "#!/bin/sh\n", "does not say that it is this version"],
  ])("the new program %s", async (_, program, words) => {
    await expectRefusal(await serveRelease({ program }), words)
  })

  test("the archive holds no program, or is no archive", async () => {
    const none = Bun.gzipSync(writeTar(listEntries({ LICENSE: "free" }), 1))
    await expectRefusal(await serveRelease({ archive: none }), "holds 0 files")
    await expectRefusal(await serveRelease({ archive: Buffer.from("no archive") }), "cannot be unpacked")
  })

  test("its server fails, or does not answer", async () => {
    const release = await serveRelease()
    release.files.set(`${LATEST}/latest.json`, () => new Response("busy", { status: 503 }))
    await expectRefusal(release, "answered 503: try again later")
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })
    const url = `http://127.0.0.1:${server.port}`
    await server.stop(true)
    await expectRefusal({ ...release, url }, "cannot be fetched")
  })

  test("it is interrupted", async () => {
    const release = await serveRelease()
    const path = `${LATEST}/asyncgate-9.9.9-${TARGET}.tar.gz`
    const bytes = release.files.get(path) as Uint8Array
    release.files.set(path, () => new Response(streamPiece(bytes.subarray(0, 100), () => {})))
    const stop = new AbortController()
    await expectRefusal(release, "interrupted", { signal: stop.signal, onProgress: () => stop.abort() })
  })

  test("the server sends it elsewhere, unless that is https or the same server", async () => {
    const release = await serveRelease()
    const other = await serveRelease()
    const { cert, key, ca } = await makeCertificates()
    const manifest = release.files.get(`${LATEST}/latest.json`) as Uint8Array
    const redirect = (to: string) => release.files.set(`${LATEST}/latest.json`, () => Response.redirect(to, 302))
    redirect(`${other.url}${LATEST}/latest.json`)
    await expectRefusal(release, "is not https: it is not followed")
    redirect(`http://localhost:${new URL(release.url).port}${LATEST}/latest.json`)
    await expectRefusal(release, "is not https: it is not followed")
    redirect(`${release.url}${LATEST}/latest.json`)
    await expectRefusal(release, "redirects more than 5 times")
    release.files.set(`${LATEST}/moved.json`, manifest)
    redirect(`${release.url}${LATEST}/moved.json`)
    const directory = tempDir()
    installProgram(directory)
    expect(await update(release, directory)).toEndWith(".old")
    // Over https too, only what is trusted.
    const secure = await serveRelease({ tls: { cert, key } })
    expect(ca).toContain("CERTIFICATE")
    redirect(`${secure.url}${LATEST}/latest.json`)
    await expectRefusal(release, /cannot be fetched.*certificate/)
  })

  test.each([
    ["releases", "is no address"],
    ["ftp://example.com", "is no address"],
    ["http://example.com/releases", "must begin with https://"],
    ["https://user:secret@example.com", "holds a password"],
    ["https://example.com/?a", "must end with a path"],
  ])("ASYNCGATE_UPDATE_URL is %s", (url, words) => {
    expect(() => findManifestUrl(url, null)).toThrow(words)
    expect(() => findManifestUrl(url, null)).not.toThrow("secret")
  })

  test.each([
    ["/root/.npm/_npx/1a/node_modules/@asyncgate/linux-x64/asyncgate", "npx asyncgate@latest"],
    ["/tmp/bunx-0-asyncgate@latest/node_modules/@asyncgate/linux-x64/asyncgate", "bunx asyncgate@latest"],
    ["/home/u/.bun/install/global/node_modules/@asyncgate/linux-x64/asyncgate", "bun add --global"],
    ["/home/u/.local/share/pnpm/global/5/node_modules/@asyncgate/linux-x64/asyncgate", "pnpm add --global"],
    ["/usr/lib/node_modules/asyncgate/node_modules/@asyncgate/linux-x64/asyncgate", "npm install --global"],
    ["/home/u/project/node_modules/@asyncgate/linux-x64/asyncgate", "npm install asyncgate@latest there"],
    ["C:\\Users\\u\\AppData\\Roaming\\npm\\node_modules\\asyncgate\\asyncgate.exe", "npm install --global"],
    ["/opt/homebrew/Cellar/asyncgate/1.0.0/bin/asyncgate", "brew upgrade asyncgate"],
    ["C:\\Users\\u\\scoop\\apps\\asyncgate\\1.0.0\\asyncgate.exe", "scoop update asyncgate"],
    ["/nix/store/abc-asyncgate/bin/asyncgate", "Nix"],
  ])("another program has installed it: %s", (program, words) => {
    expect(() => checkPlace({ program, isCompiled: true })).toThrow(words)
  })

  test.skipIf(noNamespace !== null)("it is the program of its container", () => {
    const place = join(import.meta.dir, "../../src/release/installation.ts")
    const code = `import { realpathSync } from "node:fs"
      import { checkPlace } from ${JSON.stringify(place)}
      checkPlace({ program: realpathSync(process.execPath), isCompiled: true })`
    const { stderr, exitCode } = Bun.spawnSync([...container, process.execPath, "-e", code])
    expect({ exitCode, isTold: stderr.includes("pull the image of the new version") }).toEqual({
      exitCode: 1,
      isTold: true,
    })
  })
})

const trial = openRoom(newDir(), 1)
const noRoom = "reason" in trial ? trial.reason : null
if (!("reason" in trial)) trial.close()
if (noRoom !== null) process.stderr.write(`skipped, what needs a disk to fill: ${noRoom}\n`)

describe.skipIf(noRoom !== null)("on a disk of its own, an update is refused, and nothing has changed, where", () => {
  function openDisk(): Room {
    const room = openRoom(newDir(), 8) as Room
    afterTest(room.close)
    installProgram(room.path)
    return room
  }

  test.each([
    ["the archive", 1_000_000],
    ["the program in it", 3_500_000],
  ])("%s does not fit", async (_, freeBytes) => {
    // What cannot be compressed in an archive of its own size, and then the program.
    const program = `${makeScript("9.9.9")}exit\n${seededText(3_000_000)}`
    const release = await serveRelease({ program })
    const room = openDisk()
    room.fill(freeBytes)
    await expectRefusal(release, /full|no space|disk has \d+ MB free/i, {}, room.path)
    room.empty()
    expect(await update(release, room.path)).toEndWith(".old")
  })

  test("the directory is read-only", async () => {
    const room = openDisk()
    Bun.spawnSync(["mount", "-o", "remount,ro", room.path])
    await expectRefusal(await serveRelease(), "is read-only", {}, room.path)
  })
})

test.skipIf(process.getuid?.() === 0)("a directory of another user is refused", async () => {
  const directory = tempDir()
  installProgram(directory)
  chmodSync(directory, 0o555)
  afterTest(() => chmodSync(directory, 0o755))
  await expectRefusal(await serveRelease(), "cannot be written by this user", {}, directory)
})

describe("the command update", () => {
  test.each([
    [["--to", "newest"], {}, findCode("usage"), "--to 1.2.3"],
    [["more"], {}, findCode("usage"), "too many arguments"],
    [[], { ASYNCGATE_NO_UPDATE: "1" }, findCode("failed"), "ASYNCGATE_NO_UPDATE is set"],
    [["--check"], { ASYNCGATE_UPDATE_URL: "http://example.com" }, findCode("failed"), "must begin with https://"],
    [["--check"], {}, findCode("failed"), "without the key of the releases"],
  ])("with %j and %j ends with its code and says what to do", async (args, env, code, words) => {
    const ran = await runClient(null, ["update", ...args], { env: env as Record<string, string> })
    expect(ran).toMatchObject({ stdout: "", code, stderr: expect.stringContaining(words) })
  })

  test.skipIf(process.env["ASYNCGATE_BINARY"] !== undefined)("of the source says that git updates it", async () => {
    const ran = await runClient(null, ["update"])
    expect(ran).toMatchObject({ stdout: "", code: 1, stderr: expect.stringContaining("git pull") })
  })
})

/** A stream that does not go on after its first piece. @param then called when more is wanted */
function streamPiece(piece: Uint8Array, then: () => unknown): ReadableStream<Uint8Array> {
  let isSent = false
  return new ReadableStream({
    pull(controller) {
      if (!isSent) controller.enqueue(piece)
      else then()
      if (isSent) return new Promise<void>(() => {})
      isSent = true
    },
  })
}

/** Changes the one archive of a manifest. */
function withArchive(over: object) {
  return (manifest: { targets: object }) => ({
    ...manifest,
    targets: Object.fromEntries(
      Object.entries(manifest.targets).map(([name, archive]) => [name, { ...archive, ...over }]),
    ),
  })
}

/** Letters that no compression makes much shorter, the same each time. */
function seededText(length: number): string {
  const hashes: string[] = []
  for (let at = 0; at * 88 < length; at++)
    hashes.push(new Bun.CryptoHasher("sha512").update(String(at)).digest("base64"))
  return hashes.join("")
}
