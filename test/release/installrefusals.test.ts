// What install.sh refuses leaves everything as it was. The program in the archive is a script.
import { describe, expect, test } from "bun:test"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { writeInstaller } from "../../scripts/release/installer.ts"
import { afterTest, tempDir } from "../cleanup.ts"
import { type InstallOptions, install, installScript, linkTools, place, publish } from "./installs.ts"

const missing = ["minisign", "unshare"].filter((name) => Bun.which(name) === null)
if (missing.length > 0) process.stdout.write(`skipped is what needs ${missing.join(", ")}: not on this machine\n`)

/** Runs a command with mounts of its own. */
const mounts = process.getuid?.() === 0 ? ["unshare", "--mount"] : ["unshare", "--mount", "--map-root-user"]
const canMount = Bun.which("unshare") !== null && Bun.spawnSync([...mounts, "true"]).exitCode === 0

describe.skipIf(process.platform !== "linux")("install.sh changes nothing and leaves nothing behind", () => {
  /** Refused with these words where an older program is. */
  async function expectRefused(url: string, words: RegExp, options: InstallOptions = {}) {
    const home = tempDir()
    const bin = join(home, ".local/bin")
    place(bin, "1.0.0")
    const before = readFileSync(join(bin, "asyncgate"), "utf8")
    const { stdout, stderr, code } = await install(url, { ...options, home })
    expect({ stdout, code }).toEqual({ stdout: "", code: 1 })
    expect(stderr).toContain("asyncgate was not installed: ")
    expect(stderr).toMatch(words)
    expect(readdirSync(bin)).toEqual(["asyncgate"])
    expect(readFileSync(join(bin, "asyncgate"), "utf8")).toBe(before)
  }

  test("when the sum is wrong", async () => {
    const release = await publish()
    release.over["SHA256SUMS"] = `${"0".repeat(64)}  ${release.archive}\n`
    await expectRefused(
      release.url,
      /has the wrong sum: it should be 0{64} and is [0-9a-f]{64}\. The download is damaged/,
    )
  })

  test("when the download is shorter than it was published", async () => {
    const release = await publish()
    release.over[release.archive] = release.bytes.slice(0, -20)
    await expectRefused(release.url, /has the wrong sum/)
  })

  test("when the connection ends in the middle of the download", async () => {
    const release = await publish()
    const { bytes } = release
    const breaking = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n\r\n`)
          socket.write(bytes.slice(0, -20))
          socket.end()
        },
      },
    })
    afterTest(() => breaking.stop(true))
    release.over[release.archive] = () => Response.redirect(`http://127.0.0.1:${breaking.port}/`)
    await expectRefused(release.url, /cannot be fetched whole: curl: \(18\)/)
  })

  test("when there is no release, no archive, or no server", async () => {
    await expectRefused((await publish({ over: { SHA256SUMS: null } })).url, /SHA256SUMS cannot be fetched: .*404/)
    const release = await publish()
    release.over[release.archive] = null
    await expectRefused(release.url, /cannot be fetched whole: .*404/)
    await expectRefused("http://127.0.0.1:1/", /SHA256SUMS cannot be fetched: /)
  })

  test("when the archive holds something else, or a program that does not run here", async () => {
    const empty = Uint8Array.from(Bun.spawnSync(["tar", "-cz", "-C", tempDir(), "."]).stdout)
    const release = await publish()
    release.over[release.archive] = empty
    release.over["SHA256SUMS"] = `${Bun.SHA256.hash(empty, "hex")}  ${release.archive}\n`
    await expectRefused(release.url, /holds no asyncgate/)
    const broken = await publish({ script: "#!/bin/sh\necho 'libstdc++.so.6 is missing' >&2\nexit 127\n" })
    await expectRefused(broken.url, /does not run on this machine: libstdc\+\+.so.6 is missing/)
    const other = await publish({ script: "#!/bin/sh\necho 6.6.6\n" })
    await expectRefused(other.url, /holds version 6.6.6 and not 7.8.9/, { args: ["--version", "7.8.9"] })
  })

  test("when an option is wrong, before anything is asked", async () => {
    const { url, asked } = await publish()
    await expectRefused(url, /--nonsense is not known/, { args: ["--nonsense"] })
    await expectRefused(url, /--version has no value/, { args: ["--version"] })
    await expectRefused(url, /--version ..\/x is no version; write it as 1.2.3/, { args: ["--version=../x"] })
    await expectRefused(url, /--version 1.2.3\/..\/.. is no version/, { args: ["--version", "1.2.3/../.."] })
    const homeless = await install(url, { env: { HOME: "" } })
    expect(homeless).toMatchObject({ code: 1 })
    expect(homeless.stderr).toContain("HOME is not set: name a directory with --dir")
    expect(asked).toEqual([])
  })

  test("when wget checks no certificate", async () => {
    const { url } = await publish()
    const PATH = linkTools()
    writeFileSync(
      join(PATH, "wget"),
      "#!/bin/sh\necho 'wget: note: TLS certificate validation not implemented' >&2\n: >\"$3\"\n",
      { mode: 0o755 },
    )
    await expectRefused(url, /this wget does not check who answers: install curl/, { env: { PATH } })
  })

  test("when the name of the folder has two lines, of which each could be another folder", async () => {
    const { url } = await publish()
    const other = tempDir()
    await expectRefused(url, /has two lines/, { args: ["--dir", `${other}\nx/bin`] })
    expect(existsSync(other)).toBe(true)
  })

  test("when it arrives in part", async () => {
    const { url, asked } = await publish()
    const whole = readFileSync(installScript, "utf8")
    for (const bytes of [
      1000,
      4000,
      whole.length - 20,
      ...Array.from({ length: 14 }, (_, at) => whole.length - 2 - at),
    ]) {
      const script = join(tempDir(), "install.sh")
      writeFileSync(script, whole.slice(0, bytes))
      const { home } = await install(url, { script })
      expect({ bytes, made: readdirSync(home), asked }).toEqual({ bytes, made: [], asked: [] })
    }
  })

  test("when the folder cannot be made", async () => {
    const { url } = await publish()
    const home = tempDir()
    writeFileSync(join(home, ".local"), "a file where the folder should be")
    const { stderr, code } = await install(url, { home })
    expect({ stderr, code }).toEqual({
      stderr: `asyncgate was not installed: the directory ${home}/.local/bin cannot be made: choose another with --dir\n`,
      code: 1,
    })
    expect(readdirSync(home)).toEqual([".local"])
  })

  test.each([
    ["when the disk is full", "size=96k", /(cannot be fetched whole|cannot be unpacked|cannot be written)/],
    [
      "when the folder is read-only",
      "ro",
      /cannot be written \(a read-only folder, or a full disk\): choose another with --dir/,
    ],
  ])("%s", async (_, mounting, words) => {
    if (!canMount) return process.stdout.write("not tried: unshare --mount is not allowed here\n")
    // Digests do not shrink.
    const digests = Array.from({ length: 2000 }, (_, at) =>
      new Bun.CryptoHasher("sha256").update(`${at}`).digest("base64"),
    )
    const noise = digests.join("")
    const { url } = await publish({ script: `#!/bin/sh\necho 7.8.9\nexit\n${noise}\n` })
    const dir = tempDir()
    place(dir, "1.0.0")
    const mount = `mount -t tmpfs -o size=96k none "$0" && printf '#!/bin/sh\\necho 1.0.0\\n' >"$0/asyncgate" && chmod 755 "$0/asyncgate"`
    const then = mounting === "ro" ? 'mount -o remount,ro "$0"' : "true"
    const script = `${mount} && ${then} && sh ${installScript} --dir "$0"; code=$?; ls -A "$0"; "$0/asyncgate"; exit $code`
    const { stdout, stderr, code } = await install(url, { shell: [...mounts, "sh", "-c"], script, args: [dir] })
    expect({ stdout, code }).toEqual({ stdout: "asyncgate\n1.0.0\n", code: 1 })
    expect(stderr).toMatch(words)
  })

  test("when what is there is newer, unless its version is named", async () => {
    const { url } = await publish({ version: "1.9.0" })
    const rows = [
      ["1.10.0", "newer"],
      ["1.9.1-beta.1", "newer"],
      ["1.9.0-beta.1", "older"],
    ] as const
    for (const [version, kind] of rows) {
      const home = tempDir()
      place(join(home, ".local/bin"), version)
      const { stderr, code } = await install(url, { home })
      expect({ version, code }).toEqual({ version, code: kind === "newer" ? 1 : 0 })
      expect(stderr).toContain(
        kind === "newer"
          ? `is ${version}, and 1.9.0 is older: sh install.sh --version 1.9.0 installs it`
          : `in place of ${version}.`,
      )
    }
    const home = tempDir()
    place(join(home, ".local/bin"), "1.10.0")
    expect(await install(url, { home, args: ["--version", "1.9.0"] })).toMatchObject({ code: 0 })
  })
})

describe.skipIf(process.platform !== "linux")("install.sh and the signature of the sums", () => {
  /** install.sh as it is published, and a release with its signature. */
  async function publishSigned() {
    const dir = tempDir()
    const key = join(dir, "key")
    const release = await publish()
    const minisign = (...args: string[]) => Bun.spawnSync(["minisign", ...args], { stdin: "ignore" })
    expect(minisign("-G", "-W", "-s", key, "-p", `${key}.pub`).exitCode).toBe(0)
    const sign = (text: Uint8Array<ArrayBuffer>) => {
      const file = join(dir, "SHA256SUMS")
      writeFileSync(file, text)
      expect(minisign("-S", "-s", key, "-m", file).exitCode).toBe(0)
      return readFileSync(`${file}.minisig`, "utf8")
    }
    const script = join(dir, "install.sh")
    writeInstaller(script, readFileSync(`${key}.pub`, "utf8"))
    release.over["SHA256SUMS.minisig"] = sign(release.sums)
    return { ...release, script, sign }
  }

  test.skipIf(Bun.which("minisign") === null)("installs what is signed, and refuses what is not", async () => {
    const { url, script, over, sign } = await publishSigned()
    const good = await install(url, { script })
    expect(good).toMatchObject({ code: 0 })
    expect(good.stderr).not.toContain("signature")
    over["SHA256SUMS.minisig"] = sign(new TextEncoder().encode("something else"))
    const tampered = await install(url, { script })
    expect(tampered).toMatchObject({ code: 1 })
    expect(tampered.stderr).toContain("the signature of SHA256SUMS is wrong: it was not made with the release key")
    over["SHA256SUMS.minisig"] = (await publishSigned()).over["SHA256SUMS.minisig"] ?? null
    const foreign = await install(url, { script })
    expect(foreign).toMatchObject({ code: 1 })
    expect(foreign.stderr).toContain("the signature of SHA256SUMS is wrong")
    over["SHA256SUMS.minisig"] = null
    const unsigned = await install(url, { script })
    expect(unsigned).toMatchObject({ code: 1 })
    expect(unsigned.stderr).toContain("the signature of the sums cannot be fetched")
    for (const { home } of [tampered, foreign, unsigned]) expect(readdirSync(home)).toEqual([])
  })

  test("says that it was not checked where minisign is not there, and checks the sum all the same", async () => {
    const release = await publish()
    const script = join(tempDir(), "install.sh")
    writeInstaller(script, "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")
    const env = { PATH: linkTools("curl") }
    const { stderr, code } = await install(release.url, { script, env })
    expect({ stderr, code }).toMatchObject({ code: 0 })
    expect(stderr).toContain("the signature was not checked, because minisign is not on this machine; the sum is")
    release.over[release.archive] = "not the archive"
    expect(await install(release.url, { script, env })).toMatchObject({ code: 1 })
  })
})
