// The npm registry, as far as npm and Bun ask it when they install: what a package is, and its archive.
import { readFileSync } from "node:fs"
import { basename } from "node:path"

export interface NpmRegistry {
  url: string
  /** The names of the archives that were fetched. */
  fetched: string[]
  stop(): Promise<void>
}

/** @param packages the manifest and the archive of each */
export function startRegistry(packages: readonly { manifest: Manifest; archive: string }[]): NpmRegistry {
  const fetched: string[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { origin, pathname } = new URL(request.url)
      const asked = decodeURIComponent(pathname.slice(1))
      const archive = packages.find(({ archive }) => asked === `archives/${basename(archive)}`)?.archive
      if (archive !== undefined) {
        fetched.push(basename(archive))
        return new Response(Bun.file(archive))
      }
      const found = packages.find(({ manifest }) => manifest.name === asked)
      return found ? Response.json(describe(found, origin)) : Response.json({ error: "not found" }, { status: 404 })
    },
  })
  return { url: server.url.href, fetched, stop: () => server.stop(true) }
}

export interface Manifest {
  name: string
  version: string
}

function describe({ manifest, archive }: { manifest: Manifest; archive: string }, origin: string) {
  const integrity = `sha512-${new Bun.CryptoHasher("sha512").update(readFileSync(archive)).digest("base64")}`
  const dist = { tarball: `${origin}/archives/${basename(archive)}`, integrity }
  return {
    name: manifest.name,
    "dist-tags": { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist } },
  }
}
