// Fetches Debian's packages of glibc, which the program needs in an image that has nothing else. apt verifies them by Debian's keys,
// and their version and sums are pinned here.
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The newest of Debian 12 when it was written, so that the program runs in the image as it does on the oldest systems with that glibc. */
const glibc = {
  package: "libc6",
  version: "2.36-9+deb12u14",
  sha256: {
    amd64: "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf",
    arm64: "01f4330719fd4f65580e16ea5a0527f372fca750e8f588d26deaf09f2d3b1cf4",
  },
}

export type Architecture = keyof typeof glibc.sha256
export const architectures = Object.keys(glibc.sha256) as Architecture[]
export const glibcVersion = glibc.version

/** What the program is linked with, and the loader that the kernel starts it by, as they lie in the package and in the image. */
const libraries: Record<Architecture, { loader: { from: string; to: string }; directory: string }> = {
  amd64: {
    loader: { from: "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", to: "lib64/ld-linux-x86-64.so.2" },
    directory: "lib/x86_64-linux-gnu",
  },
  arm64: {
    loader: { from: "lib/aarch64-linux-gnu/ld-linux-aarch64.so.1", to: "lib/ld-linux-aarch64.so.1" },
    directory: "lib/aarch64-linux-gnu",
  },
}
const names = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"]
const licence = "usr/share/doc/libc6/copyright"

/**
 * The packages of every architecture: those in the directory, or else those of Debian's archive, which go there.
 * @throws Error with a sentence, if there is no apt, or the archive has another version by now, or a file is not the pinned one
 */
export async function fetchGlibc(directory: string): Promise<Map<Architecture, string>> {
  mkdirSync(directory, { recursive: true })
  const files = architectures.map(
    (name) => [name, join(directory, `${glibc.package}_${glibc.version}_${name}.deb`)] as const,
  )
  if (!files.every(([, path]) => existsSync(path))) await download(directory)
  for (const [architecture, path] of files) {
    const found = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex")
    if (found !== glibc.sha256[architecture]) {
      throw new Error(
        `${path} is not the file that is pinned in scripts/release/debian.ts: its sum is ${found}. Remove it`,
      )
    }
  }
  return new Map(files)
}

/** With lists of its own, so that the system's packages and architectures stay as they are. */
async function download(directory: string): Promise<void> {
  const state = join(directory, "apt")
  for (const each of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(state, each), { recursive: true })
  const options = [
    `APT::Architecture=${architectures[0]}`,
    ...architectures.map((name) => `APT::Architectures::=${name}`),
    `Dir::State::Lists=${join(state, "lists")}`,
    `Dir::Cache=${join(state, "cache")}`,
    "Dir::State::status=/dev/null",
    // Another user could not write here.
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option])
  const wanted = architectures.map((name) => `${glibc.package}:${name}=${glibc.version}`)
  for (const words of [["update"], ["download", ...wanted]]) {
    const child = Bun.spawn(["apt-get", "-q", ...options, ...words], {
      cwd: directory,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    })
    const says = await new Response(child.stderr).text()
    if ((await child.exited) === 0) continue
    throw new Error(
      `Debian's archive does not give ${wanted.join(" and ")}: ${says.trim()}\nEither put these files from https://snapshot.debian.org ` +
        `into ${directory}, or write the version of today and its sums into scripts/release/debian.ts`,
    )
  }
}

/** The files of the package that go into the image, by their path in it. */
export async function readGlibc(architecture: Architecture, deb: string): Promise<Map<string, Uint8Array>> {
  const { loader, directory } = libraries[architecture]
  const paths = [
    [loader.from, loader.to],
    ...names.map((name) => [`${directory}/${name}`, `${directory}/${name}`]),
    [licence, licence],
  ] as const
  const found = new Map<string, Uint8Array>()
  for (const [from, to] of paths) {
    const packed = Bun.spawn(["dpkg-deb", "--fsys-tarfile", deb], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    })
    const unpacked = Bun.spawn(["tar", "-xO", `./${from}`], { stdin: packed.stdout, stdout: "pipe", stderr: "pipe" })
    found.set(to, await new Response(unpacked.stdout).bytes())
    if ((await unpacked.exited) !== 0) throw new Error(`${deb} has no file ${from}`)
  }
  return found
}
