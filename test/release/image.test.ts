// The image as it is written. The programs and the packages of glibc in it are small stand-ins: `bun run release:check` tries the real one.
import { beforeAll, describe, expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { architectures, readGlibc } from "../../scripts/release/debian.ts"
import { packImage, writeImage } from "../../scripts/release/image.ts"
import { newDir, removeDir } from "../cleanup.ts"

const canPack = Bun.which("dpkg-deb") !== null
if (!canPack) process.stdout.write("skipped, because dpkg-deb is not on this machine: the image\n")

const dir = newDir()
process.on("exit", () => removeDir(dir))

const libraries = {
  amd64: "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
  arm64: "lib/aarch64-linux-gnu/ld-linux-aarch64.so.1",
}

/** A package with the files that the image takes of Debian's, and one that it does not. */
function makePackage(architecture: keyof typeof libraries, without?: string): string {
  const from = mkdtempSync(join(dir, "package-"))
  const loader = libraries[architecture]
  const names = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libresolv.so.2"]
  const paths = [loader, ...names.map((name) => join(dirname(loader), name)), "usr/share/doc/libc6/copyright"]
  for (const path of paths.filter((path) => !without || !path.endsWith(without))) {
    mkdirSync(join(from, dirname(path)), { recursive: true })
    writeFileSync(join(from, path), `${path} of ${architecture}`)
  }
  mkdirSync(join(from, "DEBIAN"))
  const control = {
    Package: "libc6",
    Version: "1",
    Architecture: architecture,
    Maintainer: "nobody",
    Description: "none",
  }
  writeFileSync(
    join(from, "DEBIAN/control"),
    Object.entries(control)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(""),
  )
  const deb = `${from}.deb`
  expect(Bun.spawnSync(["dpkg-deb", "--build", from, deb]).exitCode).toBe(0)
  return deb
}

async function makeImage() {
  const programs = { amd64: join(dir, "x64"), arm64: join(dir, "arm64") }
  for (const path of Object.values(programs))
    writeFileSync(path, `the program ${path.slice(dir.length)}`, { mode: 0o755 })
  const glibc = new Map(architectures.map((name) => [name, makePackage(name)] as const))
  const about = { version: "1.2.3", revision: "0123abcd", time: 1_700_000_000, programs, glibc, notices: ["LICENSE"] }
  const to = join(dir, "layout")
  return {
    to,
    digest: await writeImage({ ...about, to }),
    again: () => writeImage({ ...about, to: join(dir, "again") }),
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever is written
type Json = any

const readBlob = (layout: string, digest: string) => readFileSync(join(layout, "blobs", digest.replace(":", "/")))
const parseBlob = (layout: string, digest: string): Json => JSON.parse(readBlob(layout, digest).toString())
const digestOf = (bytes: Uint8Array) => `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`

describe.skipIf(!canPack)("the image", () => {
  let made: Awaited<ReturnType<typeof makeImage>>
  beforeAll(async () => {
    made = await makeImage()
  })

  test("has one digest for both architectures, which is the same when it is made again", async () => {
    const { to, digest, again } = made
    const { manifests } = JSON.parse(readFileSync(join(to, "index.json"), "utf8"))
    expect(manifests).toHaveLength(1)
    expect(manifests[0]).toMatchObject({ digest, annotations: { "org.opencontainers.image.ref.name": "1.2.3" } })
    const platforms = parseBlob(to, digest).manifests.map(({ platform }: Json) => platform)
    expect(platforms).toEqual([
      { architecture: "amd64", os: "linux" },
      { architecture: "arm64", os: "linux" },
    ])
    expect(await again()).toBe(digest)
  })

  test("names each of its blobs by its sum and its length, and each layer by its sum when it is unpacked", async () => {
    const { to, digest } = made
    for (const entry of parseBlob(to, digest).manifests) {
      const manifest = parseBlob(to, entry.digest)
      for (const blob of [entry, manifest.config, ...manifest.layers]) {
        const bytes = readBlob(to, blob.digest)
        expect([digestOf(bytes), bytes.length]).toEqual([blob.digest, blob.size])
      }
      const unpacked = manifest.layers.map(({ digest }: Json) => digestOf(Bun.gunzipSync(readBlob(to, digest))))
      expect(parseBlob(to, manifest.config.digest).rootfs.diff_ids).toEqual(unpacked)
    }
  })

  test("has the program and glibc, owned by root, and a directory for data that only its user reads", async () => {
    const { to, digest } = made
    const [amd64] = parseBlob(to, digest).manifests
    const listed = parseBlob(to, amd64.digest).layers.flatMap(({ digest }: Json) => {
      const { stdout } = Bun.spawnSync(["tar", "-tvz", "--numeric-owner"], { stdin: readBlob(to, digest) })
      return stdout
        .toString()
        .trim()
        .split("\n")
        .map((line) => line.split(/\s+/))
        .map(([mode, owner, , , , path]) => `${mode} ${owner} ${path}`)
    })
    expect(listed).toEqual([
      "drwx------ 65532/65532 data/",
      "-rw-r--r-- 0/0 etc/group",
      "-rw-r--r-- 0/0 etc/nsswitch.conf",
      "-rw-r--r-- 0/0 etc/passwd",
      "-rwxr-xr-x 0/0 lib64/ld-linux-x86-64.so.2",
      ...["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"].map(
        (name) => `-rwxr-xr-x 0/0 lib/x86_64-linux-gnu/${name}`,
      ),
      "-rw-r--r-- 0/0 usr/share/doc/libc6/copyright",
      "drwxrwxrwt 0/0 tmp/",
      "-rwxr-xr-x 0/0 asyncgate",
      "-rw-r--r-- 0/0 usr/share/doc/asyncgate/LICENSE",
    ])
  })

  test("runs the program as its own user on all addresses, with its data in a volume, and has a health check", async () => {
    const { to, digest } = made
    for (const { digest: manifest, platform } of parseBlob(to, digest).manifests) {
      const { config, architecture } = parseBlob(to, parseBlob(to, manifest).config.digest)
      expect(architecture).toBe(platform.architecture)
      expect(config).toMatchObject({
        User: "65532:65532",
        Entrypoint: ["/asyncgate"],
        ExposedPorts: { "8080/tcp": {} },
        Volumes: { "/data": {} },
        Healthcheck: { Test: ["CMD", "/asyncgate", "doctor", "--live"] },
      })
      expect(config.Env).toContain("APP_HOST=0.0.0.0")
      expect(config.Env).toContain("APP_DIR=/data")
    }
  })

  test("is one file too, whose members are those of the layout", async () => {
    const { to } = made
    const { stdout } = Bun.spawnSync(["tar", "-t"], { stdin: packImage(to, 1_700_000_000) })
    const blobs = [...new Bun.Glob("**").scanSync(join(to, "blobs"))].map((path) => `blobs/${path}`)
    expect(stdout.toString().trim().split("\n")).toEqual([...blobs, "index.json", "oci-layout"].toSorted())
  })

  test("is not made of a package that lacks a file", async () => {
    await expect(readGlibc("amd64", makePackage("amd64", "libm.so.6"))).rejects.toThrow(
      "has no file lib/x86_64-linux-gnu/libm.so.6",
    )
  })
})
