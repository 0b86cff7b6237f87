// A server of releases on loopback, signed with a key of the tests, and a program beside which they are installed.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Entry, writeTar } from "../../scripts/release/archives.ts"
import { readSigner } from "../../scripts/release/signing.ts"
import type { Manifest } from "../../src/release/manifest.ts"
import { afterTest } from "../cleanup.ts"
import { plain } from "../release/keys.ts"

export const TARGET = "linux-x64"
/** Where the files of the newest release are. */
export const LATEST = "/latest/download"
export const KEY = plain.publicKey

export interface Release {
  /** Where the releases are, as ASYNCGATE_UPDATE_URL names it. */
  url: string
  /** By their path: what is served. */
  files: Map<string, Uint8Array | (() => Response)>
  /** What was asked for. */
  asked: string[]
  /** Cuts all connections and ends the server. */
  close(): unknown
}

export interface Contents {
  version?: string
  schema?: number
  target?: string
  /** What the new program is; by default a script that tells its version. */
  program?: string | Uint8Array
  /** The archive as it is; by default a .tar.gz of the program. */
  archive?: Uint8Array
  archiveName?: string
  /** Changes what is signed. */
  over?: (manifest: Manifest) => unknown
  tls?: { cert: string; key: string }
}

/** A script that does as the program does when it is asked for its version. */
export function makeScript(version: string): string {
  return `#!/bin/sh\n[ "$*" = "version --json" ] || exit 9\necho '{"version":"${version}"}'\n`
}

/** What is in the archive of a release, by the name of each file. */
export function listEntries(files: Record<string, string | Uint8Array>): Entry[] {
  return Object.entries(files).map(([name, content]) => ({
    path: `asyncgate-9.9.9/${name}`,
    content: Buffer.from(content),
    isExecutable: name === "asyncgate",
  }))
}

/** Serves one release until the test has finished. */
export async function serveRelease(contents: Contents = {}): Promise<Release> {
  const { version = "9.9.9", schema = 99, target = TARGET, over = (manifest) => manifest, tls } = contents
  const { program = makeScript(version), archiveName = `asyncgate-${version}-${target}.tar.gz` } = contents
  const archive = contents.archive ?? Bun.gzipSync(writeTar(listEntries({ asyncgate: program, LICENSE: "free" }), 1))
  const manifest: Manifest = {
    ...{ name: "asyncgate", version, schema, date: "2026-12-01T12:00:00Z", signed: true },
    targets: {
      [target]: {
        ...{ archive: archiveName, url: archiveName, size: archive.length },
        sha256: new Bun.CryptoHasher("sha256").update(archive).digest("hex"),
      },
    },
  }
  const text = Buffer.from(JSON.stringify(over(manifest)))
  const signer = await readSigner(plain.secretKey, "")
  const release: Release = { url: "", asked: [], files: new Map(), close: () => server.stop(true) }
  for (const path of [LATEST, `/download/v${version}`]) {
    release.files.set(`${path}/latest.json`, text)
    release.files.set(`${path}/latest.json.minisig`, Buffer.from(await signer.sign(text, "asyncgate latest.json")))
    release.files.set(`${path}/${archiveName}`, archive)
  }
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    ...(tls === undefined ? {} : { tls }),
    fetch(request) {
      const path = new URL(request.url).pathname
      release.asked.push(path)
      const file = release.files.get(path)
      if (file === undefined) return new Response("not here", { status: 404 })
      return typeof file === "function" ? file() : new Response(Buffer.from(file))
    },
  })
  afterTest(release.close)
  release.url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${server.port}`
  return release
}

/** Everything in a directory: names, and what is in the files. */
export function readAll(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path, entry.isFile() ? readFileSync(path, "latin1") : "no file"]
    }),
  )
}

/** @returns its path, in that directory */
export function installProgram(directory: string, version = "0.0.1"): string {
  const program = join(directory, "asyncgate")
  writeFileSync(program, makeScript(version), { mode: 0o755 })
  return program
}
