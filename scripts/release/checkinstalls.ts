// Installs a release as a user does, from servers on this machine: the packages for npm, and install.sh.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pkg from "../../package.json" with { type: "json" }
import { startRegistry } from "../../test/release/npmregistry.ts"
import { root } from "../build.ts"
import { runJob, startGateway, withDirectory } from "./smoke.ts"

const releases = join(root, "dist/release")
const out = join(releases, "out")
const here = `${process.platform}-${process.arch}`

/** npm install, npx, bun add and bunx fetch the package of this system alone, and its program runs, also without scripts. */
export async function checkNpm(): Promise<string> {
  const directory = join(releases, "npm")
  const scoped = readdirSync(join(directory, "@asyncgate")).map((name) => `@asyncgate/${name}`)
  const packages = [...scoped, "asyncgate"].map((name) => {
    const manifest = JSON.parse(readFileSync(join(directory, name, "package.json"), "utf8"))
    return {
      manifest,
      archive: join(directory, `${name.replace("@asyncgate/", "asyncgate-")}-${manifest.version}.tgz`),
    }
  })
  const wanted = [`asyncgate-${pkg.version}.tgz`, `asyncgate-${here}-${pkg.version}.tgz`]
  const ways = [
    ["npm", "install", "--ignore-scripts", "asyncgate"],
    ["npx", "--yes", "asyncgate", "--version"],
    [process.execPath, "add", "asyncgate"],
    ["bunx", "asyncgate", "--version"],
  ]
  for (const command of ways) {
    const registry = startRegistry(packages)
    try {
      await withDirectory(async (home) => {
        const { work, env } = prepareClient(home, registry.url)
        const printed = await run(command, env, work)
        const isRun = command.includes("--version")
        const version = isRun ? printed : await run([join(work, "node_modules/.bin/asyncgate"), "--version"], env, work)
        if (version !== pkg.version) throw new Error(`${command.join(" ")}: it says that it is ${version}`)
        const fetched = registry.fetched.toSorted()
        if (fetched.join() !== wanted.join()) throw new Error(`${command.join(" ")} fetched ${fetched.join(", ")}`)
        if (!isRun) await tryProgram(["node", join(work, "node_modules/asyncgate/bin/asyncgate.cjs")], env)
      })
    } finally {
      await registry.stop()
    }
  }
  return "npm install --ignore-scripts, npx, bun add and bunx fetch the package of this system alone, and it runs"
}

function prepareClient(home: string, registry: string) {
  const work = join(home, "work")
  const bin = join(home, "bin")
  for (const each of [work, bin]) mkdirSync(each)
  for (const name of ["bun", "bunx"]) symlinkSync(process.execPath, join(bin, name))
  writeFileSync(join(work, "package.json"), '{ "name": "work", "private": true }')
  const env = {
    PATH: `${bin}:${process.env["PATH"]}`,
    HOME: home,
    npm_config_registry: registry,
    npm_config_cache: join(home, "npm-cache"),
    npm_config_update_notifier: "false",
    BUN_INSTALL_CACHE_DIR: join(home, "bun-cache"),
  }
  return { work, env }
}

/** install.sh, by each shell that is there, installs what was released; with one sum changed it installs nothing. */
export async function checkInstaller(): Promise<string> {
  const sums = readFileSync(join(out, "SHA256SUMS"), "utf8")
  let served = sums
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const name = new URL(request.url).pathname.split("/").at(-1) ?? ""
      return new Response(name === "SHA256SUMS" ? served : Bun.file(join(out, name)))
    },
  })
  const shells = [["sh"], ["dash"], ["busybox", "sh"]].filter(([name = ""]) => Bun.which(name) !== null)
  const env = (home: string) => ({ PATH: process.env["PATH"] ?? "", HOME: home, ASYNCGATE_BASE_URL: server.url.href })
  const script = join(out, "install.sh")
  try {
    for (const shell of shells) {
      await withDirectory(async (home) => {
        await run([...shell, script], env(home), home)
        const program = join(home, ".local/bin/asyncgate")
        const version = await run([program, "--version"], env(home), home)
        if (version !== pkg.version) throw new Error(`${shell.join(" ")} installed ${version}`)
        if (shell === shells[0]) await tryProgram([program], env(home))
      })
    }
    served = sums.replace(new RegExp(`^.{8}(?=.{56} {2}asyncgate-${pkg.version}-${here}\\.tar\\.gz$)`, "m"), "00000000")
    await withDirectory(async (home) => {
      const child = Bun.spawn(["sh", script], { env: env(home), stdin: "ignore", stdout: "ignore", stderr: "pipe" })
      const says = await new Response(child.stderr).text()
      const isRefused = (await child.exited) === 1 && /has the wrong sum|signature of SHA256SUMS is wrong/.test(says)
      if (!isRefused || readdirSync(home).length > 0) throw new Error(`with a wrong sum: ${says}`)
    })
  } finally {
    await server.stop(true)
  }
  return `${shells.map((shell) => shell.join(" ")).join(", ")} install it and it runs; a wrong sum is refused and leaves nothing`
}

/** Starts it, runs a job, and stops it by SIGTERM. */
async function tryProgram(command: readonly string[], env: Record<string, string>): Promise<void> {
  await withDirectory(async (dir) => {
    const gateway = await startGateway([...command, "--port", "0", "--app-dir", dir, "--log-style", "json"], env)
    try {
      await runJob(gateway.url)
      gateway.kill("SIGTERM")
      const code = await gateway.exited
      if (code !== 0) throw new Error(`after SIGTERM ${command.join(" ")} ended with ${code}`)
    } finally {
      gateway.kill("SIGKILL")
      await gateway.exited
    }
  })
}

/** @returns what it printed. @throws Error with all of its output, unless it ends with 0 */
async function run(command: readonly string[], env: Record<string, string>, cwd: string): Promise<string> {
  const child = Bun.spawn([...command], { cwd, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  const [printed, says, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${printed}${says}`)
  return printed.trim()
}
