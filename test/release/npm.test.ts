// What npm and Bun make of the packages for npm, from a registry on this machine. The program in them is a script of one line that
// becomes the program under test: `bun run release:check` does the same with the real one, which takes longer to pack.
import { beforeAll, describe, expect, test } from "bun:test"
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pkg from "../../package.json" with { type: "json" }
import { packNpmPackages, writeNpmPackages } from "../../scripts/release/npmpackages.ts"
import { targets } from "../../src/release/manifest.ts"
import { afterTest, newDir, removeDir, tempDir } from "../cleanup.ts"
import { firstLine, plainEnv, program, readOutput } from "../harness.ts"
import { type Manifest, startRegistry } from "./npmregistry.ts"

const VERSION = "7.8.9"
const here = `${process.platform}-${process.arch}`

const both = [`asyncgate-${VERSION}.tgz`, `asyncgate-${here}-${VERSION}.tgz`]

const unable = Bun.which("npm") === null ? "npm is not on this machine" : ""
if (unable !== "") process.stdout.write(`skipped, because ${unable}: the packages for npm\n`)
type Members = Record<string, unknown>
const made: { manifest: Manifest & Members; archive: string }[] = []
const dir = newDir()
process.on("exit", () => removeDir(dir))

beforeAll(async () => {
  if (unable === "") made.push(...(await makePackages(join(dir, "packages"))))
})

/** All nine, packed. */
async function makePackages(to: string) {
  const script = join(dir, "asyncgate")
  writeFileSync(script, `#!/bin/sh\nexec ${program.map((word) => `'${word}'`).join(" ")} "$@"\n`, { mode: 0o755 })
  const programs = new Map(targets.map((target) => [target, script] as const))
  const directories = writeNpmPackages({ version: VERSION, programs, notices: ["LICENSE"], to })
  const archives = await packNpmPackages(directories, to)
  return directories.map((directory, at) => ({
    manifest: JSON.parse(readFileSync(join(directory, "package.json"), "utf8")),
    archive: archives[at] ?? "",
  }))
}

/** A new directory with caches and settings of its own, in which npm and Bun install from a registry of this machine. */
function openClient() {
  const registry = startRegistry(made)
  afterTest(() => registry.stop())
  const home = tempDir()
  const work = join(home, "work")
  mkdirSync(work)
  writeFileSync(join(work, "package.json"), '{ "name": "work", "private": true }')
  // bunx, and Bun where a script asks for it.
  mkdirSync(join(home, "bin"))
  for (const name of ["bun", "bunx"]) symlinkSync(process.execPath, join(home, "bin", name))
  const env = {
    ...plainEnv(),
    PATH: `${join(home, "bin")}:${plainEnv()["PATH"]}`,
    HOME: home,
    APP_DIR: join(home, "data"),
    npm_config_registry: registry.url,
    npm_config_cache: join(home, "npm-cache"),
    npm_config_update_notifier: "false",
    npm_config_audit: "false",
    npm_config_fund: "false",
    BUN_INSTALL_CACHE_DIR: join(home, "bun-cache"),
  }
  const spawn = (...command: string[]) =>
    Bun.spawn(command, { cwd: work, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  return { registry, work, spawn, run: (...command: string[]) => readOutput(spawn(...command)) }
}

describe.skipIf(unable !== "")("the packages for npm", () => {
  test("are one for each system, which only that one installs, and run no script at the installation", () => {
    const named = made.map(({ manifest }) => manifest.name)
    expect(named).toEqual([...targets.map((name) => `@asyncgate/${name}`), "asyncgate"])
    for (const { manifest } of made) expect(manifest).not.toHaveProperty("scripts")
    const manifests = new Map(made.map(({ manifest }): [string, Members] => [manifest.name, manifest]))
    const system = (name: string) => {
      const { os, cpu, libc } = manifests.get(`@asyncgate/${name}`) ?? {}
      return { os, cpu, libc }
    }
    expect(system("linux-arm64-musl")).toEqual({ os: ["linux"], cpu: ["arm64"], libc: ["musl"] })
    expect(system("linux-x64")).toEqual({ os: ["linux"], cpu: ["x64"], libc: ["glibc"] })
    expect(system("windows-x64")).toEqual({ os: ["win32"], cpu: ["x64"], libc: undefined })
    expect(manifests.get("asyncgate")?.["optionalDependencies"]).toEqual(
      Object.fromEntries(targets.map((name) => [`@asyncgate/${name}`, VERSION])),
    )
  })

  test("have the same bytes when they are made again", async () => {
    const again = await makePackages(join(dir, "again"))
    const digests = (packages: typeof made) =>
      packages.map(({ archive }) => Bun.SHA256.hash(readFileSync(archive), "hex"))
    expect(digests(again)).toEqual(digests(made))
  })

  test.each([
    // npx is a plain npm install, below.
    ["npm install --ignore-scripts", ["npm", "install", "--ignore-scripts", "asyncgate"]],
    ["bun add", [process.execPath, "add", "asyncgate"]],
  ])("%s fetches that of this system alone, it runs, and a signal reaches the gateway", async (_, command) => {
    const { registry, work, run, spawn } = openClient()
    expect(await run(...command)).toMatchObject({ code: 0 })
    expect(registry.fetched.toSorted()).toEqual(both)
    const ran = await run(join(work, "node_modules/.bin/asyncgate"), "--version")
    expect(ran).toMatchObject({ stdout: `${pkg.version}\n`, stderr: "", code: 0 })
    // The name .bin/asyncgate is that of both packages. This is the way through the first, by the runtime of the client.
    const runtime = command[0] === "npm" ? "node" : process.execPath
    const shim = join(work, "node_modules/asyncgate/bin/asyncgate.cjs")
    const mistaken = await run(runtime, shim, "ps", "--nonsense")
    expect(mistaken).toMatchObject({ stdout: "", code: 2 })
    expect(mistaken.stderr).toContain("--nonsense")
    const gateway = spawn(runtime, shim, "--port", "0", "--log-style", "json")
    const log = new Response(gateway.stderr).text()
    expect(await firstLine(gateway.stdout)).toContain("http://127.0.0.1:")
    gateway.kill("SIGTERM")
    expect(await gateway.exited).toBe(0)
    expect((await log).split("\n").filter((line) => line.includes('"stopped"'))).toHaveLength(1)
  })

  test.each([
    ["npx", ["npx", "--yes", "asyncgate", "--version"]],
    ["bunx", ["bunx", "asyncgate", "--version"]],
  ])("%s fetches that of this system alone, and runs it", async (_, command) => {
    const { registry, run } = openClient()
    expect(await run(...command)).toMatchObject({ stdout: `${pkg.version}\n`, code: 0 })
    expect(registry.fetched.toSorted()).toEqual(both)
  })

  test("the package of a system can be installed alone", async () => {
    const { registry, work, run } = openClient()
    expect(await run(process.execPath, "add", `@asyncgate/${here}`)).toMatchObject({ code: 0 })
    expect(registry.fetched).toEqual([`asyncgate-${here}-${VERSION}.tgz`])
    const ran = await run(join(work, "node_modules/.bin/asyncgate"), "--version")
    expect(ran).toMatchObject({ stdout: `${pkg.version}\n`, code: 0 })
  })

  test("without the package of this system the command says so and what to do, and ends with 1", async () => {
    const { registry, work, run } = openClient()
    expect(await run("npm", "install", "--omit=optional", "asyncgate")).toMatchObject({ code: 0 })
    expect(registry.fetched).toEqual([`asyncgate-${VERSION}.tgz`])
    const ran = await run(join(work, "node_modules/.bin/asyncgate"), "--version")
    expect(ran).toMatchObject({ stdout: "", code: 1 })
    expect(ran.stderr).toStartWith(`asyncgate: there is no package @asyncgate/${here} beside this one.`)
    expect(ran.stderr).toContain("install without --omit=optional")
  })
})
