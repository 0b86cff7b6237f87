// Writes the packages for npm: `asyncgate`, which finds the program, and one package for each system that holds it. None has a script
// that runs at its installation.
import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import type { Target } from "../../src/release/manifest.ts"
import { repositoryUrl } from "./repository.ts"

interface NpmRelease {
  version: string
  /** The executable of each target. */
  programs: ReadonlyMap<Target, string>
  /** Files that go into every package, as LICENSE. */
  notices: readonly string[]
  /** Where the packages and their archives are written. What was there before is removed. */
  to: string
}

/** @returns the directories, the one of `asyncgate` last: it must be published when those that it names are there. */
export function writeNpmPackages(release: NpmRelease): string[] {
  rmSync(release.to, { recursive: true, force: true })
  const platforms = [...release.programs].map(([target, program]) => writePlatform(release, target, program))
  return [...platforms, writeMain(release)]
}

/**
 * Packs them as `npm publish` would, which gives the same bytes again from the same files.
 * @returns the archives, in the order of the directories
 */
export async function packNpmPackages(directories: readonly string[], to: string): Promise<string[]> {
  const child = Bun.spawn(["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", to, ...directories], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const [text, mistakes, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(`npm pack failed (exit ${code}): ${mistakes.trim()}`)
  const packed = Object.values(JSON.parse(text) as Record<string, { name: string; filename: string }>)
  return packed.map(({ filename }) => join(to, basename(filename)))
}

function writePlatform({ version, notices, to }: NpmRelease, target: Target, program: string): string {
  const [system, cpu, libc] = target.split("-") as [string, string, string | undefined]
  const os = system === "windows" ? "win32" : system
  const path = os === "win32" ? "bin/asyncgate.exe" : "bin/asyncgate"
  const directory = join(to, "@asyncgate", target)
  mkdirSync(join(directory, "bin"), { recursive: true })
  place(program, join(directory, path))
  return finish(
    directory,
    notices,
    `The program of \`asyncgate\` for ${target}. \`npm install asyncgate\` chooses the right one.\n`,
    {
      name: `@asyncgate/${target}`,
      version,
      description: `The program of asyncgate for ${target}`,
      ...about,
      os: [os],
      cpu: [cpu],
      ...(os === "linux" ? { libc: [libc ?? "glibc"] } : {}),
      bin: { asyncgate: path },
      // It is no JavaScript: a client that keeps packages packed must unpack it.
      preferUnplugged: true,
      files: ["bin", ...notices.map((notice) => basename(notice))],
    },
  )
}

function writeMain({ version, programs, notices, to }: NpmRelease): string {
  const directory = join(to, "asyncgate")
  mkdirSync(join(directory, "bin"), { recursive: true })
  copyFileSync(join(import.meta.dir, "npm/asyncgate.cjs"), join(directory, "bin/asyncgate.cjs"))
  return finish(directory, notices, mainReadme, {
    name: "asyncgate",
    version,
    description: "A local AI gateway that keeps every request as a durable job: one program, nothing beside it",
    ...about,
    keywords: ["ai", "gateway", "llm", "openai", "queue", "jobs", "async"],
    engines: { node: ">=18" },
    bin: { asyncgate: "bin/asyncgate.cjs" },
    files: ["bin", ...notices.map((notice) => basename(notice))],
    optionalDependencies: Object.fromEntries([...programs.keys()].map((target) => [`@asyncgate/${target}`, version])),
  })
}

const about = {
  license: "Apache-2.0",
  repository: { type: "git", url: `git+${repositoryUrl}.git` },
  homepage: repositoryUrl,
  publishConfig: { access: "public" },
}

const mainReadme = `# asyncgate

A local gateway that turns AI inference requests into durable jobs: submit, get an id, collect the answer later.

    npx asyncgate

starts it. \`npm install -g asyncgate\` installs it. The program is in the package of your system, as
\`@asyncgate/linux-x64\`, which npm chooses; no script runs at the installation. ${repositoryUrl} has the documents.
`

function finish(directory: string, notices: readonly string[], readme: string, manifest: object): string {
  for (const path of notices) copyFileSync(path, join(directory, basename(path)))
  writeFileSync(join(directory, "README.md"), readme)
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
  return directory
}

/** A second name of the file, or a copy where the disk is another. */
function place(from: string, to: string): void {
  if (!existsSync(from)) throw new Error(`${from} is not there: build it with bun run release`)
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}
