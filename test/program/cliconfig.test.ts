// The commands config check, show, path and schema: what they tell of a configuration, and what they never tell.
import { describe, expect, test } from "bun:test"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Compile } from "typebox/schema"
import type { Setting } from "../../src/cli/configsettings.ts"
import { findCode } from "../../src/cli/exitcodes.ts"
import { tempDir } from "../cleanup.ts"
import { runClient } from "../commands.ts"
import { readDocument } from "../documents.ts"
import { run, start } from "../harness.ts"

const usage = findCode("usage")

/** A directory with this config.json. */
function write(config: unknown): { dir: string } {
  const dir = tempDir()
  writeFileSync(join(dir, "config.json"), typeof config === "string" ? config : JSON.stringify(config))
  return { dir }
}

async function show(at: { dir: string }, args: string[] = [], env: Record<string, string> = {}): Promise<Setting[]> {
  const { stdout, code } = await runClient(at, ["config", "show", "--json", ...args], { env })
  expect(code).toBe(0)
  return JSON.parse(stdout).settings
}

const find = (settings: Setting[], path: string) => settings.find((setting) => setting.path === path)

describe("config check", () => {
  test("tells every mistake of the file, the environment and the flags, each with what to write", async () => {
    const at = write({ client: { async_job_result_ttl: "soon", disk_reserve_mb: -1 }, providers: { opnai: {} } })
    const { stdout, stderr, code } = await runClient(at, ["config", "check", "--port", "many"], {
      env: { LOG_LEVEL: "loud" },
    })
    expect({ code }).toEqual({ code: usage })
    for (const path of ["client.async_job_result_ttl", "client.disk_reserve_mb", "providers.opnai"])
      expect(stdout).toContain(`  ${path}: found `)
    expect(stdout).toContain('--port: found "many"; write a number from 0 to 65535')
    expect(stdout).toContain('--log-level: found "loud"; write one of debug')
    expect(stderr).toBe("asyncgate config check: 5 mistakes: no gateway starts with it\n")
    const { stdout: json } = await runClient(at, ["config", "check", "--json"])
    const report = JSON.parse(json)
    expect(report).toMatchObject({ object: "config_check", path: join(at.dir, "config.json"), is_right: false })
    expect(report.problems.map(({ path }: { path: string }) => path)).toHaveLength(3)
  })

  test("finds what keeps a gateway from starting, and nothing else does", async () => {
    for (const config of ["{", "[]", { version: 3 }, { client: { allowed_hosts: "x" } }]) {
      const at = write(config)
      const started = await run(["--app-dir", at.dir, "--port", "0"])
      const checked = await runClient(at, ["config", "check"])
      expect([started.code, checked.code]).toEqual([usage, usage])
      for (const line of started.stderr.trim().split("\n").slice(1)) expect(checked.stdout).toContain(line)
    }
    const right = write({ client: { async_job_result_ttl: 60 } })
    expect((await runClient(right, ["config", "check"])).code).toBe(0)
    await (await start({ dir: right.dir })).stop()
  })

  test("refuses the encryption key that a start refuses, without showing it", async () => {
    const at = write({})
    for (const [key, code] of [
      ["short-secret", usage],
      ["new", 0],
      ["ab".repeat(32), 0],
    ] as const) {
      const env = { ASYNCGATE_ENCRYPTION_KEY: key }
      const checked = await runClient(at, ["config", "check"], { env })
      expect([key, checked.code]).toEqual([key, code])
      expect(checked.stdout.includes("ASYNCGATE_ENCRYPTION_KEY is not 32 bytes")).toBe(code !== 0)
      expect(find(await show(at, [], env), "encryption-key")).toMatchObject({ value: null, from: "environment" })
      if (key !== "new") expect(checked.stdout).not.toContain(key)
    }
    const started = await run(["--app-dir", at.dir, "--port", "0"], { ASYNCGATE_ENCRYPTION_KEY: "short-secret" })
    expect(started.code).toBe(usage)
  })

  test("tells what is off or not known though nothing is wrong, and needs no file", async () => {
    const at = write({ colour: "red", clinet: {}, providers: { openai: { keys: [{ value: "env.NOT_SET" }] } } })
    const { stdout, stderr, code } = await runClient(at, ["config", "check"])
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 })
    expect(stdout).toContain("no mistakes")
    expect(stdout).toContain("NOT_SET is not set")
    expect(stdout).toContain("colour is not known, and is ignored")
    expect(stdout).toContain("did you mean client?")
    const none = { dir: join(tempDir(), "none") }
    expect(await runClient(none, ["config", "check"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("none"),
    })
    expect(existsSync(none.dir)).toBe(false)
  })

  test("shows the file's texts without what a terminal would obey", async () => {
    const { stdout } = await runClient(write({ "\u001b]0;owned\u0007": 1 }), ["config", "check"])
    expect(stdout).toContain("\\u001b]0;owned\\u0007")
    expect(stdout).not.toContain("\u001b")
  })
})

describe("config show", () => {
  test("names for each setting the flag, the variable, the file or the default that it comes from", async () => {
    const at = write({
      client: { async_job_result_ttl: 60, enforce_governance_header: true },
      ui: { bodies: false },
      providers: { openai: { keys: [{ name: "main", value: "env.MY_KEY" }], network_config: { max_retries: 7 } } },
    })
    const env = { APP_PORT: "9000", LOG_LEVEL: "warn", MY_KEY: "sk-1", ANTHROPIC_API_KEY: "sk-2" }
    const settings = await show(at, ["--log-level", "debug"], env)
    const rows = [
      ["port", 9000, "environment", "APP_PORT"],
      ["log-level", "debug", "flag", "--log-level"],
      ["log-style", "pretty", "default", null],
      ["client.async_job_result_ttl", 60, "config.json", null],
      ["client.async_job_deadline", 86_400, "default", null],
      ["client.enforce_auth_on_inference", true, "config.json", "client.enforce_governance_header"],
      ["ui.bodies", false, "config.json", null],
      ["ui.enabled", true, "default", null],
      ["providers.openai.keys.0.name", "main", "config.json", null],
      ["providers.openai.keys.0.value", null, "environment", "MY_KEY"],
      ["providers.openai.network_config.max_retries", 7, "config.json", null],
      ["providers.openai.network_config.base_url", "https://api.openai.com/v1", "default", null],
      ["providers.anthropic.keys", null, "environment", "ANTHROPIC_API_KEY"],
    ] as const
    for (const [path, value, from, name] of rows)
      expect(find(settings, path)).toEqual({ path, value, is_set: true, from, name })
    const moved = await show(at, [], { ...env, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" })
    expect(find(moved, "providers.openai.network_config.base_url")).toMatchObject({
      value: "http://127.0.0.1:9/v1",
      name: "OPENAI_BASE_URL",
    })
    expect(new Set(settings.map(({ path }) => path)).size).toBe(settings.length)
  })

  test("is what a gateway starts with: the address that it listens at", async () => {
    const at = write({})
    const gateway = await start({ dir: at.dir, env: { APP_HOST: "localhost" } })
    expect(new URL(gateway.url).hostname).toBe("localhost")
    expect(find(await show(at, [], { APP_HOST: "localhost" }), "host")).toMatchObject({ value: "localhost" })
  })

  test("never shows a secret, wherever the file or the environment has one", async () => {
    const secret = "hush-0123456789"
    const at = write({
      providers: {
        openai: {
          keys: [
            { name: "main", value: secret },
            { name: "other", value: "env.MY_KEY" },
          ],
          network_config: {
            base_url: `https://me:${secret}@127.0.0.1/v1?key=${secret}`,
            extra_headers: { "x-a": secret },
          },
          proxy_config: { type: "http", url: `http://me:${secret}@127.0.0.1:1`, username: secret, password: secret },
          options: { region: "eu-west-1", thing: secret },
          custom_provider_config: { request_path_overrides: { ocr: `https://me:${secret}@127.0.0.1/x?${secret}` } },
        },
        azure: { keys: [{ azure_key_config: { endpoint: `https://127.0.0.1?${secret}`, client_secret: secret } }] },
        vertex: { keys: [{ vertex_key_config: { auth_credentials: secret, region: "eu" } }] },
        bedrock: { keys: [{ bedrock_key_config: { access_key: secret, secret_key: secret, session_token: secret } }] },
      },
      governance: { virtual_keys: [{ id: "vk-1", name: "team", value: secret }] },
      unknown: secret,
    })
    const env = { MY_KEY: secret, GROQ_API_KEY: secret, OPENAI_CUSTOM_HEADERS: `x-b: ${secret}` }
    for (const args of [["show"], ["show", "--json"], ["check"], ["check", "--json"]]) {
      const { stdout, stderr } = await runClient(at, ["config", ...args], { env })
      expect(stdout.length).toBeGreaterThan(100)
      expect(stdout + stderr).not.toContain("hush")
    }
    const { stdout } = await runClient(at, ["config", "show"], { env })
    expect(stdout).toMatch(/keys\.0\.value +config\.json +set, not shown/)
    expect(stdout).toMatch(/virtual_keys\.0\.name +config\.json +team/)
    expect(stdout).toMatch(/options\.region +config\.json +eu-west-1/)
  })

  test("of a wrong configuration says what is wrong", async () => {
    const { stdout, stderr, code } = await runClient(write({ version: 3 }), ["config", "show"])
    expect({ stdout, code }).toEqual({ stdout: "", code: usage })
    expect(stderr).toContain("version: found 3; write 2")
  })
})

test("config path prints where the file is, or would be, and makes nothing", async () => {
  const at = write({})
  expect(await runClient(at, ["config", "path"])).toEqual({
    stdout: `${join(at.dir, "config.json")}\n`,
    stderr: "",
    code: 0,
  })
  const dir = join(tempDir(), "none")
  const { stdout, stderr, code } = await runClient(null, ["config", "path", "--app-dir", dir])
  expect({ stdout, code }).toEqual({ stdout: `${join(dir, "config.json")}\n`, code: 0 })
  expect(stderr).toContain("there is no such file")
  expect(existsSync(dir)).toBe(false)
})

describe("config schema", () => {
  /** What the command prints, as a check. */
  async function compile() {
    const { stdout, code } = await run(["config", "schema"])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema" })
    return Compile(JSON.parse(stdout))
  }

  test("takes the files that a gateway takes: those of the documents, nulls, variables and short aliases", async () => {
    const checked = await compile()
    const documented = [...readDocument("docs/configuration.md").matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, text]) => text,
    )
    expect(documented.length).toBeGreaterThan(1)
    const others = [
      { $schema: "./config.schema.json", client: null, ui: { enabled: null }, providers: { openai: { keys: null } } },
      { providers: { openai: { network_config: { base_url: "env.MY_URL", max_retries: null } } } },
      { providers: { openai: { keys: [{ value: "env.MY_KEY", aliases: { fast: "gpt", slow: { model_id: "x" } } }] } } },
      { governance: { virtual_keys: [{ id: "vk-1", value: "env.V", expires_at: "env.WHEN" }] }, colour: "red" },
    ]
    for (const file of [...documented.map((text) => JSON.parse(text ?? "")), ...others]) {
      expect([file, checked.Check(file)]).toEqual([file, true])
      const env = { MY_URL: "http://127.0.0.1", MY_KEY: "k", V: "sk-bf-1", WHEN: "2030-01-01T00:00:00Z" }
      expect((await runClient(write(file), ["config", "check"], { env })).code).toBe(0)
    }
  })

  test("refuses the files that a gateway refuses", async () => {
    const checked = await compile()
    const wrong = [
      [],
      { version: 3 },
      { client: { async_job_result_ttl: "soon" } },
      { providers: { openai: { network_config: { base_url: "ftp://x" } } } },
      { providers: { openai: { keys: [{ aliases: { fast: {} } }] } } },
      { governance: { virtual_keys: [{ name: "no id" }] } },
      { governance: { virtual_keys: [{ id: "vk-1", value: "sk-bf-1", expires_at: "soon" }] } },
    ]
    for (const file of wrong) {
      expect([file, checked.Check(file)]).toEqual([file, false])
      expect((await runClient(write(file), ["config", "check"])).code).toBe(usage)
    }
  })
})

test.each([
  [["config"], "config what? There is config check, config show, config path, config schema"],
  [["config", "shwo"], "did you mean config show?"],
  [["config", "paint"], "there is config check"],
  [["config", "check", "more"], "too many arguments"],
  [["config", "show", "--prot", "1"], "did you mean --port?"],
  [["config", "path", "--url", "http://127.0.0.1"], "unknown flag '--url'"],
])("%j is refused, and told what to write", async (args, words) => {
  const { stdout, stderr, code } = await run(args)
  expect({ stdout, code }).toEqual({ stdout: "", code: usage })
  expect(stderr).toContain(words)
})

test("config leaves the directory of a running gateway as it is", async () => {
  const gateway = await start({ config: {} })
  const before = readdirSync(gateway.dir).toSorted()
  for (const word of ["check", "show", "path"]) expect((await runClient(gateway, ["config", word])).code).toBe(0)
  expect(readdirSync(gateway.dir).toSorted()).toEqual(before)
  expect(readFileSync(join(gateway.dir, "config.json"), "utf8")).toBe("{}")
})
