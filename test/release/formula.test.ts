import { describe, expect, test } from "bun:test"
import { writeFormula, writeScoopManifest } from "../../scripts/release/formula.ts"
import { repositoryUrl } from "../../scripts/release/repository.ts"
import { targets } from "../../src/release/manifest.ts"

const version = "1.2.3"
const nameOf = (target: string) => `asyncgate-${version}-${target}.${target.startsWith("windows") ? "zip" : "tar.gz"}`
const sumOf = (target: string) => new Bun.CryptoHasher("sha256").update(target).digest("hex")
const sums = new Map(targets.map((target) => [nameOf(target), sumOf(target)]))
const urlOf = (target: string) => `${repositoryUrl}/releases/download/v${version}/${nameOf(target)}`

describe("the formula for Homebrew", () => {
  const formula = writeFormula({ version, sums })

  test.each([
    ["macos", "arm", "darwin-arm64"],
    ["macos", "intel", "darwin-x64"],
    ["linux", "arm", "linux-arm64"],
    ["linux", "intel", "linux-x64"],
  ])("on %s and %s has the archive of %s with its sum", (system, cpu, target) => {
    const ofSystem = formula.split(`  on_${system} do\n`)[1]?.split("\n  end\n")[0] ?? ""
    const ofBoth = ofSystem.split(`    on_${cpu} do\n`)[1]?.split("\n    end")[0]
    expect(ofBoth).toBe(`      url "${urlOf(target)}"\n      sha256 "${sumOf(target)}"`)
  })

  test("closes each block that it opens", () => {
    const lines = formula.split("\n").map((line) => line.trim())
    const opened = lines.filter((line) => /^(class|def) | do$/.test(line)).length
    expect(lines.filter((line) => line === "end")).toHaveLength(opened)
  })
})

test("the manifest for Scoop has both archives with their sums, and how the next one is found", () => {
  const manifest = JSON.parse(writeScoopManifest({ version, sums }))
  const source = (target: string) => ({
    url: urlOf(target),
    hash: sumOf(target),
    extract_dir: `asyncgate-${version}-${target}`,
  })
  expect(manifest.architecture).toEqual({ "64bit": source("windows-x64"), arm64: source("windows-arm64") })
  const next = JSON.parse(JSON.stringify(manifest.autoupdate.architecture).replaceAll("$version", version))
  expect(next["64bit"].url).toBe(urlOf("windows-x64"))
  expect(next.arm64).toEqual({ url: urlOf("windows-arm64"), extract_dir: `asyncgate-${version}-windows-arm64` })
})

test("an archive that is not there is named", () => {
  const few = new Map([...sums].filter(([name]) => !name.includes("darwin-x64") && !name.includes("windows-arm64")))
  expect(() => writeFormula({ version, sums: few })).toThrow("there is no sum of asyncgate-1.2.3-darwin-x64.tar.gz")
  expect(() => writeScoopManifest({ version, sums: few })).toThrow(
    "there is no sum of asyncgate-1.2.3-windows-arm64.zip",
  )
})
