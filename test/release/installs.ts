// Runs install.sh against a release that is served on this machine.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { afterTest, tempDir } from "../cleanup.ts"
import { plainEnv, readOutput } from "../harness.ts"

export const installScript = resolve("install.sh")
const here = `linux-${process.arch}`

interface Release {
  version?: string
  /** What the program does, as a script for sh. */
  script?: string
  /** Changes what is served, by its path. */
  over?: Record<string, Uint8Array<ArrayBuffer> | string | (() => Response) | null>
}

/** A release as it is published, served on this machine, and a place to install it to. */
export async function publish({ version = "7.8.9", script, over = {} }: Release = {}) {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  const archive = `asyncgate-${version}-${here}.tar.gz`
  const bytes = pack(script ?? `#!/bin/sh\necho ${version}\n`)
  files.set(archive, bytes)
  files.set("SHA256SUMS", new TextEncoder().encode(`${Bun.SHA256.hash(bytes, "hex")}  ${archive}\n`))
  const asked: string[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url)
      asked.push(pathname)
      const [, name = ""] = /^\/(?:latest\/download|download\/v[^/]+)\/([^/]+)$/.exec(pathname) ?? []
      const changed = over[name]
      if (typeof changed === "function") return changed()
      const found = changed === undefined ? files.get(name) : changed
      return found == null ? new Response("not found", { status: 404 }) : new Response(found)
    },
  })
  afterTest(() => server.stop(true))
  return { archive, bytes, sums: files.get("SHA256SUMS") ?? new Uint8Array(), asked, url: server.url.href, over }
}

/** A tar archive with one executable, compressed. */
function pack(script: string): Uint8Array<ArrayBuffer> {
  const from = tempDir()
  writeFileSync(join(from, "asyncgate"), script, { mode: 0o755 })
  const { stdout } = Bun.spawnSync(["tar", "-cz", "-C", from, "asyncgate"])
  return Uint8Array.from(stdout)
}

export interface InstallOptions {
  shell?: string[]
  args?: string[]
  script?: string
  env?: Record<string, string>
  home?: string
}

export async function install(
  url: string,
  { shell = ["sh"], args = [], script, env = {}, home = tempDir() }: InstallOptions = {},
) {
  const child = Bun.spawn([...shell, script ?? installScript, ...args], {
    env: { ...plainEnv(), HOME: home, ASYNCGATE_BASE_URL: url, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  return { ...(await readOutput(child)), home, bin: join(home, ".local/bin") }
}

/** What install.sh needs of the system, and what is named besides, as the only programs on PATH. */
export function linkTools(...further: string[]): string {
  const dir = tempDir()
  const system = ["uname", "getconf", "ldd", "bash", "cat", "dirname", "mkdir", "mktemp", "rm", "rmdir", "chmod", "mv"]
  for (const name of [
    ...system,
    ...["sh", "grep", "head", "tail", "tr", "cut", "sed", "awk", "tar", "gzip", "sha256sum"],
    ...further,
  ]) {
    const found = Bun.which(name)
    if (found !== null) symlinkSync(found, join(dir, name))
  }
  return dir
}

/** A program of this version in a directory. */
export function place(dir: string, version: string): void {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, "asyncgate"), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 })
}
