// Virtual keys and the admin token of a gateway that runs: what is changed in their files counts within seconds.
import { describe, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { tempDir } from "../cleanup.ts"
import { chat, type Gateway, type Job, onChange, plainEnv, program, run, start } from "../harness.ts"

// Most of these start the program several times.
setDefaultTimeout(240_000)

const A = { id: "vk-a", name: "a", value: "sk-bf-aaaaaaaaaaaa" }
const B = { id: "vk-b", name: "b", value: "sk-bf-bbbbbbbbbbbb" }
const makeConfig = (keys: unknown[], more: object = {}) => ({ governance: { virtual_keys: keys }, ...more })

function writeConfig(gateway: Gateway, config: unknown): void {
  writeFileSync(join(gateway.dir, "config.json"), typeof config === "string" ? config : JSON.stringify(config))
}

async function createKey(dir: string, name: string): Promise<string> {
  const { stdout, code } = await run(["vk", "create", name, "--app-dir", dir])
  expect(code).toBe(0)
  return stdout.trim()
}

async function statusWith(gateway: Gateway, value: string): Promise<number> {
  const response = await gateway.submit(chat(), { "x-bf-vk": value })
  await response.arrayBuffer()
  return response.status
}

/** Resolves when a submit with this key is answered so. */
async function until(gateway: Gateway, value: string, status: number): Promise<void> {
  while ((await statusWith(gateway, value)) !== status) await gateway.breathe()
}

describe("a virtual key of the command line", () => {
  test("that is revoked stops working in a gateway that runs: for submits and for its jobs", async () => {
    const gateway = await start()
    const value = await createKey(gateway.dir, "team-a")
    const kept = await createKey(gateway.dir, "team-b")
    const id = await gateway.accept(chat(), { "x-bf-vk": value })
    const { code, stdout, stderr } = await run(["vk", "revoke", "team-a", "--app-dir", gateway.dir])
    expect([code, stdout]).toEqual([0, ""])
    expect(stderr).toContain('"team-a") is revoked')
    await until(gateway, value, 400)
    expect(((await (await gateway.poll(id, { "x-bf-vk": value })).json()) as Job).error.message).toBe(
      "virtual key not found",
    )
    expect(await statusWith(gateway, kept)).toBe(202)
  })

  test("stops working when the file is removed, and works when it is put back", async () => {
    const gateway = await start()
    const value = await createKey(gateway.dir, "team-a")
    expect(await statusWith(gateway, value)).toBe(202)
    const path = join(gateway.dir, "virtual-keys.json")
    const text = readFileSync(path)
    rmSync(path)
    await until(gateway, value, 400)
    writeFileSync(path, text)
    await until(gateway, value, 202)
  })

  test("goes on working when the file cannot be read, which is logged once", async () => {
    const gateway = await start()
    const value = await createKey(gateway.dir, "team-a")
    expect(await statusWith(gateway, value)).toBe(202)
    const path = join(gateway.dir, "virtual-keys.json")
    const text = readFileSync(path)
    truncateSync(path, 20)
    await gateway.logged("those known so far stay")
    for (let n = 0; n < 3; n++) {
      expect(await statusWith(gateway, value)).toBe(202)
      expect(await statusWith(gateway, "sk-bf-unknown")).toBe(400)
    }
    expect(await gateway.logged("those known so far stay")).toHaveLength(1)
    writeFileSync(path, text)
    const later = await createKey(gateway.dir, "team-b")
    await until(gateway, later, 202)
  })
})

describe("a virtual key of config.json", () => {
  test("that is taken out, made inactive or put in counts within seconds, and nothing else needs to be said", async () => {
    const gateway = await start({ config: makeConfig([A]) })
    expect(await statusWith(gateway, A.value)).toBe(202)
    writeConfig(gateway, makeConfig([A, B]))
    await until(gateway, B.value, 202)
    writeConfig(gateway, makeConfig([B]))
    await until(gateway, A.value, 400)
    writeConfig(gateway, makeConfig([{ ...B, is_active: false }]))
    await until(gateway, B.value, 403)
    rmSync(join(gateway.dir, "config.json"))
    await until(gateway, B.value, 400)
    expect(gateway.log()).toBe("")
  })

  test("gets another limit without a restart", async () => {
    const gateway = await start({ config: makeConfig([A]) })
    const hang = () => gateway.accept(chat({ mock: { hang: true } }), { "x-bf-vk": A.value })
    await Promise.all([hang(), hang()])
    while (gateway.count("jobs", "state = 'running'") < 2) await gateway.fetch("/health")
    writeConfig(gateway, makeConfig([{ ...A, max_concurrent_jobs: 3, budgets: { day: { tokens: 1 } } }, B]))
    await until(gateway, B.value, 202)
    await Promise.all([hang(), hang()])
    while (gateway.count("jobs", "state = 'running'") < 3) await gateway.fetch("/health")
    expect(gateway.count("jobs", "state = 'queued'")).toBe(1)
    writeConfig(gateway, makeConfig([{ ...A, max_concurrent_jobs: 4 }]))
    while (gateway.count("jobs", "state = 'running'") < 4) await gateway.fetch("/health")
  })

  test("goes on working when the file is broken, which is logged with what is wrong", async () => {
    const gateway = await start({ config: makeConfig([A]) })
    writeConfig(gateway, "{")
    const [line = ""] = await gateway.logged("config.json cannot be read")
    expect(JSON.parse(line).reason).toContain("no valid JSON")
    expect(await statusWith(gateway, A.value)).toBe(202)
    writeConfig(gateway, makeConfig([B]))
    await until(gateway, A.value, 400)
    expect(gateway.log().trim().split("\n")).toHaveLength(1)
  })

  test("is taken in although the rest of the file has changed too: a line says that this waits for a restart", async () => {
    const gateway = await start({ config: makeConfig([A]) })
    writeConfig(gateway, makeConfig([B], { client: { async_job_result_ttl: 60 } }))
    await until(gateway, A.value, 400)
    expect(await gateway.logged("from the next start on")).toHaveLength(1)
  })
})

describe("vk list", () => {
  test("says id, name, time, origin and state of every key, and never a value", async () => {
    const gateway = await start({
      config: makeConfig([
        { ...A, is_active: false },
        { ...B, expires_at: "2020-01-01T00:00:00Z" },
      ]),
    })
    const value = await createKey(gateway.dir, "team c")
    const { stdout, code } = await run(["vk", "list", "--app-dir", gateway.dir])
    expect(code).toBe(0)
    const [head, ...rows] = stdout.trimEnd().split("\n")
    expect(head).toMatch(/^ID +NAME +CREATED +FROM +ACTIVE$/)
    expect(rows).toHaveLength(3)
    expect(rows[0]).toMatch(/^vk-a +a +- +config\.json +no \(inactive\)$/)
    expect(rows[1]).toMatch(/^vk-b +b +- +config\.json +no \(expired\)$/)
    expect(rows[2]).toMatch(/^vk-[0-9a-f]{16} +team c +\d{4}-\d\d-\d\dT[\d:.]+Z +virtual-keys\.json +yes$/)
    for (const secret of [value, A.value, B.value, "digest"]) expect(stdout).not.toContain(secret)
  })

  test("works without a gateway and makes nothing", async () => {
    const dir = join(tempDir(), "not-there")
    expect(await run(["vk", "list", "--app-dir", dir])).toEqual({
      stdout: "",
      stderr: "there are no virtual keys; make one with: asyncgate vk create NAME\n",
      code: 0,
    })
    expect((await run(["vk", "revoke", "a", "--app-dir", dir])).code).toBe(2)
    expect(existsSync(dir)).toBe(false)
    await createKey(dir, "a")
    await run(["vk", "revoke", "a", "--app-dir", dir])
    expect(existsSync(join(dir, "asyncgate.db"))).toBe(false)
    expect(existsSync(join(dir, "asyncgate.lock"))).toBe(false)
  })
})

describe("vk revoke", () => {
  test.each([
    ["a name that is nearly one", ["team-aa"], 'did you mean "team-a"?'],
    ["a name that is none", ["other"], "asyncgate vk list"],
    ["a key of config.json", ["vk-a"], "take it out of governance.virtual_keys there"],
  ])("of %s says what to do, and changes nothing", async (_, args, says) => {
    const dir = tempDir()
    writeFileSync(join(dir, "config.json"), JSON.stringify(makeConfig([A])))
    await createKey(dir, "team-a")
    const before = readFileSync(join(dir, "virtual-keys.json"), "utf8")
    const { code, stderr } = await run(["vk", "revoke", ...args, "--app-dir", dir])
    expect(code).toBe(2)
    expect(stderr).toContain(says)
    expect(readFileSync(join(dir, "virtual-keys.json"), "utf8")).toBe(before)
  })
})

describe("the admin token", () => {
  const isAdmin = async (gateway: Gateway, token: string) => {
    const id = await gateway.accept(chat(), { "x-bf-vk": A.value })
    const response = await gateway.fetch(`/v1/async/jobs/${id}`, { headers: { authorization: `Bearer ${token}` } })
    await response.arrayBuffer()
    return response.status !== 404
  }

  /** Starts the program for a person and returns what it prints until it serves. */
  async function readBanner(dir: string): Promise<string> {
    const child = Bun.spawn([...program, "--port", "0", "--app-dir", dir], {
      env: plainEnv(),
      stdout: "pipe",
      stderr: "ignore",
    })
    let text = ""
    for await (const piece of child.stdout) {
      text += Buffer.from(piece).toString()
      if (text.endsWith("\n\n") && text.includes("providers")) break
    }
    if (text.includes("asyncgate-admin-")) await onChange(dir, () => existsSync(join(dir, "admin-token")))
    child.kill()
    await child.exited
    return text
  }
  const tokenIn = (text: string) => /asyncgate-admin-[\w-]{43}/.exec(text)?.[0] ?? null

  test("is shown once: the start after that knows it and does not print it", async () => {
    const dir = tempDir()
    const token = tokenIn(await readBanner(dir))
    expect(token).not.toBeNull()
    expect(tokenIn(await readBanner(dir))).toBeNull()
    expect(readFileSync(join(dir, "admin-token"), "utf8")).not.toContain(token ?? "")
    const gateway = await start({ dir, config: makeConfig([A]) })
    expect(await isAdmin(gateway, token ?? "")).toBe(true)
  })

  test("is shown by the first start that can show it", async () => {
    const dir = tempDir()
    const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
    expect((await run(["--port", String(holder.port), "--app-dir", dir])).code).toBe(1)
    holder.stop(true)
    const silent = Bun.spawn(["sh", "-c", `exec "$@" >/dev/null`, "sh", ...program, "--port", "0", "--app-dir", dir], {
      env: plainEnv(),
      stderr: "pipe",
    })
    let log = ""
    for await (const piece of silent.stderr) {
      log += Buffer.from(piece).toString()
      if (log.includes("no admin token was shown")) break
    }
    silent.kill()
    await silent.exited
    expect(existsSync(join(dir, "admin-token"))).toBe(false)
    expect(tokenIn(await readBanner(dir))).not.toBeNull()
  })

  test("is in no line of a log: with --log-style json the listening line says how to get one", async () => {
    const gateway = await start({ config: makeConfig([A]) })
    expect(gateway.facts).toMatchObject({ admin: "run asyncgate admin-token rotate to get a token" })
    expect(JSON.stringify(gateway.facts) + gateway.log()).not.toContain("asyncgate-admin-")
    expect(existsSync(join(gateway.dir, "admin-token"))).toBe(false)
    const token = await gateway.adminToken()
    expect(await isAdmin(gateway, token)).toBe(true)
    await gateway.stop()
    const again = await start({ dir: gateway.dir })
    expect(again.facts).not.toHaveProperty("admin")
    expect(await isAdmin(again, token)).toBe(true)
  })

  test("that is rotated works at once in a gateway that runs, and the one before stops within seconds", async () => {
    const gateway = await start({ config: makeConfig([A]) })
    const first = await gateway.adminToken()
    expect(await isAdmin(gateway, first)).toBe(true)
    const { stdout, stderr, code } = await run(["admin-token", "rotate", "--app-dir", gateway.dir])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^asyncgate-admin-[\w-]{43}\n$/)])
    expect(stderr).not.toContain("asyncgate-admin-")
    expect(await isAdmin(gateway, stdout.trim())).toBe(true)
    while (await isAdmin(gateway, first)) await gateway.breathe()
  })
})
