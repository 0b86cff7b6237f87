// What only a build can know is in the program, and without it there is nothing to verify a release with.
import { expect, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { buildProgram, listAssets, listConstants } from "../../scripts/build.ts"
import type { Target } from "../../src/release/manifest.ts"
import { tempDir } from "../cleanup.ts"
import { root } from "../documents.ts"
import { plain } from "./keys.ts"

test.each<[string, Target | undefined, string | undefined]>([
  ["a release has its key and its target", "linux-arm64-musl", plain.publicKey],
  ["a release without a key has its target alone", "windows-x64", undefined],
  ["any other build has neither", undefined, undefined],
])("%s", async (_, target, key) => {
  const { outputs } = await Bun.build({
    entrypoints: [join(root, "src/release/publickey.ts")],
    define: listConstants(target, key),
    minify: true,
  })
  const path = join(tempDir(), "publickey.js")
  await Bun.write(path, (await outputs[0]?.text()) ?? "")
  const built = (await import(path)) as { releaseKey: string | null; releaseTarget: string | null }
  expect(built).toMatchObject({ releaseKey: key ?? null, releaseTarget: target ?? null })
})

test("what lies in the program is in the same order, whatever order the disk has", () => {
  const orders = [
    ["b.js.gz", "a.js.gz"],
    ["a.js.gz", "b.js.gz"],
  ].map((names) => {
    const from = tempDir()
    for (const name of names) {
      mkdirSync(join(from, "dist/ui"), { recursive: true })
      writeFileSync(join(from, "dist/ui", name), "")
    }
    mkdirSync(join(from, "dist/packed"))
    writeFileSync(join(from, "dist/packed/prices.gz"), "")
    return listAssets(from)
  })
  const sorted = ["dist/ui/a.js.gz", "dist/ui/b.js.gz", "dist/packed/prices.gz"]
  expect(orders).toEqual([sorted, sorted])
})

test("a program is not built with a key that could verify nothing", async () => {
  const outfile = join(tempDir(), "asyncgate")
  await expect(buildProgram({ outfile, releaseKey: "RWnothing" })).rejects.toThrow(
    "The public key is not one of minisign",
  )
})
