// What `bun run release:check` tries, a row each.
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Target, targets } from "../../src/release/manifest.ts"
import { verifySignature } from "../../src/release/minisign.ts"
import { describeCause } from "../../src/values.ts"
import { root } from "../build.ts"
import { checkImage, checkImageRoot } from "./checkimage.ts"
import { checkInstaller, checkNpm } from "./checkinstalls.ts"
import { compareAgain } from "./compile.ts"
import { checkSignature } from "./machosign.ts"
import { readPages, runJob, type Started, startGateway, testWire, withDirectory } from "./smoke.ts"

interface CheckRow {
  name: string
  /** What it needs by its name or path, and the package of Debian that has it; "" for none. */
  tools?: Record<string, string>
  /** What it needs below dist/release. */
  files?: readonly string[]
  isRoot?: boolean
  /** @returns what was found, as a sentence. @throws Error that says what is wrong */
  run(): Promise<string>
}

const releases = join(root, "dist/release")
const out = join(releases, "out")
const programOf = (target: Target) =>
  join(releases, target, target.startsWith("windows-") ? "asyncgate.exe" : "asyncgate")
/** Lifted beforehand: the program would execute itself for that, which an emulator lets this machine's kernel do. */
const lifted = { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" }

const arm64 = { "qemu-aarch64-static": "qemu-user-static", "/usr/aarch64-linux-gnu/lib/libc.so.6": "libc6-arm64-cross" }
const windows = { wine: "wine", "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64" }

export const rows: readonly CheckRow[] = [
  { name: "sums", files: ["out/SHA256SUMS"], tools: { sha256sum: "coreutils" }, run: checkSums },
  { name: "signature", files: ["out/SHA256SUMS.minisig", "out/latest.json.minisig"], run: checkSignatures },
  { name: "darwin", files: ["darwin-x64/asyncgate", "darwin-arm64/asyncgate"], run: checkMac },
  {
    name: "linux-x64",
    files: ["linux-x64/asyncgate"],
    run: () => checkGateway((args) => [programOf("linux-x64"), ...args]),
  },
  {
    name: "linux-arm64",
    tools: arm64,
    files: ["linux-arm64/asyncgate"],
    run: () =>
      checkGateway((args) => [
        "qemu-aarch64-static",
        "-L",
        "/usr/aarch64-linux-gnu",
        programOf("linux-arm64"),
        ...args,
      ]),
  },
  {
    name: "old-x64",
    tools: { "qemu-x86_64-static": "qemu-user-static" },
    files: ["linux-x64/asyncgate"],
    run: () => checkGateway((args) => ["qemu-x86_64-static", "-cpu", "Nehalem", programOf("linux-x64"), ...args]),
  },
  { name: "windows-x64", tools: windows, files: ["windows-x64/asyncgate.exe"], run: checkWindows },
  { name: "image", tools: { skopeo: "skopeo" }, files: ["image/index.json"], run: checkImage },
  {
    name: "image-root",
    tools: { unshare: "util-linux", nsenter: "util-linux", "/usr/sbin/chroot": "coreutils" },
    files: ["image/index.json"],
    isRoot: true,
    run: checkImageRoot,
  },
  { name: "npm", tools: { npm: "npm", node: "nodejs" }, files: ["npm/asyncgate/package.json"], run: checkNpm },
  { name: "install.sh", files: ["out/install.sh", "out/SHA256SUMS"], run: checkInstaller },
  { name: "in-place", files: ["linux-x64/asyncgate"], run: checkInPlace },
  { name: "twice", files: ["linux-x64/asyncgate"], run: checkTwice },
]

async function checkSums(): Promise<string> {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["sha256sum", "--strict", "-c", "SHA256SUMS"], { cwd: out })
  if (exitCode !== 0) throw new Error(`${stdout}${stderr}`.trim())
  return `the sums of ${stdout.toString().trim().split("\n").length} files are right`
}

/** With our own verifier, and with minisign's where it is there. */
async function checkSignatures(): Promise<string> {
  const key = /^release_key='(.+)'$/m.exec(readFileSync(join(out, "install.sh"), "utf8"))?.[1]
  if (key === undefined) throw new Error("install.sh holds no key, although the sums are signed")
  for (const name of ["SHA256SUMS", "latest.json"]) {
    const file = join(out, name)
    await verifySignature(key, readFileSync(file), readFileSync(`${file}.minisig`, "utf8"))
    if (Bun.which("minisign") === null) continue
    const { exitCode, stderr } = Bun.spawnSync(["minisign", "-V", "-P", key, "-m", file])
    if (exitCode !== 0) throw new Error(`minisign refuses ${name}: ${stderr}`)
  }
  const byWhom =
    Bun.which("minisign") === null
      ? "asyncgate (minisign is not here: apt-get install minisign)"
      : "asyncgate and minisign"
  return `SHA256SUMS and latest.json are signed with ${key}, say ${byWhom}`
}

async function checkMac(): Promise<string> {
  const pages = (["darwin-x64", "darwin-arm64"] as const).map((target) => {
    const { pages, faults } = checkSignature(readFileSync(programOf(target)))
    if (faults.length > 0) throw new Error(`${target}: ${faults.join(" and ")}`)
    return `${pages} of ${target}`
  })
  return `all pages match their signature (${pages.join(", ")}); never started: there is no macOS here`
}

/** Starts it, runs the tests of the wire, and stops it. */
async function checkGateway(command: (args: string[]) => string[]): Promise<string> {
  return await withDirectory(async (dir) => {
    const args = ["--port", "0", "--app-dir", join(dir, "data"), "--log-style", "json"]
    const gateway = await startGateway(command(args), { ...plainEnv(dir), ...lifted })
    return await useGateway(gateway, async () => {
      await readPages(gateway.url)
      const found = await testWire(gateway.url)
      return `${found}; ${await stop(gateway)}`
    })
  })
}

async function checkWindows(): Promise<string> {
  return await withDirectory(async (dir) => {
    copyFileSync(programOf("windows-x64"), join(dir, "asyncgate.exe"))
    makeMissingLibrary(dir)
    const prefix = { WINEPREFIX: join(dir, "prefix"), WINEDEBUG: "-all", WINEDLLOVERRIDES: "mscoree,mshtml=" }
    const env = { ...plainEnv(dir), ...lifted, ...prefix }
    const data = `Z:${join(dir, "data").replaceAll("/", "\\")}`
    const program = ["wine", join(dir, "asyncgate.exe"), "--port", "0", "--app-dir", data, "--log-style", "json"]
    // Under wine the banner reaches a file, and never a pipe.
    const follow = ': > "$0"; tail -n +1 -f --pid=$$ "$0" & exec "$@" > "$0"'
    const command = ["sh", "-c", follow, join(dir, "banner"), ...program]
    try {
      // Beforehand, so that it is not counted to the start of the program.
      await Bun.spawn(["wineboot", "--init"], { env, stdin: "ignore", stdout: "ignore", stderr: "ignore" }).exited
      const gateway = await startGateway(command, env)
      return await useGateway(gateway, async () => {
        await readPages(gateway.url)
        return `${await testWire(gateway.url)}; under wine, never on Windows`
      })
    } finally {
      Bun.spawnSync(["wineserver", "--kill"], { env })
    }
  })
}

/** Wine 8 has no bcryptprimitives.dll, of which Bun takes random numbers. */
function makeMissingLibrary(dir: string): void {
  const source = join(dir, "bcryptprimitives.c")
  writeFileSync(
    source,
    `#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length) { return SystemFunction036(buffer, (ULONG)length); }
`,
  )
  const command = ["x86_64-w64-mingw32-gcc", "-shared", "-o", join(dir, "bcryptprimitives.dll"), source, "-ladvapi32"]
  const { exitCode, stderr } = Bun.spawnSync(command)
  if (exitCode !== 0) throw new Error(`the library that wine has not cannot be compiled: ${stderr}`)
}

/** A new file in the place of the running program: it goes on, and the next start is that of the new one. */
async function checkInPlace(): Promise<string> {
  return await withDirectory(async (dir) => {
    const program = join(dir, "asyncgate")
    copyFileSync(programOf("linux-x64"), program)
    const args = ["--port", "0", "--app-dir", join(dir, "data"), "--log-style", "json"]
    const gateway = await startGateway([program, ...args], plainEnv(dir))
    return await useGateway(gateway, async () => {
      writeFileSync(join(dir, "new"), "#!/bin/sh\necho 99.0.0\n", { mode: 0o755 })
      renameSync(join(dir, "new"), program)
      await runJob(gateway.url)
      // What is loaded only when it is first asked for is still found.
      await readPages(gateway.url)
      const version = Bun.spawnSync([program, "--version"]).stdout.toString().trim()
      if (version !== "99.0.0") throw new Error(`the next start is that of ${version}`)
      return `a gateway goes on when its file is replaced, and the next start is the new one; ${await stop(gateway)}`
    })
  })
}

async function checkTwice(): Promise<string> {
  const built = new Map(
    targets.filter((target) => Bun.file(programOf(target)).size > 0).map((name) => [name, programOf(name)]),
  )
  const key = /^release_key='(.+)'$/m.exec(await Bun.file(join(out, "install.sh")).text())?.[1]
  await compareAgain(built, key)
  return `${built.size} targets came out the same from a copy of the sources`
}

async function useGateway<T>(gateway: Started, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    // What it said last explains most.
    const last = gateway.log().trim().split("\n").slice(-3).join("\n       ")
    throw new Error(`${describeCause(error)}${last === "" ? "" : `\n       the gateway: ${last}`}`)
  } finally {
    gateway.kill("SIGKILL")
    await gateway.exited
  }
}

async function stop(gateway: Started): Promise<string> {
  gateway.kill("SIGTERM")
  const code = await gateway.exited
  if (code !== 0) throw new Error(`after SIGTERM it ended with ${code}`)
  return "SIGTERM ends it with 0"
}

function plainEnv(home: string): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: home, TMPDIR: home }
}
