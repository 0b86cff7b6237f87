// Tries the container image: with skopeo, and by running what is in it.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../build.ts"
import { type Architecture, architectures, fetchGlibc } from "./debian.ts"
import { writeImage } from "./image.ts"
import { enterImage, findContained, type ImageRoot, joinImage, unpackImage } from "./imageroot.ts"
import { runJob, type Started, startGateway, testWire, withDirectory } from "./smoke.ts"

const releases = join(root, "dist/release")
const layout = join(releases, "image")

/** skopeo reads it for both architectures and converts it to Docker's form, and it is the same when it is made again. */
export async function checkImage(): Promise<string> {
  for (const architecture of architectures) {
    const found = JSON.parse(skopeo("--override-arch", architecture, "inspect", `oci:${layout}`))
    if (found.Architecture !== architecture) throw new Error(`for ${architecture} there is ${found.Architecture}`)
  }
  const { digest, annotations } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")).manifests[0]
  return await withDirectory(async (dir) => {
    const archive = join(dir, "docker.tar")
    skopeo("copy", "--quiet", `oci:${layout}`, `docker-archive:${archive}`)
    const config = JSON.parse(skopeo("inspect", "--config", "--raw", `docker-archive:${archive}`))
    if (config.config?.Healthcheck === undefined) throw new Error("in Docker's form it has no health check")
    const version: string = annotations["org.opencontainers.image.ref.name"]
    const again = await writeAgain(version, digest, join(dir, "again"))
    if (again !== digest) throw new Error(`made again it is ${again} and not ${digest}`)
    return `skopeo reads ${architectures.join(" and ")} and makes Docker's form of it; made again it is ${digest} again`
  })
}

async function writeAgain(version: string, digest: string, to: string): Promise<string> {
  const { annotations } = JSON.parse(readFileSync(join(layout, "blobs", digest.replace(":", "/")), "utf8"))
  const programs: Record<Architecture, string> = {
    amd64: join(releases, "linux-x64/asyncgate"),
    arm64: join(releases, "linux-arm64/asyncgate"),
  }
  return await writeImage({
    version,
    revision: annotations["org.opencontainers.image.revision"],
    time: Date.parse(annotations["org.opencontainers.image.created"]) / 1000,
    programs,
    glibc: await fetchGlibc(join(releases, "debian")),
    notices: [join(root, "LICENSE"), join(releases, "NOTICE")],
    to,
  })
}

/** As a container: the first start tells how to make a key, a job runs with it, the health check holds, SIGTERM stops it. */
export async function checkImageRoot(): Promise<string> {
  return await withDirectory(async (dir) => {
    const image = unpackImage(layout, join(dir, "root"))
    const first = await withContainer(image, ["--port", "0"], (gateway, pid) => checkFirstStart(image, gateway, pid))
    await checkKill(image)
    const wire = await withContainer(image, ["--port", "0", "--host", "127.0.0.1"], ({ url }) => testWire(url))
    return `${first}; it starts again after SIGKILL; ${wire}; SIGTERM ends it with 0`
  })
}

async function checkFirstStart(image: ImageRoot, gateway: Started, pid: number): Promise<string> {
  const url = gateway.url.replace("0.0.0.0", "127.0.0.1")
  if (!gateway.log().includes("asyncgate vk create NAME"))
    throw new Error("its first start does not tell how to make a key")
  const refused = await fetch(`${url}/v1/async/jobs`)
  if (refused.status !== 401) throw new Error(`without a key its jobs are listed: ${refused.status}`)
  // By the name alone, as a person would write it.
  const made = Bun.spawnSync(joinImage(image, pid, ["asyncgate", "vk", "create", "laptop"]))
  if (made.exitCode !== 0) throw new Error(`no key can be made in it: ${made.stderr}`)
  await runJob(url, { "x-bf-vk": made.stdout.toString().trim() })
  const [, ...check] = image.image.Healthcheck?.Test ?? []
  const healthy = Bun.spawnSync(joinImage(image, pid, check))
  if (healthy.exitCode !== 0) throw new Error(`its health check fails: ${healthy.stdout}${healthy.stderr}`)
  return "its first start tells how to make a key and takes it, a job runs, the health check holds"
}

/** Each container's process is number 1: one that was killed must not seem to run still. */
async function checkKill(image: ImageRoot): Promise<void> {
  const gateway = await startGateway(enterImage(image, ["--port", "0"]), { PATH: process.env["PATH"] ?? "" })
  process.kill(findContained(gateway.pid), "SIGKILL")
  await gateway.exited
  await withContainer(image, ["--port", "0"], async () => {})
}

/** Runs the image, calls `use` with the process that is its first, and stops it as a runtime does. */
async function withContainer<T>(
  image: ImageRoot,
  args: readonly string[],
  use: (gateway: Started, pid: number) => Promise<T>,
): Promise<T> {
  const gateway = await startGateway(enterImage(image, args), { PATH: process.env["PATH"] ?? "" })
  try {
    const pid = findContained(gateway.pid)
    const answer = await use(gateway, pid)
    process.kill(pid, "SIGTERM")
    const code = await gateway.exited
    if (code !== 0) throw new Error(`after SIGTERM it ended with ${code}: ${gateway.log()}`)
    return answer
  } finally {
    gateway.kill("SIGKILL")
    await gateway.exited
  }
}

function skopeo(...args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["skopeo", ...args])
  if (exitCode !== 0)
    throw new Error(`skopeo ${args.find((word) => !word.startsWith("-"))}: ${stderr.toString().trim()}`)
  return stdout.toString()
}
