// Runs an image as a container runtime does, with nothing but the kernel: its layers unpacked, its user, environment and entrypoint,
// a root of its own with /proc and four devices. It needs root, and unshare of util-linux.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

interface Config {
  config: { User: string; Env: string[]; Entrypoint: string[]; Healthcheck?: { Test: string[] } }
}

export interface ImageRoot {
  root: string
  image: Config["config"]
}

/** Unpacks what an image layout has for amd64. */
export function unpackImage(layout: string, to: string): ImageRoot {
  const read = (digest: string) => readFileSync(join(layout, "blobs", digest.replace(":", "/")), "utf8")
  const parse = (digest: string) => JSON.parse(read(digest))
  const top = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"))
  const index = parse(top.manifests[0].digest)
  const isHere = ({ platform }: { platform: { architecture: string } }) => platform.architecture === "amd64"
  const manifest = parse(index.manifests.find(isHere).digest)
  const { config } = parse(manifest.config.digest) as Config
  mkdirSync(to, { recursive: true })
  for (const { digest } of manifest.layers as { digest: string }[]) {
    const layer = join(layout, "blobs", digest.replace(":", "/"))
    const { exitCode, stderr } = Bun.spawnSync(["tar", "-xzp", "--numeric-owner", "-f", layer, "-C", to])
    if (exitCode !== 0) throw new Error(`a layer cannot be unpacked: ${stderr}`)
  }
  // The files that a runtime mounts.
  for (const each of ["proc", "dev"]) mkdirSync(join(to, each))
  for (const each of ["null", "zero", "random", "urandom"]) writeFileSync(join(to, "dev", each), "")
  return { root: to, image: config }
}

/** The command that runs the image's entrypoint with these arguments, as process 1 of its own. */
export function enterImage({ root, image }: ImageRoot, args: readonly string[]): string[] {
  const setUp = [
    `mount -t proc proc '${root}/proc'`,
    ...["null", "zero", "random", "urandom"].map((each) => `mount --bind /dev/${each} '${root}/dev/${each}'`),
    'exec "$@"',
  ].join(" && ")
  const enter = ["env", "-i", ...image.Env, "/usr/sbin/chroot", `--userspec=${image.User}`, root]
  const unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
  return [...unshare, "sh", "-c", setUp, "sh", ...enter, ...image.Entrypoint, ...args]
}

/** The command that runs another program in a container that runs, as `docker exec` does. @param pid of its process 1, seen from here */
export function joinImage({ root, image }: ImageRoot, pid: number, command: readonly string[]): string[] {
  const enter = ["env", "-i", ...image.Env, "/usr/sbin/chroot", `--userspec=${image.User}`, root]
  return ["nsenter", "--mount", "--pid", `--target=${pid}`, ...enter, ...command]
}

/** The process that `unshare` has forked: process 1 of the container. */
export function findContained(pid: number): number {
  const found = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
  )
  const [first] = found
  if (first === undefined) throw new Error("the container has no process")
  return first
}
