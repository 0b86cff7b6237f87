// How the program starts, and how it refuses to.
import { describe, expect, test } from "bun:test"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pkg from "../../package.json" with { type: "json" }
import { schemaVersion } from "../../src/jobs/sqlite/database.ts"
import { tempDir } from "../cleanup.ts"
import { CHAT, chat, plainEnv, program, run, start } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"

describe("the data directory", () => {
  test("is private: 0700, every file 0600", async () => {
    const dir = join(tempDir(), "made", "by", "the", "program")
    const gateway = await start({ dir })
    await gateway.end(await gateway.accept(chat()))
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    const modes = readdirSync(dir).map((name) => [name, statSync(join(dir, name)).mode & 0o777])
    expect(modes.length).toBeGreaterThanOrEqual(4)
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([])
  })

  test("belongs to one process: the second says which pid holds it and exits 3", async () => {
    const dir = tempDir()
    const gateway = await start({ dir })
    const second = await run(["--port", "0", "--app-dir", dir])
    expect(second.code).toBe(3)
    expect(second.stderr).toContain(`in use by process ${gateway.pid}`)
    expect(second.stderr).toContain("--app-dir")
    expect((await gateway.fetch("/health")).status).toBe(200)
  })

  test("is free again when its process was killed", async () => {
    const dir = tempDir()
    const first = await start({ dir })
    await first.stop("SIGKILL")
    expect((await (await start({ dir })).fetch("/health")).status).toBe(200)
  })

  test("stays readable for other tools while the gateway runs", async () => {
    const gateway = await start()
    await gateway.end(await gateway.accept(chat()))
    expect(gateway.count("jobs", "state = 'succeeded'")).toBe(1)
  })

  test("with a database newer than the program is refused with exit 4 and not touched", async () => {
    const dir = tempDir()
    await (await start({ dir })).stop()
    const database = openDatabase(join(dir, "asyncgate.db"))
    database.run(`PRAGMA user_version = ${schemaVersion + 1}`)
    database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    const path = join(dir, "asyncgate.db")
    const before = readFileSync(path)
    const { code, stderr } = await run(["--port", "0", "--app-dir", dir])
    expect(code).toBe(4)
    expect(stderr).toContain(`schema version ${schemaVersion + 1}, this program knows ${schemaVersion}`)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test.each([
    ["that is no database at all", (path: string) => writeFileSync(path, "this is not a database, ".repeat(400))],
    [
      "with a torn page",
      (path: string) => {
        const bytes = readFileSync(path)
        bytes.fill(0xff, 4096 * 2, 4096 * 4)
        writeFileSync(path, bytes)
      },
    ],
    ["that was cut short", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 4096 * 3))],
  ])("with a database %s is refused with exit 5, the way out, and not touched", async (_, damage) => {
    const dir = tempDir()
    await (await start({ dir })).stop()
    const path = join(dir, "asyncgate.db")
    damage(path)
    const before = readFileSync(path)
    const { code, stderr } = await run(["--port", "0", "--app-dir", dir])
    expect(stderr).toContain("is damaged")
    expect(stderr).toContain(".recover")
    expect(code).toBe(5)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test("that cannot be one is refused with what to do", async () => {
    const dir = tempDir()
    writeFileSync(join(dir, "file"), "")
    const { code, stderr } = await run(["--port", "0", "--app-dir", join(dir, "file")])
    expect(code).toBe(1)
    expect(stderr).toContain("Name another with --app-dir")
  })
})

describe("the port", () => {
  test("that is taken is named, with the flag that changes it, and no job of this directory is started", async () => {
    const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
    const dir = tempDir()
    const gateway = await start({ dir, config: { client: { shutdown_grace_in_seconds: 0 } } })
    const id = await gateway.accept(chat({ mock: { hang: true } }))
    while (gateway.count("jobs", "attempt = 1") === 0) await gateway.poll(id)
    await gateway.stop()
    const { code, stderr } = await run(["--port", String(holder.port), "--app-dir", dir])
    expect(code).toBe(1)
    expect(stderr).toContain(`port ${holder.port} is in use`)
    expect(stderr).toContain("--port")
    expect(gateway.count("jobs", "attempt = 1 AND state = 'queued'")).toBe(1)
    holder.stop(true)
  })

  test("is never shared by two gateways", async () => {
    const gateway = await start()
    const { code, stderr } = await run(["--port", new URL(gateway.url).port, "--app-dir", tempDir()])
    expect(code).toBe(1)
    expect(stderr).toContain("is in use")
  })
})

describe("the command line", () => {
  test("--version prints the version of the package", async () => {
    expect(await run(["--version"])).toEqual({ stdout: `${pkg.version}\n`, stderr: "", code: 0 })
  })

  test("--help names every flag and its variable", async () => {
    const { stdout, code } = await run(["--help"])
    expect(code).toBe(0)
    for (const word of [
      "--port",
      "APP_PORT",
      "--host",
      "APP_HOST",
      "--app-dir",
      "APP_DIR",
      "--log-level",
      "LOG_LEVEL",
      "--log-style",
      "LOG_STYLE",
    ]) {
      expect(stdout).toContain(word)
    }
  })

  test.each([
    ["an unknown flag", ["--prot", "8081"], "unknown flag --prot; did you mean --port?"],
    ["an unknown command", ["serv"], "unknown command 'serv'; did you mean serve?"],
    ["an address that is none", ["--host", "127.0.0.999"], "an address alone"],
    ["a port that is none", ["--port", "http"], "a number from 0 to 65535"],
  ])("%s: exit 2 and what to write instead", async (_, args, says) => {
    const { code, stderr, stdout } = await run([...args, "--app-dir", tempDir()])
    expect(code).toBe(2)
    expect(stderr).toContain(says)
    expect(stdout).toBe("")
  })

  test("a flag has a twin in the environment, and the flag wins", async () => {
    const dir = tempDir()
    const { code, stderr } = await run(["--port", "70000"], { APP_DIR: dir, APP_PORT: "80000", LOG_LEVEL: "loud" })
    expect(code).toBe(2)
    expect(stderr).toContain('"70000"')
    expect(stderr).not.toContain("80000")
    expect(stderr).toContain('"loud"')
  })
})

describe("a start that cannot be says why and what to write, in a sentence without a stack:", () => {
  const enforced = JSON.stringify({ client: { enforce_auth_on_inference: true } })
  const directory = (name: string) => (dir: string) => mkdirSync(join(dir, name))
  const enforcing = (dir: string) => writeFileSync(join(dir, "config.json"), enforced)

  test.each<[string, (dir: string) => void, string[], number, string]>([
    ["config.json is a directory", directory("config.json"), [], 2, "a file that this user may read"],
    ["encryption.key is a directory", directory("encryption.key"), [], 2, "Make it a file"],
    ["virtual-keys.json is a directory", directory("virtual-keys.json"), [], 2, "Make it a file"],
    ["admin-token is a directory", directory("admin-token"), [], 2, "Make it a file"],
    ["asyncgate.lock is a directory", directory("asyncgate.lock"), [], 1, "Name another with --app-dir"],
    ["an address is another machine's", enforcing, ["--host", "203.0.113.1"], 1, "Start with --host"],
    ["an address is no address", enforcing, ["--host", "999.1.1.1"], 2, "an address alone"],
    ["a name has no address", enforcing, ["--host", "nowhere.invalid"], 1, "Start with --host"],
  ])("%s", async (_, prepare, args, code, says) => {
    const dir = tempDir()
    prepare(dir)
    const refused = await run(["--port", "0", "--app-dir", dir, ...args])
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(says)])
    expect(refused.stderr).toStartWith("asyncgate cannot start:")
    expect(refused.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2)
  })
})

describe("config.json", () => {
  test("with several mistakes has all of them reported at once, each with path, what was found and what to write", async () => {
    const dir = tempDir()
    writeFileSync(
      join(dir, "config.json"),
      JSON.stringify({
        client: { async_job_result_ttl: "1h", max_request_body_size_mb: -1 },
        providers: { openai: { keys: [{ value: 42 }], network_config: { max_retries: -3 } } },
      }),
    )
    const { code, stderr } = await run(["--app-dir", dir])
    expect(code).toBe(2)
    for (const says of [
      'client.async_job_result_ttl: found "1h"; write a whole number of seconds',
      "client.max_request_body_size_mb: found -1",
      "providers.openai.keys.0.value: found a number (not shown)",
      "providers.openai.network_config.max_retries: found -3",
    ]) {
      expect(stderr).toContain(says)
    }
  })

  test("sections that are not known are named in one warning and ignored", async () => {
    const gateway = await start({
      config: { mcp: { servers: [] }, plugins: [], client: { async_job_result_tll: 5 } },
    })
    const warnings = gateway
      .log()
      .split("\n")
      .filter((line) => line.includes("ignores"))
    expect(warnings).toHaveLength(1)
    expect(JSON.parse(warnings[0] ?? "").members).toEqual([
      "mcp",
      "plugins",
      "client.async_job_result_tll (did you mean async_job_result_ttl?)",
    ])
    const job = await gateway.end(await gateway.accept(chat()))
    expect(Date.parse(job.expires_at) - Date.parse(job.completed_at)).toBe(3_600_000)
  })

  test("cannot let callers in without a virtual key where the gateway listens beyond loopback", async () => {
    const dir = tempDir()
    writeFileSync(join(dir, "config.json"), '{ "client": { "enforce_auth_on_inference": false } }')
    const { code, stderr } = await run(["--host", "0.0.0.0", "--app-dir", dir])
    expect(code).toBe(2)
    expect(stderr).toContain("take client.enforce_auth_on_inference: false out of config.json")
  })
})

test("the first start beyond loopback lets nobody in, says how to make a virtual key, and takes it without a restart", async () => {
  const dir = tempDir()
  const gateway = await start({ dir, args: ["--host", "0.0.0.0"] })
  const [line = ""] = await gateway.logged("every caller needs a virtual key")
  expect(line).toContain("make one with asyncgate vk create NAME")
  const url = `http://127.0.0.1:${new URL(gateway.url).port}`
  const submit = (headers: Record<string, string>) =>
    fetch(`${url}${CHAT}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(chat()),
    })
  expect((await submit({})).status).toBe(401)
  expect((await submit({ authorization: "Bearer sk-of-my-own" })).status).toBe(401)
  for (const path of ["/metrics", "/v1/async/jobs", "/v1/async/stats"]) {
    expect({ path, status: (await fetch(url + path)).status }).toEqual({ path, status: 401 })
  }
  const key = (await run(["vk", "create", "laptop", "--app-dir", dir])).stdout.trim()
  expect((await submit({ "x-bf-vk": key })).status).toBe(202)
})

describe("a virtual key of the command line", () => {
  test("is printed once, alone on standard output, and stored as a digest", async () => {
    const dir = tempDir()
    const { stdout, code } = await run(["vk", "create", "team-a", "--app-dir", dir])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^sk-bf-[\w-]{43}\n$/)
    expect(readFileSync(join(dir, "virtual-keys.json"), "utf8")).not.toContain(stdout.trim())
    expect((await run(["vk", "create", "team-a", "--app-dir", dir])).code).toBe(2)
  })

  test("works in a gateway that runs already", async () => {
    const gateway = await start()
    const { stdout } = await run(["vk", "create", "team-b", "--app-dir", gateway.dir])
    expect((await gateway.submit(chat(), { "x-bf-vk": "sk-bf-unknown" })).status).toBe(400)
    const id = await gateway.accept(chat(), { "x-bf-vk": stdout.trim() })
    expect((await gateway.poll(id)).status).toBe(404)
    expect((await gateway.poll(id, { "x-bf-vk": stdout.trim() })).status).toBeOneOf([200, 202])
  })
})

describe("the banner", () => {
  test("names version, address, document, data and where each key came from, and never a key", async () => {
    const dir = tempDir()
    mkdirSync(join(dir, "app"))
    const appDir = join(dir, "app")
    writeFileSync(
      join(appDir, "config.json"),
      JSON.stringify({
        providers: {
          "my-vllm": { keys: [{ value: "env.MY_KEY" }], network_config: { base_url: "http://127.0.0.1:1/v1/" } },
        },
      }),
    )
    const gateway = await start({ dir: appDir, env: { OPENAI_API_KEY: "sk-openai-secret", MY_KEY: "sk-vllm-secret" } })
    const sources = Object.fromEntries(gateway.facts.providers.map(({ name, key }) => [name, key]))
    expect(sources).toMatchObject({
      openai: "OPENAI_API_KEY",
      "my-vllm": "config.json",
      mock: "built in",
    })
    expect(gateway.facts).toMatchObject({
      version: pkg.version,
      data: appDir,
      docs: `${gateway.url}/docs`,
      ui: `${gateway.url}/ui`,
    })
    expect(JSON.stringify(gateway.facts)).not.toContain("secret")
  })

  /** What a person sees. */
  async function prettyBanner(dir: string): Promise<string> {
    const child = Bun.spawn([...program, "--port", "0", "--app-dir", dir], {
      env: plainEnv(),
      stdout: "pipe",
      stderr: "ignore",
    })
    let text = ""
    for await (const piece of child.stdout) {
      text += new TextDecoder().decode(piece)
      if (text.includes("providers") && text.endsWith("\n\n")) break
    }
    child.kill()
    await child.exited
    return text
  }

  test("names config.json where there is one, says so where there is none, and what was resumed", async () => {
    const dir = tempDir()
    const path = join(dir, "config.json")
    expect(await prettyBanner(dir)).toContain(`  config     none (${path} would be read)\n`)
    const gateway = await start({ dir, config: { client: { shutdown_grace_in_seconds: 0 } } })
    const id = await gateway.accept(chat({ mock: { hang: true } }))
    while (gateway.count("jobs", "attempt = 1") === 0) await gateway.poll(id)
    await gateway.stop("SIGKILL")
    const text = await prettyBanner(dir)
    expect(text).toContain(`  config     ${path}\n`)
    expect(text).toContain("  jobs       0 queued, 1 resumed after restart\n")
  }, 240_000)

  test("on a terminal is for people", async () => {
    const text = await prettyBanner(tempDir())
    expect(text).toContain(`asyncgate ${pkg.version}`)
    expect(text).toMatch(/url\s+http:\/\/127\.0\.0\.1:\d+/)
    expect(text).toContain("mock (built in)")
  })
})
