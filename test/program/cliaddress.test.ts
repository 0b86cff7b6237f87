// Which gateway a command talks to, as whom, and what it says where there is none or the caller is not allowed.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { existsSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findCode } from "../../src/cli/exitcodes.ts"
import { afterTest, tempDir } from "../cleanup.ts"
import { runClient } from "../commands.ts"
import { chat, type Gateway, launch, run, start } from "../harness.ts"

const ID = "01000000-0000-7000-8000-000000000000"

describe("a command without a gateway", () => {
  test("takes no address of one that was killed, though it left it, and that of its successor", async () => {
    const first = await start()
    const { dir } = first
    await first.stop("SIGKILL")
    expect(existsSync(join(dir, "asyncgate.url"))).toBe(true)
    expect((await runClient(first, ["ps"])).code).toBe(findCode("unreachable"))
    const second = await start({ dir })
    expect((await runClient(first, ["ps"])).code).toBe(0)
    await second.stop()
    expect(existsSync(join(dir, "asyncgate.url"))).toBe(false)
    expect((await runClient(first, ["ps"])).code).toBe(findCode("unreachable"))
  })
})

describe("the gateway", () => {
  test("is that of the app directory: of the flag, else of the environment, and not another that runs", async () => {
    const [one, other] = [await start(), await start()]
    const id = await one.accept(chat({ model: "mock/one" }))
    expect((await runClient(one, ["ps", "-q"])).stdout).toBe(`${id}\n`)
    expect((await runClient(other, ["ps", "-q"])).stdout).toBe("")
    expect((await runClient(other, ["ps", "-q", "--app-dir", one.dir])).stdout).toBe(`${id}\n`)
    expect((await runClient(other, ["ps", "-q", "--url", `${one.url}/`])).stdout).toBe(`${id}\n`)
    expect((await runClient(other, ["ps", "-q"], { env: { ASYNCGATE_URL: one.url } })).stdout).toBe(`${id}\n`)
    const files = readdirSync(other.dir)
    expect((await runClient(other, ["ps"], { env: { HTTP_PROXY: "http://127.0.0.1:1" } })).code).toBe(0)
    expect(readdirSync(other.dir)).toEqual(files)
  })

  test("is found where the database is a link", async () => {
    const [dir, elsewhere] = [tempDir(), tempDir()]
    await (await start({ dir })).stop()
    renameSync(join(dir, "asyncgate.db"), join(elsewhere, "asyncgate.db"))
    symlinkSync(join(elsewhere, "asyncgate.db"), join(dir, "asyncgate.db"))
    const gateway = await start({ dir })
    expect(existsSync(join(elsewhere, "asyncgate.url"))).toBe(true)
    expect((await runClient(gateway, ["ps"])).code).toBe(0)
  })

  test.each([
    ["example.com", "http://127.0.0.1:8080"],
    ["ftp://127.0.0.1", "http://127.0.0.1:8080"],
    ["http://me:hunter2@127.0.0.1", "ASYNCGATE_TOKEN"],
  ])("is not at %s: the refusal says what to write and repeats no password", async (url, words) => {
    const { stderr, code } = await runClient(null, ["ps", "--url", url])
    expect({ code }).toEqual({ code: findCode("usage") })
    expect(stderr).toContain(words)
    expect(stderr).not.toContain("hunter2")
  })

  test("gets the token alone: another server is told apart, and no redirect is followed", async () => {
    const seen: string[] = []
    const thief = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        seen.push(new URL(request.url).pathname)
        return Response.redirect("/stolen", 307)
      },
    })
    afterTest(() => thief.stop(true))
    const env = { ASYNCGATE_TOKEN: "sk-bf-secret" }
    for (const args of [["ps"], ["get", ID], ["get", ID, "--request"], ["wait", ID], ["stats"]]) {
      const { stdout, stderr, code } = await runClient(null, [...args, "--url", `http://127.0.0.1:${thief.port}`], {
        env,
      })
      expect({ stdout, code }).toEqual({ stdout: "", code: findCode("unreachable") })
      expect(stderr).toContain("is not asyncgate")
    }
    expect(seen).not.toContain("/stolen")
  })
})

describe("a caller", () => {
  let gateway: Gateway
  let mine: string
  let other: string
  let id: string

  async function makeKey(name: string): Promise<string> {
    const { stdout } = await run(["vk", "create", name, "--app-dir", gateway.dir])
    return stdout.trim()
  }

  beforeAll(async () => {
    gateway = await launch({ config: { client: { enforce_auth_on_inference: true } } })
    mine = await makeKey("mine")
    other = await makeKey("other")
    id = await gateway.accept(chat(), { "x-bf-vk": mine })
  })
  afterAll(() => gateway.dispose())

  test("with a virtual key reaches its own jobs, with the admin's token all", async () => {
    const env = { ASYNCGATE_TOKEN: mine }
    expect((await runClient(gateway, ["wait", id], { env })).code).toBe(0)
    expect((await runClient(gateway, ["ps", "-q"], { env })).stdout).toBe(`${id}\n`)
    expect((await runClient(gateway, ["stats"], { env })).code).toBe(findCode("denied"))
    const admin = { ASYNCGATE_TOKEN: await gateway.adminToken() }
    expect((await runClient(gateway, ["ps", "-q"], { env: admin })).stdout).toBe(`${id}\n`)
    expect((await runClient(gateway, ["stats"], { env: admin })).code).toBe(0)
  })

  test("may name a file with its token, which counts before the environment; a job of another is not reached", async () => {
    const file = join(tempDir(), "token")
    writeFileSync(file, `${other}\n`)
    const env = { ASYNCGATE_TOKEN: mine }
    expect((await runClient(gateway, ["ps", "-q", "--token-file", file], { env })).stdout).toBe("")
    expect((await runClient(gateway, ["get", id, "--token-file", file], { env })).stdout).toBe("")
    expect((await runClient(gateway, ["cancel", id, "--token-file", file])).code).toBe(findCode("denied"))
  })

  test("without a key collects its own job all the same, where a key is not asked for but there are some", async () => {
    const open = await start()
    await run(["vk", "create", "somebody", "--app-dir", open.dir])
    const made = await runClient(open, ["submit", "-m", "mock/echo", "--wait", "Hello"])
    expect(made.stderr).toBe("")
    expect(made.stdout).toContain("Hello")
    expect((await runClient(open, ["ps"])).code).toBe(findCode("denied"))
  })

  test("whose token is none is told so, and the token is not shown", async () => {
    const file = join(tempDir(), "token")
    const two = await runClient(gateway, ["ps"], { env: { ASYNCGATE_TOKEN: "sk-bf-one sk-bf-two" } })
    expect(two.code).toBe(findCode("usage"))
    expect(two.stderr).toContain("one line")
    expect(two.stderr).not.toContain("sk-bf")
    const missing = await runClient(gateway, ["ps", "--token-file", file])
    expect(missing.code).toBe(findCode("usage"))
    expect(missing.stderr).toContain("--token-file")
    writeFileSync(file, "")
    expect((await runClient(gateway, ["ps", "--token-file", file])).stderr).toContain("is empty")
    const wrong = await runClient(gateway, ["ps"], { env: { ASYNCGATE_TOKEN: "sk-bf-unknown" } })
    expect(wrong.code).toBe(findCode("denied"))
    expect(wrong.stderr).not.toContain("sk-bf-unknown")
  })
})

test("the address stands in the directory, for its owner alone", async () => {
  const gateway = await start()
  const path = join(gateway.dir, "asyncgate.url")
  expect(readFileSync(path, "utf8")).toBe(`${gateway.url}\n`)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})
