// Writes the container image: an OCI image layout with one index for amd64 and arm64. It has the program, the files of glibc that it is
// linked with, and nothing else: no shell, no package manager.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { type Entry, writeTar } from "./archives.ts"
import { type Architecture, architectures, glibcVersion, readGlibc } from "./debian.ts"
import { repositoryUrl } from "./repository.ts"

interface ImageRelease {
  version: string
  /** The commit. */
  revision: string
  /** Its time, in seconds since 1970. */
  time: number
  /** The executables. */
  programs: Readonly<Record<Architecture, string>>
  /** Debian's packages of glibc, as fetchGlibc gives them. */
  glibc: ReadonlyMap<Architecture, string>
  /** Files with licences, as LICENSE. */
  notices: readonly string[]
  /** Where the layout is written. What was there before is removed. */
  to: string
}

interface Descriptor {
  mediaType: string
  digest: string
  size: number
}

/** Neither root nor a user of any other image: what distroless calls nonroot. */
const USER = 65532

/** @returns the digest of the index, by which an image is pulled whatever its tag */
export async function writeImage(release: ImageRelease): Promise<string> {
  const { to, version } = release
  rmSync(to, { recursive: true, force: true })
  mkdirSync(join(to, "blobs/sha256"), { recursive: true })
  const manifests = await Promise.all(architectures.map((architecture) => writeManifest(release, architecture)))
  const index = { schemaVersion: 2, mediaType: INDEX, manifests, annotations: describe(release) }
  const descriptor = writeBlob(to, INDEX, json(index))
  const ref = { "org.opencontainers.image.ref.name": version }
  writeFileSync(join(to, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }))
  writeFileSync(
    join(to, "index.json"),
    json({ schemaVersion: 2, mediaType: INDEX, manifests: [{ ...descriptor, annotations: ref }] }),
  )
  return descriptor.digest
}

/** The layout as one file, which `docker load` and `skopeo copy oci-archive:…` take. */
export function packImage(layout: string, time: number): Uint8Array<ArrayBuffer> {
  const paths = readdirSync(layout, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(layout.length + 1))
    .toSorted()
  const read = (path: string): Entry => ({ path, content: readFileSync(join(layout, path)), isExecutable: false })
  return writeTar(paths.map(read), time)
}

const INDEX = "application/vnd.oci.image.index.v1+json"

async function writeManifest(release: ImageRelease, architecture: Architecture) {
  const { to, time } = release
  const layers = [await listSystem(release, architecture), listProgram(release, architecture)].map((entries) => {
    const tar = writeTar(entries, time)
    const packed = Bun.gzipSync(tar, { level: 9, library: "libdeflate" })
    return { ...writeBlob(to, "application/vnd.oci.image.layer.v1.tar+gzip", packed), unpacked: digest(tar) }
  })
  const config = writeBlob(
    to,
    "application/vnd.oci.image.config.v1+json",
    json(configure(release, architecture, layers)),
  )
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config,
    layers: layers.map(({ unpacked, ...layer }) => layer),
  }
  return { ...writeBlob(to, manifest.mediaType, json(manifest)), platform: { architecture, os: "linux" } }
}

/** What changes seldom: glibc, the user's name, where names are looked up, and the directory of the data. */
async function listSystem({ glibc }: ImageRelease, architecture: Architecture): Promise<Entry[]> {
  const files = await readGlibc(architecture, glibc.get(architecture) ?? "")
  const text = (path: string, content: string) => ({ path, content: Buffer.from(content), isExecutable: false })
  return [
    { path: "data/", content: new Uint8Array(), isExecutable: true, mode: 0o700, owner: USER },
    text("etc/group", `root:x:0:\nasyncgate:x:${USER}:\n`),
    // Without it, glibc asks a name server for localhost.
    text("etc/nsswitch.conf", "hosts: files dns\n"),
    text("etc/passwd", `root:x:0:0:root:/:/asyncgate\nasyncgate:x:${USER}:${USER}:asyncgate:/data:/asyncgate\n`),
    ...[...files].map(([path, content]) => ({ path, content, isExecutable: !path.endsWith("copyright") })),
    { path: "tmp/", content: new Uint8Array(), isExecutable: true, mode: 0o1777 },
  ]
}

function listProgram({ programs, notices }: ImageRelease, architecture: Architecture): Entry[] {
  return [
    { path: "asyncgate", content: readFileSync(programs[architecture]), isExecutable: true },
    ...notices.map((path) => ({
      path: `usr/share/doc/asyncgate/${basename(path)}`,
      content: readFileSync(path),
      isExecutable: false,
    })),
  ]
}

function configure(release: ImageRelease, architecture: Architecture, layers: readonly { unpacked: string }[]) {
  const seconds = (count: number) => count * 1_000_000_000
  return {
    created: new Date(release.time * 1000).toISOString(),
    architecture,
    os: "linux",
    config: {
      User: `${USER}:${USER}`,
      ExposedPorts: { "8080/tcp": {} },
      Env: ["PATH=/", "HOME=/data", "APP_DIR=/data", "APP_HOST=0.0.0.0", "LOG_STYLE=json"],
      Entrypoint: ["/asyncgate"],
      Volumes: { "/data": {} },
      WorkingDir: "/data",
      Labels: { ...describe(release), "asyncgate.glibc": `Debian ${glibcVersion}` },
      StopSignal: "SIGTERM",
      // A member of Docker's, which OCI has not: Docker follows it, Podman does only in images of Docker's own form.
      Healthcheck: {
        Test: ["CMD", "/asyncgate", "doctor", "--live"],
        Interval: seconds(30),
        Timeout: seconds(5),
        StartPeriod: seconds(10),
        Retries: 3,
      },
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ unpacked }) => unpacked) },
    history: [`glibc ${glibcVersion} of Debian`, `asyncgate ${release.version}`].map((what) => ({
      created: new Date(release.time * 1000).toISOString(),
      created_by: what,
    })),
  }
}

function describe({ version, revision, time }: ImageRelease): Record<string, string> {
  return {
    "org.opencontainers.image.title": "asyncgate",
    "org.opencontainers.image.description": "A local AI gateway that keeps every request as a durable job",
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.revision": revision,
    "org.opencontainers.image.created": new Date(time * 1000).toISOString(),
    "org.opencontainers.image.source": repositoryUrl,
    "org.opencontainers.image.licenses": "Apache-2.0",
  }
}

function writeBlob(layout: string, mediaType: string, bytes: Uint8Array): Descriptor {
  const name = digest(bytes)
  writeFileSync(join(layout, "blobs", name.replace(":", "/")), bytes)
  return { mediaType, digest: name, size: bytes.length }
}

function digest(bytes: Uint8Array): string {
  return `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`)
}
