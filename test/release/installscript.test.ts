// install.sh by each shell that is there, and how it knows the system. The program in the archive is a script, except once.
import { describe, expect, test } from "bun:test"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pkg from "../../package.json" with { type: "json" }
import { repositoryUrl } from "../../scripts/release/repository.ts"
import { tempDir } from "../cleanup.ts"
import { plainEnv, program } from "../harness.ts"
import { install, installScript, linkTools, publish } from "./installs.ts"

const missing = ["wget", "shellcheck"].filter((name) => Bun.which(name) === null)
if (missing.length > 0) process.stdout.write(`skipped is what needs ${missing.join(", ")}: not on this machine\n`)

/** Each shell by how a script is run with it. */
const shells = [["sh"], ["dash"], ["busybox", "sh"], ["bash", "--posix"]].filter(([name = ""]) => Bun.which(name))

/** A directory with programs that stand for those of another system, to be first on PATH. */
function makeTools(tools: Record<string, string>): string {
  const dir = tempDir()
  for (const [name, script] of Object.entries(tools))
    writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return `${dir}:${plainEnv()["PATH"]}`
}

test("install.sh names the place of the releases that everything else names", () => {
  const places = [...readFileSync(installScript, "utf8").matchAll(/https:\/\/[^\s}]+\/releases/g)]
  expect(places.length).toBeGreaterThan(1)
  expect(new Set(places.map(([place]) => place))).toEqual(new Set([`${repositoryUrl}/releases`]))
})

test.skipIf(Bun.which("shellcheck") === null)("shellcheck finds nothing in install.sh", () => {
  const { stdout, exitCode } = Bun.spawnSync(["shellcheck", installScript])
  expect({ found: stdout.toString(), exitCode }).toEqual({ found: "", exitCode: 0 })
})

describe.skipIf(process.platform !== "linux")("install.sh", () => {
  test.each(shells.map((shell) => [shell.join(" "), shell] as const))(
    "run by %s installs the newest program, leaves nothing beside it, and says how to reach it",
    async (_, shell) => {
      const { url, asked, archive } = await publish()
      const { bin, home, stdout, stderr, code } = await install(url, { shell })
      expect({ stderr, code }).toMatchObject({ code: 0 })
      expect(stdout).toBe("")
      expect(stderr).toContain(`asyncgate 7.8.9 is installed as ${bin}/asyncgate.`)
      expect(stderr).toContain("the signature was not checked, because this installer holds no release key")
      expect(stderr).toContain(`${bin} is not on your PATH.`)
      expect(readdirSync(bin)).toEqual(["asyncgate"])
      expect(readdirSync(home)).toEqual([".local"])
      expect(asked).toEqual(["/latest/download/SHA256SUMS", `/latest/download/${archive}`])
      expect(Bun.spawnSync([join(bin, "asyncgate")]).stdout.toString()).toBe("7.8.9\n")
    },
  )

  test("installs the program under test, which then runs", async () => {
    const { url } = await publish({ script: `#!/bin/sh\nexec ${program.map((word) => `'${word}'`).join(" ")} "$@"\n` })
    const { bin, stderr, code } = await install(url, { env: { APP_DIR: tempDir() } })
    expect({ stderr, code }).toMatchObject({ code: 0 })
    expect(stderr).toContain(`asyncgate ${pkg.version} is installed`)
    expect(Bun.spawnSync([join(bin, "asyncgate"), "--version"]).stdout.toString()).toBe(`${pkg.version}\n`)
  })

  test("installs the version that is named into the directory that is named, and says nothing of a PATH that has it", async () => {
    const { url, asked } = await publish({ version: "1.2.3-beta.1" })
    const dir = join(tempDir(), "a folder/it's $HOME")
    const PATH = `${plainEnv()["PATH"]}:${dir}`
    const { home, stderr, code } = await install(url, {
      args: ["--version", "v1.2.3-beta.1", `--dir=${dir}`],
      env: { PATH },
    })
    expect({ stderr, code }).toMatchObject({ code: 0 })
    expect(asked[0]).toBe("/download/v1.2.3-beta.1/SHA256SUMS")
    expect(readdirSync(dir)).toEqual(["asyncgate"])
    expect(readdirSync(home)).toEqual([])
    expect(stderr).not.toContain("is not on your PATH")
  })

  test.skipIf(Bun.which("wget") === null)("works with wget where there is no curl", async () => {
    const { url } = await publish()
    const { stderr, code, bin } = await install(url, { env: { PATH: linkTools("wget") } })
    expect({ stderr, code }).toMatchObject({ code: 0 })
    expect(readdirSync(bin)).toEqual(["asyncgate"])
  })

  test("says what to install where there is neither curl nor wget, and where nothing makes sums", async () => {
    const { url } = await publish()
    const without = await install(url, { env: { PATH: linkTools() } })
    expect(without).toMatchObject({ code: 1 })
    expect(without.stderr).toContain("neither curl nor wget is on this machine: install one of them")
    const PATH = linkTools("curl")
    rmSync(join(PATH, "sha256sum"))
    const unable = await install(url, { env: { PATH } })
    expect(unable).toMatchObject({ code: 1 })
    expect(unable.stderr).toContain("this machine has no sha256sum, shasum or openssl")
    expect(unable.stderr).not.toContain("wrong sum")
    for (const { home } of [without, unable]) expect(readdirSync(home)).toEqual([])
  })
})

describe.skipIf(process.platform !== "linux")("install.sh chooses the archive", () => {
  const musl = { ldd: 'echo "musl libc (x86_64)" >&2; exit 1' }
  const uname = (system: string, machine: string) => ({ uname: `[ "$1" = -s ] && echo ${system} || echo ${machine}` })
  const glibc = { ldd: 'echo "ldd (GNU libc) 2.36"' }

  test.each([
    ["Linux with glibc", { ...uname("Linux", "x86_64"), ...glibc }, "linux-x64"],
    ["Linux with musl", { ...uname("Linux", "x86_64"), ...musl }, "linux-x64-musl"],
    ["Linux on arm", { ...uname("Linux", "aarch64"), ...glibc }, "linux-arm64"],
    ["Linux with musl on arm", { ...uname("Linux", "aarch64"), ...musl }, "linux-arm64-musl"],
    ["macOS on Apple silicon", uname("Darwin", "arm64"), "darwin-arm64"],
    ["macOS on Intel", { ...uname("Darwin", "x86_64"), sysctl: "exit 1" }, "darwin-x64"],
    ["a shell that Rosetta translates", { ...uname("Darwin", "x86_64"), sysctl: "echo 1" }, "darwin-arm64"],
  ])("of %s", async (_, tools, target) => {
    const { url } = await publish({ over: { SHA256SUMS: "" } })
    const { stderr, code } = await install(url, { env: { PATH: makeTools(tools) } })
    expect({ stderr, code }).toMatchObject({ code: 1 })
    expect(stderr).toContain(`names no archive for ${target}\n`)
  })

  test.each([
    ["Windows", uname("MINGW64_NT-10.0", "x86_64"), "this is Windows: use npm install -g asyncgate"],
    ["FreeBSD", uname("FreeBSD", "amd64"), "there is no build for FreeBSD"],
    ["a processor", uname("Linux", "riscv64"), "there is no build for riscv64"],
    ["32 bits", { ...uname("Linux", "aarch64"), getconf: "echo 32" }, "this system has 32 bits"],
  ])("and says that there is none of %s", async (_, tools, words) => {
    const { url, asked } = await publish()
    const { stderr, code, home } = await install(url, { env: { PATH: makeTools(tools) } })
    expect({ stderr, code }).toMatchObject({ code: 1 })
    expect(stderr).toContain(words)
    expect(asked).toEqual([])
    expect(readdirSync(home)).toEqual([])
  })
})
