// What the lists of a release say of what is inside the program.
import { describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import pkg from "../../package.json" with { type: "json" }
import { listDirs, listPackages } from "../../scripts/release/inventory.ts"
import { readLock } from "../../scripts/release/lockfile.ts"
import { writeNotice } from "../../scripts/release/notice.ts"
import { nameRuntime, releaseDir } from "../../scripts/release/runtimes.ts"
import { checkSbom, writeSbom } from "../../scripts/release/sbom.ts"
import { targets } from "../../src/release/manifest.ts"
import { root } from "../documents.ts"

/** What a bundler would say of a program with a few packages, one of them inside another and one of which nothing was left. */
const inputs = {
  "src/main.ts": { bytesInOutput: 10 },
  "node_modules/jsonc-parser/lib/esm/main.js": { bytesInOutput: 10 },
  "node_modules/@ai-sdk/provider/dist/index.mjs": { bytesInOutput: 10 },
  "node_modules/@ai-sdk/provider-utils/node_modules/eventsource-parser/dist/index.js": { bytesInOutput: 1 },
  "node_modules/zod/index.js": { bytesInOutput: 0 },
}
const metafile = { outputs: { "main.js": { inputs } } }
/** With the packages of the dashboard, which is built for that. */
const packages = await listPackages(metafile)
const program = {
  target: "linux-x64",
  version: "1.2.3",
  commit: "c0ffee",
  date: "2026-12-01T12:00:00Z",
  sha256: "ab".repeat(32),
} as const
const runtime = readLock(join(releaseDir, "bun.lock")).find(nameRuntime("linux-x64"))

interface Component {
  name: string
  version: string
  purl: string
  hashes: { alg: string; content: string }[]
}

describe("the packages inside", () => {
  test("are those of which at least a byte was written", () => {
    expect(listDirs(metafile)).toEqual([
      "node_modules/@ai-sdk/provider",
      "node_modules/@ai-sdk/provider-utils/node_modules/eventsource-parser",
      "node_modules/jsonc-parser",
    ])
  })

  test("have a version that is installed, a licence, and the hash that bun.lock has of them", async () => {
    const parser = packages.find(({ name }) => name === "jsonc-parser")
    expect(parser?.version).toBe(pkg.dependencies["jsonc-parser"])
    expect(parser?.license).toBe("MIT")
    expect(await Bun.file(join(root, "bun.lock")).text()).toContain(parser?.integrity ?? "nothing")
    expect(parser?.texts[0]?.text).toContain("Permission is hereby granted")
  })

  test("are also those of the dashboard, and Swagger UI, which lies in the sources", () => {
    const names = packages.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining(["preact", "@preact/signals", "@preact/signals-core", "swagger-ui-dist"]),
    )
    expect(names).not.toContain("zod")
    expect(names).toEqual(names.toSorted())
  })
})

describe("the SBOM", () => {
  test("has the program with its sum, the runtime and every package, each with its hash", () => {
    const sbom = JSON.parse(writeSbom(program, packages, runtime)) as {
      metadata: { component: { version: string; hashes: unknown[] } }
      components: Component[]
      dependencies: { dependsOn: string[] }[]
    }
    expect(sbom.metadata.component.version).toBe("1.2.3")
    expect(sbom.metadata.component.hashes).toEqual([{ alg: "SHA-256", content: program.sha256 }])
    expect(sbom.components.length).toBe(packages.length + 1)
    for (const { purl, hashes } of sbom.components) {
      expect(purl).toMatch(/^pkg:npm\/(%40[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+/)
      expect(hashes[0]?.content).toMatch(/^[0-9a-f]{128}$/)
    }
    expect(sbom.components[0]?.name).toBe("@oven/bun-linux-x64")
    expect(sbom.dependencies[0]?.dependsOn).toEqual(sbom.components.map(({ purl }) => purl))
  })

  test("is the same each time, and another for another program", () => {
    const text = writeSbom(program, packages, runtime)
    expect(writeSbom(program, packages, runtime)).toBe(text)
    expect(writeSbom({ ...program, sha256: "cd".repeat(32) }, packages, runtime)).not.toBe(text)
  })

  const hasSchema = existsSync(join(releaseDir, "node_modules/@cyclonedx"))
  if (!hasSchema) process.stdout.write("The schema of CycloneDX is not installed (bun run release does): not checked\n")
  test.skipIf(!hasSchema)(
    "keeps the schema of CycloneDX, and what does not is refused",
    async () => {
      const text = writeSbom(program, packages, runtime)
      await checkSbom(text)
      await expect(checkSbom(text.replace('"library"', '"book"'))).rejects.toThrow(
        "The SBOM is not one of CycloneDX 1.6",
      )
    },
    240_000,
  )
})

test("NOTICE names every package with its licence and the words of its authors", () => {
  const notice = writeNotice("1.2.3", packages)
  for (const { name, version, license, texts } of packages) {
    expect(notice).toContain(`  ${name} ${version}: ${license}\n`)
    for (const { text } of texts) expect(notice).toContain(text)
  }
  expect(notice).toContain("LGPL-2")
})

test("release/bun.lock pins the runtime of every target, in the version of the Bun that builds", () => {
  const lock = readLock(join(releaseDir, "bun.lock"))
  for (const target of targets) expect(lock.find(nameRuntime(target)).version).toBe(Bun.version)
  expect(() => lock.find("nothing")).toThrow("has no hash of nothing")
})
