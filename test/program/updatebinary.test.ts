// The command update of a compiled program that knows the key of the tests.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pkg from "../../package.json" with { type: "json" }
import { makeCertificates } from "../certificates.ts"
import { newDir, removeDir, tempDir } from "../cleanup.ts"
import { plainEnv, readOutput, start } from "../harness.ts"
import { KEY, LATEST, makeScript, type Release, serveRelease, TARGET } from "./releases.ts"

/** The program is compiled first. */
setDefaultTimeout(240_000)

let made: string

beforeAll(async () => {
  made = newDir()
  const constants = { ASYNCGATE_RELEASE_KEY: KEY, ASYNCGATE_RELEASE_TARGET: TARGET }
  const child = Bun.spawn(
    [
      ...[process.execPath, "build", "--compile", "--splitting", "--format=esm", "--no-compile-autoload-dotenv"],
      ...Object.entries(constants).flatMap(([name, value]) => ["--define", `${name}=${JSON.stringify(value)}`]),
      ...[join(import.meta.dir, "../../src/main.ts"), "--outfile", join(made, "asyncgate")],
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  )
  const { stderr, code } = await readOutput(child)
  if (code !== 0) throw new Error(stderr)
})
afterAll(() => removeDir(made))

/** Installs it in a directory of its own. @param below directories in between */
function install(below = ".") {
  const directory = join(tempDir(), below)
  mkdirSync(directory, { recursive: true })
  const program = join(directory, "asyncgate")
  linkSync(join(made, "asyncgate"), program)
  const home = tempDir()
  const spawn = (release: Release, args: string[], env: Record<string, string> = {}) =>
    Bun.spawn([program, "update", ...args], {
      env: { ...plainEnv(), HOME: home, ASYNCGATE_UPDATE_URL: release.url, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    })
  return {
    ...{ directory, program, home, spawn },
    update: (release: Release, args: string[] = [], env: Record<string, string> = {}) =>
      readOutput(spawn(release, args, env)),
  }
}

const script = makeScript("9.9.9")

describe.skipIf(process.platform !== "linux")("a compiled program", () => {
  test("is replaced by the release, and the one before still runs", async () => {
    const { directory, program, update } = install()
    const { stdout, stderr, code } = await update(await serveRelease({ schema: 1e3 }))
    expect({ code }).toEqual({ code: 0 })
    expect(stdout).toBe(`updated ${program} from ${pkg.version} to 9.9.9; the one before is ${program}.old\n`)
    expect(stderr).toContain("no backup was made")
    expect(readFileSync(program, "utf8")).toBe(script)
    expect(readdirSync(directory).toSorted()).toEqual(["asyncgate", "asyncgate.old"])
    const old = Bun.spawnSync([`${program}.old`, "version"], { env: plainEnv() })
    expect(old.stdout.toString()).toBe(`${pkg.version}\n`)
  })

  test("with --check only tells of a release, with --json as an object", async () => {
    const { directory, update } = install()
    const release = await serveRelease()
    const { stdout } = await update(release, ["--check"])
    expect(stdout).toBe(`9.9.9 of 2026-12-01 can be installed in place of ${pkg.version}\n`)
    const json = JSON.parse((await update(release, ["--check", "--json"])).stdout)
    expect(json).toEqual({ version: pkg.version, offered: "9.9.9", is_other: true, date: "2026-12-01T12:00:00Z" })
    const same = await serveRelease({ version: pkg.version })
    expect((await update(same)).stdout).toBe(`${pkg.version} is what runs already\n`)
    expect(JSON.parse((await update(same, ["--json"])).stdout)).toEqual({
      ...{ version: pkg.version, offered: pkg.version, is_other: false },
    })
    expect(readdirSync(directory)).toEqual(["asyncgate"])
    expect(release.asked.some((path) => path.endsWith(".tar.gz"))).toBe(false)
  })

  test("backs up the database that the new version would change, and tells which gateway runs the old one", async () => {
    const gateway = await start()
    const { update } = install()
    const { stdout, stderr, code } = await update(await serveRelease({ schema: 1e3 }), ["--json"], {
      APP_DIR: gateway.dir,
    })
    const backup = join(gateway.dir, `before-update-from-${pkg.version}.backup`)
    expect({ code }).toEqual({ code: 0 })
    expect(JSON.parse(stdout)).toMatchObject({ from: pkg.version, to: "9.9.9", backup, is_restarted: false })
    expect(statSync(backup).mode & 0o777).toBe(0o600)
    expect(stderr).toContain(`the gateway at ${gateway.url} runs the version before`)
  })

  test("is not replaced where the backup cannot be made", async () => {
    const appDir = tempDir()
    writeFileSync(join(appDir, "asyncgate.db"), "no database")
    const { directory, update } = install()
    const ran = await update(await serveRelease({ schema: 1e3 }), [], { APP_DIR: appDir })
    expect(ran).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("asyncgate.db") })
    expect(readdirSync(directory)).toEqual(["asyncgate"])
  })

  test("starts the service anew that was installed with it, and no other", async () => {
    const { program, home, update } = install()
    const bin = tempDir()
    writeFileSync(join(bin, "systemctl"), `#!/bin/sh\necho "$*" >> "$(dirname "$0")/calls"\n`)
    chmodSync(join(bin, "systemctl"), 0o755)
    const unit = join(home, ".config/systemd/user/asyncgate.service")
    mkdirSync(join(unit, ".."), { recursive: true })
    const env = { PATH: `${bin}:/usr/bin:/bin` }
    writeFileSync(unit, `# Written by "asyncgate service install"\nExecStart="/opt/other" "serve"\n`)
    expect(JSON.parse((await update(await serveRelease(), ["--json"], env)).stdout)).toMatchObject({
      is_restarted: false,
    })
    expect(existsSync(join(bin, "calls"))).toBe(false)
    const second = install()
    writeFileSync(unit, `# Written by "asyncgate service install"\nExecStart="${second.program}" "serve"\n`)
    const ran = await second.update(await serveRelease(), [], { ...env, HOME: home })
    expect(ran.stderr).toContain("the service was started anew")
    expect(readFileSync(join(bin, "calls"), "utf8")).toBe("--user restart asyncgate.service\n")
    expect(readFileSync(program, "utf8")).toBe(script)
  })

  test("that is interrupted ends as by Ctrl-C and leaves nothing; what a kill leaves, the next update removes", async () => {
    const { directory, program, spawn, update } = install()
    const release = await serveRelease()
    const path = `${LATEST}/asyncgate-9.9.9-${TARGET}.tar.gz`
    const archive = release.files.get(path) as Uint8Array
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      const { promise, resolve } = Promise.withResolvers<void>()
      release.files.set(path, () => {
        resolve()
        return new Response(new ReadableStream({ pull: () => new Promise<void>(() => {}) }))
      })
      const child = spawn(release, [])
      await promise
      child.kill(signal)
      await child.exited
      expect(child.signalCode).toBe(signal)
      expect(readdirSync(directory)).toHaveLength(signal === "SIGINT" ? 1 : 2)
    }
    release.files.set(path, archive)
    expect((await update(release)).code).toBe(0)
    expect(readdirSync(directory).toSorted()).toEqual(["asyncgate", "asyncgate.old"])
    expect(readFileSync(program, "utf8")).toBe(script)
  })

  test("follows a redirect to another host over https, whose certificate it checks", async () => {
    const { cert, key, ca } = await makeCertificates()
    const trusted = join(tempDir(), "ca.pem")
    writeFileSync(trusted, ca)
    const secure = await serveRelease({ tls: { cert, key } })
    const release = await serveRelease()
    for (const path of release.files.keys())
      release.files.set(path, () => Response.redirect(`${secure.url}${path}`, 302))
    const { directory, update } = install()
    const refused = await update(release)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("certificate") })
    expect(readdirSync(directory)).toEqual(["asyncgate"])
    expect((await update(release, [], { NODE_EXTRA_CA_CERTS: trusted })).code).toBe(0)
  })

  test("leaves itself alone where a package manager has installed it", async () => {
    const { directory, update } = install("lib/node_modules/@asyncgate/linux-x64/bin")
    const release = await serveRelease()
    const ran = await update(release)
    expect(ran).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("npm install --global") })
    expect([readdirSync(directory), release.asked]).toEqual([["asyncgate"], []])
  })
})
