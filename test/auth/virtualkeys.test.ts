import { describe, expect, test } from "bun:test"
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { SetupRefused } from "../../src/auth/privatefiles.ts"
import { createKeyring, createVirtualKey, readKeyRecords, revokeVirtualKey } from "../../src/auth/virtualkeys.ts"
import { sha256Hex } from "../../src/digest.ts"
import { tempDir } from "../cleanup.ts"

const NOW = Date.parse("2026-01-01T12:00:00.000Z")

function ringIn(dir: string, configured: Parameters<typeof createKeyring>[0] = []) {
  const troubles: string[] = []
  return { troubles, ...createKeyring(configured, dir, (reason) => troubles.push(reason)) }
}

const allowed = {
  isActive: true,
  expiresAt: null,
  grants: null,
  requestsPerMinute: null,
  maxConcurrentJobs: null,
  budgets: null,
}

describe("the keys of config.json", () => {
  const full = {
    id: "vk-a",
    name: "a",
    value: "sk-bf-a",
    is_active: false,
    expires_at: "2030-01-01T00:00:00Z",
    provider_configs: [
      { provider: "one" },
      { provider: "two", allowed_models: [] },
      { provider: "three", allowed_models: ["x", "*"] },
      { provider: "four", allowed_models: ["x", "y"] },
    ],
    requests_per_minute: 60,
    max_concurrent_jobs: 4,
    budgets: { day: { tokens: 1000 }, month: { tokens: 20_000, cost: 5 } },
  }
  const plain = { id: "vk-b", name: "b", value: "one-of-their-own" }

  test("are found by their value, with what they may do", () => {
    const ring = ringIn(tempDir(), [full, plain])
    expect(ring.find("sk-bf-a")).toEqual({
      id: "vk-a",
      name: "a",
      isActive: false,
      expiresAt: Date.parse("2030-01-01T00:00:00Z"),
      grants: [
        { provider: "one", models: null },
        { provider: "two", models: null },
        { provider: "three", models: null },
        { provider: "four", models: ["x", "y"] },
      ],
      requestsPerMinute: 60,
      maxConcurrentJobs: 4,
      budgets: { day: { tokens: 1000 }, month: { tokens: 20_000, cost: 5 } },
    })
    expect(ring.find("one-of-their-own")).toEqual({ id: "vk-b", name: "b", ...allowed })
  })

  test("without any, or with an empty list of providers, may use them all", () => {
    expect(ringIn(tempDir(), [{ ...plain, provider_configs: [] }]).find(plain.value)?.grants).toBeNull()
  })

  test.each(["", "sk-bf-", "sk-bf-A", "sk-bf-a ", "SK-BF-a", "vk-a", sha256Hex("sk-bf-a")])(
    "%j is none of them",
    (value) => {
      expect(ringIn(tempDir(), [full, plain]).find(value)).toBeNull()
    },
  )

  test("are not kept: what is found has no value and no digest", () => {
    const found = JSON.stringify(ringIn(tempDir(), [full]).find("sk-bf-a"))
    expect(found).not.toContain("sk-bf-a")
    expect(found).not.toContain(sha256Hex("sk-bf-a"))
  })
})

describe("a key made by the command line", () => {
  test("is found from then on, by a gateway that was running already too", () => {
    const dir = tempDir()
    const running = ringIn(dir, [{ id: "vk-a", name: "a", value: "sk-bf-a" }])
    expect(running.find("sk-bf-unknown")).toBeNull()
    const one = createVirtualKey(dir, "one", NOW)
    const two = createVirtualKey(dir, "two", NOW)
    for (const ring of [running, ringIn(dir)]) {
      expect(ring.find(two.value)).toEqual({ id: two.id, name: "two", ...allowed })
      expect(ring.find(one.value)?.id).toBe(one.id)
    }
    expect(running.find("sk-bf-a")?.id).toBe("vk-a")
    const three = createVirtualKey(dir, "three", NOW)
    expect(running.find(three.value)?.id).toBe(three.id)
    expect(running.troubles).toEqual([])
  })

  test("is sk-bf- and 32 random bytes, and is written down as its digest only, for this user only", () => {
    const dir = join(tempDir(), "not-there-yet")
    const { id, value } = createVirtualKey(dir, "team a", NOW)
    expect(value).toMatch(/^sk-bf-[\w-]{43}$/)
    expect(createVirtualKey(dir, "b", NOW).value).not.toBe(value)
    const path = join(dir, "virtual-keys.json")
    const text = readFileSync(path, "utf8")
    expect(text).not.toContain(value)
    expect(JSON.parse(text)[0]).toEqual({
      id,
      name: "team a",
      digest: sha256Hex(value),
      created_at: "2026-01-01T12:00:00.000Z",
    })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(dir)).toEqual(["virtual-keys.json"])
  })

  test.each([
    ["one", 'there is a virtual key named "one" already'],
    ["", "a virtual key needs a name"],
    [" ", "a virtual key needs a name"],
    ["n".repeat(256), "has at most 255 characters, this one 256"],
  ])("named %j is refused when there is one, and nothing is written", (name, says) => {
    const dir = tempDir()
    createVirtualKey(dir, "one", NOW)
    const before = readFileSync(join(dir, "virtual-keys.json"), "utf8")
    expect(() => createVirtualKey(dir, name, NOW)).toThrow(SetupRefused)
    expect(() => createVirtualKey(dir, name, NOW)).toThrow(says)
    expect(readFileSync(join(dir, "virtual-keys.json"), "utf8")).toBe(before)
    expect(readdirSync(dir)).toEqual(["virtual-keys.json"])
  })

  test("never overwrites one that another command is just writing: the second is refused before it reads", () => {
    const dir = tempDir()
    const draft = join(dir, "virtual-keys.json.tmp")
    writeFileSync(draft, "theirs")
    expect(() => createVirtualKey(dir, "one", NOW)).toThrow("another command is writing it")
    expect(readFileSync(draft, "utf8")).toBe("theirs")
    unlinkSync(draft)
    createVirtualKey(dir, "one", NOW)
  })

  test("is made although a command before was killed while it wrote one", () => {
    const dir = tempDir()
    const draft = join(dir, "virtual-keys.json.tmp")
    writeFileSync(draft, "half")
    const before = new Date(Date.now() - 60_000)
    utimesSync(draft, before, before)
    createVirtualKey(dir, "one", NOW)
    expect(readdirSync(dir)).toEqual(["virtual-keys.json"])
  })
})

describe("a damaged virtual-keys.json", () => {
  const damaged = ["", "{", "{}", "null", "[1]", '[{"id":"a","name":"a","digest":"short"}]']

  test.each(damaged)("stops the start with what to do: %j", (text) => {
    const dir = tempDir()
    writeFileSync(join(dir, "virtual-keys.json"), text)
    expect(() => ringIn(dir)).toThrow(SetupRefused)
    expect(() => ringIn(dir)).toThrow("is not a list of virtual keys")
  })

  test.each(damaged)("is not written over by a new key: %j", (text) => {
    const dir = tempDir()
    writeFileSync(join(dir, "virtual-keys.json"), text)
    expect(() => createVirtualKey(dir, "one", NOW)).toThrow("is not a list of virtual keys")
    expect(readFileSync(join(dir, "virtual-keys.json"), "utf8")).toBe(text)
  })

  test.each(damaged)("under a running gateway is told once, and the keys known so far stay: %j", (text) => {
    const dir = tempDir()
    const { value } = createVirtualKey(dir, "one", NOW)
    const ring = ringIn(dir)
    writeFileSync(join(dir, "virtual-keys.json"), text)
    expect(ring.find("sk-bf-unknown")).toBeNull()
    expect(ring.find("sk-bf-unknown")).toBeNull()
    expect(ring.find(value)?.name).toBe("one")
    expect(ring.troubles).toHaveLength(1)
  })

  test("that is a directory is a refusal too", () => {
    const dir = tempDir()
    mkdirSync(join(dir, "virtual-keys.json"))
    expect(() => ringIn(dir)).toThrow(SetupRefused)
  })
})

describe("a running gateway", () => {
  test("forgets a key that is taken out of the file, and all of them when the file is removed", () => {
    const dir = tempDir()
    const one = createVirtualKey(dir, "one", NOW)
    const two = createVirtualKey(dir, "two", NOW)
    const ring = ringIn(dir)
    expect(revokeVirtualKey(dir, "one").id).toBe(one.id)
    ring.refresh()
    expect(ring.find(one.value)).toBeNull()
    expect(ring.find(two.value)?.id).toBe(two.id)
    unlinkSync(join(dir, "virtual-keys.json"))
    ring.refresh()
    expect(ring.find(two.value)).toBeNull()
    expect(ring.troubles).toEqual([])
  })

  test("sees a file of the same length that was written in the same moment", () => {
    const dir = tempDir()
    const { value } = createVirtualKey(dir, "one", NOW)
    const ring = ringIn(dir)
    const path = join(dir, "virtual-keys.json")
    const { atime, mtime } = statSync(path)
    writeFileSync(path, readFileSync(path, "utf8").replace(sha256Hex(value), sha256Hex("other")))
    utimesSync(path, atime, mtime)
    ring.refresh()
    expect(ring.find(value)).toBeNull()
  })

  test("takes other keys of config.json in the place of those before", () => {
    const ring = ringIn(tempDir(), [{ id: "vk-a", name: "a", value: "sk-bf-a" }])
    ring.configure([{ id: "vk-b", name: "b", value: "sk-bf-b" }])
    expect(ring.find("sk-bf-a")).toBeNull()
    expect(ring.find("sk-bf-b")?.id).toBe("vk-b")
  })

  test("tries a file that could not be read again, and tells one reason once", () => {
    const dir = tempDir()
    const ring = ringIn(dir)
    const path = join(dir, "virtual-keys.json")
    mkdirSync(path)
    for (let n = 0; n < 3; n++) ring.refresh()
    expect(ring.troubles).toHaveLength(1)
    rmSync(path, { recursive: true })
    const { value } = createVirtualKey(dir, "one", NOW)
    ring.refresh()
    expect(ring.find(value)?.name).toBe("one")
  })
})

describe("a key that is revoked", () => {
  test("goes by its id where two have its name, and the others stay", () => {
    const dir = tempDir()
    const made = ["one", "two", "three"].map((name) => createVirtualKey(dir, name, NOW))
    const path = join(dir, "virtual-keys.json")
    writeFileSync(path, readFileSync(path, "utf8").replaceAll('"two"', '"one"'))
    expect(() => revokeVirtualKey(dir, "one")).toThrow(`by its id: ${made[0]?.id}, ${made[1]?.id}`)
    revokeVirtualKey(dir, made[1]?.id ?? "")
    expect(readKeyRecords(dir).map(({ id }) => id)).toEqual([made[0]?.id, made[2]?.id] as string[])
    expect(readdirSync(dir)).toEqual(["virtual-keys.json"])
  })

  test.each([
    ["team-aa", 'there is no virtual key "team-aa": did you mean "team-a"?'],
    ["unlike", 'there is no virtual key "unlike". See them with: asyncgate vk list'],
    ["", 'there is no virtual key "". See them with: asyncgate vk list'],
  ])("and is none: %j is refused, and nothing is written", (name, says) => {
    const dir = tempDir()
    createVirtualKey(dir, "team-a", NOW)
    const before = readFileSync(join(dir, "virtual-keys.json"), "utf8")
    expect(() => revokeVirtualKey(dir, name)).toThrow(says)
    expect(readFileSync(join(dir, "virtual-keys.json"), "utf8")).toBe(before)
    expect(readdirSync(dir)).toEqual(["virtual-keys.json"])
  })

  test("needs no file to be none", () => {
    const dir = tempDir()
    expect(() => revokeVirtualKey(dir, "one")).toThrow(SetupRefused)
    expect(readdirSync(dir)).toEqual([])
  })
})
