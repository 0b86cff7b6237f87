// latest.json is believed only where every member is what the updater needs.
import { describe, expect, test } from "bun:test"
import { type Manifest, parseManifest } from "../../src/release/manifest.ts"

const archive = {
  archive: "asyncgate-1.2.3-linux-x64.tar.gz",
  url: "asyncgate-1.2.3-linux-x64.tar.gz",
  sha256: "0".repeat(64),
  size: 55_000_000,
}
const manifest: Manifest = {
  name: "asyncgate",
  version: "1.2.3",
  schema: 4,
  date: "2026-12-01T12:00:00Z",
  signed: true,
  targets: { "linux-x64": archive },
}

test("a manifest is read as it was written", () => {
  expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest)
})

test("members and targets of later versions do not disturb", () => {
  const later = { ...manifest, notes: "new", targets: { "linux-x64": { ...archive, zst: "x" }, "plan9-x64": archive } }
  expect(parseManifest(JSON.stringify(later))).toEqual({
    ...manifest,
    targets: { "linux-x64": archive, "plan9-x64": archive },
  })
})

describe("is refused with the member that is wrong:", () => {
  const withTarget = (change: object) => ({ targets: { "linux-x64": { ...archive, ...change } } })
  test.each<[string, object]>([
    ["name", { name: "another" }],
    ["version", { version: "1.2" }],
    ["version", { version: "1.2.3\n" }],
    ["version", { version: "../1.2.3" }],
    ["schema", { schema: 0 }],
    ["schema", { schema: "4" }],
    ["date", { date: "yesterday" }],
    ["date", { date: "2026-13-01T12:00:00Z" }],
    ["signed", { signed: "yes" }],
    ["targets", { targets: [] }],
    ["targets.linux-x64.archive", { targets: { "linux-x64": null } }],
    ["targets.linux-x64.archive", withTarget({ archive: "../asyncgate" })],
    ["targets.linux-x64.url", withTarget({ url: "https://elsewhere.example/asyncgate.tar.gz" })],
    ["targets.linux-x64.url", withTarget({ url: "//elsewhere.example/asyncgate.tar.gz" })],
    ["targets.linux-x64.url", withTarget({ url: "../asyncgate.tar.gz" })],
    ["targets.linux-x64.url", withTarget({ url: "a/../../asyncgate.tar.gz" })],
    ["targets.linux-x64.url", withTarget({ url: "a\\..\\asyncgate.tar.gz" })],
    ["targets.linux-x64.sha256", withTarget({ sha256: "0".repeat(63) })],
    ["targets.linux-x64.sha256", withTarget({ sha256: "A".repeat(64) })],
    ["targets.linux-x64.size", withTarget({ size: 0 })],
    ["targets.linux-x64.size", withTarget({ size: 1e12 })],
    ["targets.linux-x64.size", withTarget({ size: 1.5 })],
  ])("%s, as %j", (member, change) => {
    expect(() => parseManifest(JSON.stringify({ ...manifest, ...change }))).toThrow(
      `latest.json is unusable: ${member} must be `,
    )
  })

  test.each(["", "{", "[]", "null", "<html>"])("what is no JSON object: %j", (text) => {
    expect(() => parseManifest(text)).toThrow("latest.json is unusable: it is not a JSON object")
  })
})
