import { describe, expect, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Config, readConfig } from "../../src/config/load.ts"
import { ConfigError, type Problem } from "../../src/config/problems.ts"
import type { ProviderConfig } from "../../src/config/schema.ts"
import type { Env } from "../../src/config/variables.ts"
import { BODY_PIECE_BYTES } from "../../src/jobs/job.ts"
import { BODY_PIECES_MAX } from "../../src/jobs/numbers.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { tempDir } from "../cleanup.ts"

/** A new app directory with this config.json: text as it is, anything else as JSON. */
function dirWith(file?: unknown): string {
  const dir = tempDir()
  if (file !== undefined) {
    writeFileSync(join(dir, "config.json"), typeof file === "string" ? file : JSON.stringify(file))
  }
  return dir
}

/** Takes config.json's providers as they stand. */
const asGiven = (providers: Record<string, ProviderConfig>) => ({ providers, warnings: [], problems: [] })

function read(file?: unknown, args: string[] = [], env: Env = {}): Config<Record<string, ProviderConfig>> {
  const command = readConfig(["--app-dir", dirWith(file), ...args], env, asGiven)
  if (command.kind !== "serve") throw new Error(`no configuration but ${command.kind}`)
  return command.config
}

function problemsOf(file?: unknown, args: string[] = [], env: Env = {}): Problem[] {
  try {
    read(file, args, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

/** What is wrong with the command line itself. */
function mistakesOf(file: unknown, args: string[]): string[] {
  try {
    read(file, args)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

/** The paths of the problems, sorted. */
function pathsOf(file?: unknown, args: string[] = [], env: Env = {}): string[] {
  return problemsOf(file, args, env)
    .map(({ path }) => path)
    .sort()
}

const openai = (settings: unknown) => ({ providers: { openai: settings } })
const virtualKeys = (keys: unknown) => ({ governance: { virtual_keys: keys } })
const teamA = (over: Record<string, unknown> = {}) => ({
  id: "vk-team-a",
  name: "team-a",
  value: "sk-bf-team-a",
  ...over,
})

describe("flags", () => {
  test("without any, and without a file, the defaults hold", () => {
    expect(read()).toMatchObject({
      host: "127.0.0.1",
      port: 8080,
      log: { level: "info", style: "pretty" },
      client: {
        async_job_result_ttl: 3600,
        async_job_result_ttl_max: 2_592_000,
        stored_response_ttl: 2_592_000,
        async_job_deadline: 86_400,
        max_request_body_size_mb: 100,
        max_file_size_mb: 512,
        max_database_mb: 10_240,
        disk_reserve_mb: null,
        allowed_origins: [],
        enforce_auth_on_inference: false,
        allow_direct_keys: true,
      },
      ui: { enabled: true, bodies: true },
      providers: {},
      virtualKeys: [],
      ignored: [],
    })
  })

  const everyFlag = ["--port", "9000", "--host", "::1", "--log-level=debug", "--log-style", "json"]
  const everyTwin = { APP_PORT: "9001", APP_HOST: "localhost", LOG_LEVEL: "warn", LOG_STYLE: "json" }

  test("are read with a space or an equals sign", () => {
    expect(read({}, everyFlag)).toMatchObject({ port: 9000, host: "::1", log: { level: "debug", style: "json" } })
  })

  test("each has a twin in the environment", () => {
    const settings = { port: 9001, host: "localhost", log: { level: "warn", style: "json" } }
    expect(read({}, [], everyTwin)).toMatchObject(settings)
    const dir = dirWith({ client: { async_job_result_ttl: 7 } })
    const command = readConfig([], { APP_DIR: dir }, asGiven)
    expect(command).toMatchObject({ kind: "serve", config: { appDir: dir, client: { async_job_result_ttl: 7 } } })
  })

  test("win over their twins, and an empty twin is none", () => {
    expect(read({}, everyFlag, everyTwin)).toMatchObject({ port: 9000, host: "::1", log: { level: "debug" } })
    expect(read({}, [], { APP_PORT: "", LOG_LEVEL: "" })).toMatchObject({ port: 8080, log: { level: "info" } })
  })

  test("port 0 is allowed: it takes a free one", () => {
    expect(read({}, ["--port", "0"]).port).toBe(0)
  })

  test("--help and --version are answered whatever else is wrong", () => {
    expect(readConfig(["--version", "--port", "x"], {}, asGiven)).toEqual({ kind: "version" })
    expect(readConfig(["-h", "--nonsense"], {}, asGiven)).toEqual({ kind: "help" })
  })

  test.each([
    [["--port", "http"], "--port", '"http"', "0 to 65535"],
    [["--port", "65536"], "--port", '"65536"', "0 to 65535"],
    [["--port", "-1"], "--port", '"-1"', "0 to 65535"],
    [["--port", "80.5"], "--port", '"80.5"', "0 to 65535"],
    [["--host", "127.0.0.999"], "--host", '"127.0.0.999"', "127.0.0.1"],
    [["--host", "127.0.0"], "--host", '"127.0.0"', "127.0.0.1"],
    [["--host", "192.168.1.256"], "--host", '"192.168.1.256"', "127.0.0.1"],
    [["--log-level", "loud"], "--log-level", '"loud"', "debug, info, warn, error"],
    [["--log-style", "xml"], "--log-style", '"xml"', "pretty, json"],
  ])("%j is refused with what was found and what to write instead", (args, path, found, fix) => {
    const problem = problemsOf({}, args).find((candidate) => candidate.path === path)
    expect(problem?.found).toBe(found)
    expect(problem?.fix).toContain(fix)
  })

  test("an address that is refused is shown without the user and the password in it", () => {
    const [problem] = problemsOf(openai({ network_config: { base_url: "htp://me:hunter2@host/v1" } }))
    expect(problem?.found).toBe('"htp://(not shown)@host/v1"')
    const [other] = problemsOf(openai({ network_config: { base_url: "htp://host/v1?key=secret" } }))
    expect(other?.found).toBe('"htp://host/v1?(not shown)"')
  })

  test.each([
    [["--prot", "1"], ["unknown flag --prot; did you mean --port?"]],
    [["--prot=1"], ["unknown flag --prot; did you mean --port?"]],
    [["-p", "1"], ["unknown flag -p; did you mean --port?"]],
    [["-p1"], ["unknown flag -p1; run asyncgate --help"]],
    [["--loglevel=debug"], ["unknown flag --loglevel; did you mean --log-level?"]],
    [["--verbose"], ["unknown flag --verbose; run asyncgate --help"]],
    [
      ["--prot", "1", "--hots", "::1"],
      ["unknown flag --prot; did you mean --port?", "unknown flag --hots; did you mean --host?"],
    ],
    [["--\u001b[31m"], ['unknown flag "--\\u001b[31m"; run asyncgate --help']],
    [["--port"], ["--port has no value; write --port N"]],
    [["--port="], ["--port has no value; write --port N"]],
    [["--port", ""], ["--port has no value; write --port N"]],
    [["--host", "--log-level=debug"], ["--host has no value; write --host ADDRESS"]],
    [["serve", "now"], ['serve takes nothing more, but found "now"; write asyncgate serve']],
    [["help"], ['unknown command "help"; did you mean --help?']],
    [["vk"], ['unknown command "vk"; there is vk create, vk list, vk revoke']],
    [["vk", "creat", "a"], ['unknown command "vk creat a"; did you mean vk create?']],
    [["vk", "create"], ["vk create needs a name; write asyncgate vk create NAME"]],
    [["vk", "create", "a", "b"], ['vk create takes one name; write asyncgate vk create "a b"']],
    [["vk", "list", "a"], ['vk list takes nothing more, but found "a"; write asyncgate vk list']],
    [["vk", "revoke"], ["vk revoke needs a name; write asyncgate vk revoke NAME|ID"]],
    [["admin-token"], ['unknown command "admin-token"; there is admin-token rotate']],
  ])("of a command line %j the mistake itself is named, and what was meant", (args, mistakes) => {
    expect(mistakesOf({}, args)).toEqual(mistakes)
  })

  test("mistakes of the command line and of the file are reported together", () => {
    const file = { client: { async_job_deadline: 0 } }
    expect(mistakesOf(file, ["--prot", "1"])).toHaveLength(1)
    expect(pathsOf(file, ["--prot", "1", "--port", "x"])).toEqual(["--port", "client.async_job_deadline"])
  })

  test.each([
    [["vk", "create", "team a"], { kind: "vk create", argument: "team a" }],
    [["vk", "create", "--", "--odd"], { kind: "vk create", argument: "--odd" }],
    [["vk", "list"], { kind: "vk list", argument: "" }],
    [["vk", "revoke", "a"], { kind: "vk revoke", argument: "a" }],
    [["admin-token", "rotate"], { kind: "admin-token rotate", argument: "" }],
  ])("%j is a command, whatever config.json says", (args, command) => {
    const dir = dirWith("{ not json")
    expect(readConfig(["--app-dir", dir, ...args], {}, asGiven)).toEqual({ ...command, appDir: dir } as never)
  })

  const enforced = { client: { enforce_auth_on_inference: true } }

  test.each(["0.0.0.0", "::", "192.168.1.5", "fe80::1%eth0", "gateway.local"])(
    "on --host %s every caller needs a virtual key, and config.json cannot take that away",
    (host) => {
      expect(read({}, ["--host", host])).toMatchObject({ host, client: { enforce_auth_on_inference: true } })
      expect(read(enforced, ["--host", host])).toMatchObject({ host, client: { enforce_auth_on_inference: true } })
      const [problem] = problemsOf({ client: { enforce_auth_on_inference: false } }, ["--host", host])
      expect(problem?.path).toBe("--host")
      expect(problem?.fix).toContain("take client.enforce_auth_on_inference: false out of config.json")
    },
  )

  test.each(["127.0.0.1", "127.8.9.10", "::1", "localhost"])("on --host %s config.json says who needs one", (host) => {
    expect(read({}, ["--host", host]).client.enforce_auth_on_inference).toBe(false)
    expect(read(enforced, ["--host", host]).client.enforce_auth_on_inference).toBe(true)
  })

  test.each(["http://0.0.0.0", "a b", "0.0.0.0/8", "1.2.3.4.5"])(
    "--host %j is no address, whoever may call",
    (host) => {
      expect(pathsOf({}, ["--host", host])).toEqual(["--host"])
      expect(pathsOf(enforced, ["--host", host])).toEqual(["--host"])
    },
  )

  test("--host is not blamed for what else is wrong with the file", () => {
    const file = { client: { enforce_auth_on_inference: true, async_job_deadline: 0 } }
    expect(pathsOf(file, ["--host", "0.0.0.0"])).toEqual(["client.async_job_deadline"])
  })

  test("a bad twin is refused like the flag", () => {
    expect(pathsOf({}, [], { APP_PORT: "x", APP_HOST: "example com", LOG_LEVEL: "y", LOG_STYLE: "z" })).toEqual([
      "--host",
      "--log-level",
      "--log-style",
      "--port",
    ])
  })
})

describe("config.json", () => {
  test("sets what it names and leaves the other defaults", () => {
    const { client } = read({ client: { async_job_result_ttl: 60, allowed_origins: ["https://app.example.com"] } })
    expect(client).toMatchObject({
      async_job_result_ttl: 60,
      allowed_origins: ["https://app.example.com"],
      async_job_deadline: 86_400,
    })
  })

  test("sets how much of the disk is left free, none of it too", () => {
    for (const disk_reserve_mb of [0, 0.5, 2048]) {
      expect(read({ client: { disk_reserve_mb } }).client).toMatchObject({ disk_reserve_mb })
    }
  })

  test("says what models cost and how many calls a key may have out, with any name for a model", () => {
    const settings = {
      keys: [{ value: "k", weight: 0, concurrency: 65_000 }],
      prices: {
        "*": { per_call: 0 },
        "org/model:tag": { input_per_million: 0.5, cached_input_per_million: 0.1, output_per_million: 2 },
        constructor: { per_image: 0.04, per_second: 0.0001, per_character: 0.000015, per_page: 0.001 },
      },
    }
    const { providers, ignored } = read(openai(settings))
    expect(providers as unknown).toEqual({ openai: settings })
    expect(ignored).toEqual([])
  })

  test("is read with a byte order mark in front", () => {
    expect(read('\uFEFF{"client":{"async_job_result_ttl":5}}').client.async_job_result_ttl).toBe(5)
  })

  test.each([
    ['{\n  "client": {,}\n}', "no valid JSON: value expected at line 2, column 14"],
    ['{\n  // mine\n  "client": {}\n}', "no valid JSON: a comment at line 2, column 3"],
    ['{"client": {}', "no valid JSON: close brace expected at line 1, column 14"],
    ["", "no valid JSON: value expected at line 1, column 1"],
  ])("that is not JSON is refused with the place: %j", (text, found) => {
    const [problem, ...others] = problemsOf(text)
    expect(others).toEqual([])
    expect(problem?.path).toEndWith("config.json")
    expect(problem?.found).toBe(found)
  })

  test("that cannot be read is a problem, not a crash", () => {
    const dir = dirWith()
    mkdirSync(join(dir, "config.json"))
    expect(() => readConfig(["--app-dir", dir], {}, asGiven)).toThrow(/config\.json: found no readable file/)
  })

  test.each([
    ["[]", "config.json", "a list"],
    ["null", "config.json", "null"],
    ['"text"', "config.json", '"text"'],
    ['{"providers":[]}', "providers", "a list"],
  ])("with the wrong kind of value is refused: %s", (text, path, found) => {
    expect(problemsOf(text)).toEqual([{ path, found, fix: "a JSON object" }])
  })

  const wrong = {
    client: {
      async_job_result_ttl: 0.5,
      async_job_result_ttl_max: "long",
      stored_response_ttl: 0,
      async_job_deadline: 1e13,
      shutdown_grace_in_seconds: -1,
      max_request_body_size_mb: 0,
      max_database_mb: 0,
      disk_reserve_mb: -1,
      allowed_origins: "https://app.example.com",
      allowed_hosts: [1],
      enforce_auth_on_inference: "yes",
      allow_direct_keys: 0,
    },
    ui: { enabled: "no", bodies: 1 },
    governance: {
      virtual_keys: [
        {
          id: "vk a",
          name: "",
          value: 5,
          is_active: "yes",
          expires_at: "tomorrow",
          provider_configs: [{ allowed_models: "*" }, "mock"],
          requests_per_minute: 0,
          max_concurrent_jobs: 1.5,
          budgets: { day: { tokens: 0.5, cost: 0 }, month: 5 },
        },
        { budgets: [] },
        "team-b",
      ],
    },
    providers: {
      openai: {
        keys: [{ name: 1, value: "k", weight: "heavy", concurrency: 0, models: "*" }, { concurrency: 65_001 }],
        prices: { "gpt-x": { input_per_million: -1, per_image: "0.04" }, "*": 5 },
        network_config: {
          base_url: "localhost:8000",
          default_request_timeout_in_seconds: 0,
          max_retries: 101,
          retry_backoff_initial: 1.5,
          retry_backoff_max: -1,
          extra_headers: { "x-team": 5 },
        },
        concurrency_and_buffer_size: { concurrency: 0 },
        custom_provider_config: { base_provider_type: 5 },
      },
      "a/b": { network_config: { max_retries: "3" } },
    },
  }

  test("has every one of its problems reported at once, each with its path, what was found and what to write", () => {
    const problems = problemsOf(wrong, ["--port", "x"])
    const found = Object.fromEntries(problems.map((problem) => [problem.path, problem.found]))
    expect(found).toEqual({
      "--port": '"x"',
      "client.async_job_result_ttl": "0.5",
      "client.async_job_result_ttl_max": '"long"',
      "client.stored_response_ttl": "0",
      "client.async_job_deadline": "10000000000000",
      "client.shutdown_grace_in_seconds": "-1",
      "client.max_request_body_size_mb": "0",
      "client.max_database_mb": "0",
      "client.disk_reserve_mb": "-1",
      "client.allowed_origins": '"https://app.example.com"',
      "client.allowed_hosts.0": "1",
      "client.enforce_auth_on_inference": '"yes"',
      "client.allow_direct_keys": "0",
      "ui.enabled": '"no"',
      "ui.bodies": "1",
      "governance.virtual_keys.0.id": "a string (not shown)",
      "governance.virtual_keys.0.name": "a string (not shown)",
      "governance.virtual_keys.0.value": "a number (not shown)",
      "governance.virtual_keys.0.is_active": '"yes"',
      "governance.virtual_keys.0.expires_at": '"tomorrow"',
      "governance.virtual_keys.0.provider_configs.0.provider": "nothing",
      "governance.virtual_keys.0.provider_configs.0.allowed_models": "a string (not shown)",
      "governance.virtual_keys.0.provider_configs.1": "a string (not shown)",
      "governance.virtual_keys.0.requests_per_minute": "0",
      "governance.virtual_keys.0.max_concurrent_jobs": "1.5",
      "governance.virtual_keys.0.budgets.day.tokens": "0.5",
      "governance.virtual_keys.0.budgets.day.cost": "0",
      "governance.virtual_keys.0.budgets.month": "a number (not shown)",
      "governance.virtual_keys.1.id": "nothing",
      "governance.virtual_keys.1.budgets": "a list",
      "governance.virtual_keys.2": "a string (not shown)",
      "providers.openai.keys.0.name": "1",
      "providers.openai.keys.0.weight": '"heavy"',
      "providers.openai.keys.0.concurrency": "0",
      "providers.openai.keys.0.models": '"*"',
      "providers.openai.keys.1.concurrency": "65001",
      "providers.openai.prices.gpt-x.input_per_million": "-1",
      "providers.openai.prices.gpt-x.per_image": '"0.04"',
      "providers.openai.prices.*": "5",
      "providers.openai.network_config.base_url": '"localhost:8000"',
      "providers.openai.network_config.default_request_timeout_in_seconds": "0",
      "providers.openai.network_config.max_retries": "101",
      "providers.openai.network_config.retry_backoff_initial": "1.5",
      "providers.openai.network_config.retry_backoff_max": "-1",
      "providers.openai.network_config.extra_headers.x-team": "a number (not shown)",
      "providers.openai.concurrency_and_buffer_size.concurrency": "0",
      "providers.openai.custom_provider_config.base_provider_type": "5",
      "providers.a/b.network_config.max_retries": '"3"',
    })
    expect(problems).toHaveLength(Object.keys(found).length)
    for (const { fix } of problems) expect(fix.length).toBeGreaterThan(5)
  })

  test("names the setting, the finding and the cure in the message too", () => {
    expect(() => read({ client: { max_request_body_size_mb: 0 } })).toThrow(
      "  client.max_request_body_size_mb: found 0; write a number of megabytes up to 1000, as 100",
    )
  })

  test("refuses bodies that are longer than the store's longest", () => {
    const { client } = read({ client: { max_request_body_size_mb: 1000 } })
    expect(client.max_request_body_size_mb * 1024 * 1024).toBeLessThan(BODY_PIECES_MAX * BODY_PIECE_BYTES)
    expect(() => read({ client: { max_request_body_size_mb: 1001 } })).toThrow("up to 1000")
  })

  test("says beside its problems what would be off without them", () => {
    const file = { client: { async_job_deadline: 0 }, ...virtualKeys([teamA({ value: "env.UNSET" })]) }
    expect(() => read(file)).toThrow(
      /async_job_deadline: found 0; .*\nand besides:\n {2}governance\.virtual_keys\.0 is off: value is env\.UNSET, but UNSET is not set/,
    )
  })

  test("says beside its problems which names are not known but nearly so", () => {
    expect(() => read({ client: { async_job_deadline: 0, async_job_result_tll: 5, log_retention_days: 1 } })).toThrow(
      /async_job_deadline: found 0; .*\nand besides:\n {2}client\.async_job_result_tll \(did you mean async_job_result_ttl\?\) is not known, and would be ignored$/,
    )
  })

  test("with mistakes of every kind has all of them reported, those of the providers too", () => {
    const text = `{
      "client": { "async_job_deadline": "30", "async_job_deadline": 0, "allowed_origins": {} },
      "version": 3,
      "providers": {
        "opena": {},
        "a/b": { "network_config": { "base_url": "http://127.0.0.1:1", "max_retries": "3" } },
        "mine": { "custom_provider_config": { "base_provider_type": "antropic" }, "network_config": { "base_url": "ftp://x" } },
        "openai": { "keys": [ { "name": "a", "value": "sk 1" }, { "name": "a", "value": "k" }, { "name": "c" }, 5 ],
                    "network_config": { "extra_headers": { "x team": "a" } } },
        "groq": { "keys": { "value": "k" } },
        "groq": { "prices": { "m.1": { "per_call": -1 } } }
      },
      "governance": { "virtual_keys": [ { "id": "a", "value": "sk-bf-1" }, { "id": "a", "value": "sk-bf-1" }, { "name": "b", "value": "sk-bf-2" }, "c" ] }
    }`
    const dir = dirWith(text)
    let problems: Problem[] = []
    try {
      readConfig(["--app-dir", dir, "--port", "x"], {}, resolveProviders)
    } catch (error) {
      if (error instanceof ConfigError) problems = error.problems
    }
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "--port",
      "client.allowed_origins",
      "client.async_job_deadline",
      "governance.virtual_keys.1.id",
      "governance.virtual_keys.1.value",
      "governance.virtual_keys.2.id",
      "governance.virtual_keys.3",
      "providers.a/b",
      "providers.a/b.network_config.max_retries",
      "providers.groq",
      "providers.groq.prices.m.1.per_call",
      "providers.mine.custom_provider_config.base_provider_type",
      "providers.mine.network_config.base_url",
      "providers.opena",
      "providers.openai.keys.0.value",
      "providers.openai.keys.1",
      "providers.openai.keys.2.value",
      "providers.openai.keys.3",
      "providers.openai.network_config.extra_headers.x team",
      "version",
    ])
    for (const { found, fix } of problems) expect({ found, fix: fix.length > 5 }).toEqual({ found, fix: true })
  })

  test.each([
    ['{"client":null,"providers":null,"governance":null}', {}],
    ['{"providers":{"openai":null}}', { providers: {} }],
    ['{"providers":{"openai":{"keys":null,"network_config":null}}}', { providers: { openai: {} } }],
  ])("takes null for what is not there, as Bifrost does: %s", (text, config) => {
    expect(problemsOf(text)).toEqual([])
    expect(read(text)).toMatchObject(config as never)
  })

  test("of more than 16 MiB is a problem, and is not read", () => {
    const text = `{"x":"${"x".repeat(17 * 1024 * 1024)}"}`
    expect(problemsOf(text)).toMatchObject([{ found: "18 MiB", fix: "a file of up to 16 MiB" }])
  })

  test.each([
    ['{"client":{},"client":{}}', ["client"]],
    [
      '{"providers":{"a":{"keys":[{"value":"k","value":"k"},{"name":"b","n\\u0061me":"b"}]}}}',
      ["providers.a.keys.0.value", "providers.a.keys.1.name"],
    ],
    ['{"x":{"a":1},"y":{"a":1},"z":["a","a",{"a":1}]}', []],
    ['{"x":"\\"a\\":{","a":{"x":1}}', []],
  ])("that has a member twice is a problem for each: %s", (text, paths) => {
    expect(pathsOf(text)).toEqual(paths)
  })

  test.each(["localhost:8000", "ftp://host", "http://", "http:///v1", "http://host /v1", "http://host/v1#top", ""])(
    "base_url %j is refused",
    (base_url) => {
      expect(pathsOf(openai({ network_config: { base_url } }))).toEqual(["providers.openai.network_config.base_url"])
    },
  )

  test.each([
    "http://127.0.0.1:8000",
    "https://host/v1/",
    "http://[::1]:8000",
    "https://host/deep/path",
    "https://host/v1?version=1",
  ])("base_url %j is taken as it is written", (base_url) => {
    expect(read(openai({ network_config: { base_url } })).providers["openai"]?.network_config?.base_url).toBe(base_url)
  })
})

describe("env.NAME", () => {
  test("becomes the variable's value, in keys and in extra headers", () => {
    const file = openai({
      keys: [{ value: "env.MY_KEY" }, { value: "sk-literal" }],
      network_config: { extra_headers: { "api-key": "env.OTHER", "x-team": "env.not a name" } },
    })
    expect(read(file, [], { MY_KEY: "sk-1", OTHER: "sk-2" }).providers["openai"]).toEqual({
      keys: [{ value: "sk-1" }, { value: "sk-literal" }],
      network_config: { extra_headers: { "api-key": "sk-2", "x-team": "env.not a name" } },
    })
  })

  test.each([{}, { MY_KEY: "" }])(
    "of a variable that is not set turns off what needs it, and says which: %j",
    (env) => {
      const keys = [{ value: "env.MY_KEY" }, { value: "sk-1" }]
      const reason = "is env.MY_KEY, but MY_KEY is not set; set MY_KEY, or write the name of a variable that is set"
      expect(read(openai({ keys }), [], env).providers["openai"] as unknown).toEqual({
        keys: [{ off: `value ${reason}` }, { value: "sk-1" }],
      })
      const headers = openai({ keys: [], network_config: { extra_headers: { a: "env.MY_KEY" } } })
      expect(read(headers, [], env).providers["openai"]).toMatchObject({
        off: `network_config.extra_headers.a ${reason}`,
      })
    },
  )

  test("stands wherever Bifrost takes it, and not where names stand", () => {
    const file = {
      providers: {
        azure: {
          keys: [
            {
              name: "env.A",
              models: ["env.A"],
              azure_key_config: { endpoint: "env.A", scopes: ["env.A"], deployments: { "env.A": "env.A" } },
              aliases: { a: { model_id: "env.A", region: "env.A" } },
            },
          ],
          network_config: { base_url: "env.URL", ca_cert_pem: "env.A" },
          proxy_config: { type: "http", url: "env.URL", password: "env.A" },
          options: { x: "env.A" },
        },
      },
    }
    expect(read(file, [], { A: "a", URL: "http://host" }).providers["azure"] as unknown).toEqual({
      keys: [
        {
          name: "env.A",
          models: ["env.A"],
          azure_key_config: { endpoint: "a", scopes: ["a"], deployments: { "env.A": "a" } },
          aliases: { a: { model_id: "a", region: "a" } },
        },
      ],
      network_config: { base_url: "http://host", ca_cert_pem: "a" },
      proxy_config: { type: "http", url: "http://host", password: "a" },
      options: { x: "a" },
    })
  })

  test("of a value may be unset where the key is authorised by something else, which is set", () => {
    const keyOf = (access_key: string) => ({ value: "env.NO", bedrock_key_config: { access_key } })
    const keys = read(openai({ keys: [keyOf("env.ID"), keyOf("env.NEITHER")] }), [], { ID: "AKIA" }).providers["openai"]
      ?.keys
    expect(keys?.[0] as unknown).toEqual({ bedrock_key_config: { access_key: "AKIA" } })
    expect(keys?.[1]?.off).toContain("bedrock_key_config.access_key is env.NEITHER")
  })

  test("of a session's token or a version may be unset: a key does without", () => {
    const keys = [
      { bedrock_key_config: { region: "x", session_token: "env.NO" }, azure_key_config: { api_version: "env.NO" } },
    ]
    expect(read(openai({ keys })).providers["openai"]?.keys as unknown).toEqual([
      { bedrock_key_config: { region: "x" }, azure_key_config: {} },
    ])
  })
})

test("no message shows what may be a key, wherever it was put by mistake", () => {
  const key = "sk-very-secret"
  const headers = { a: [key], b: { c: key } }
  const files = [
    { providers: key },
    openai(key),
    openai([key]),
    openai({ keys: key }),
    openai({ keys: [key] }),
    openai({ keys: { value: key } }),
    openai({ keys: [{ value: [key] }, { value: { key } }, { value: key, name: 1 }] }),
    openai({ keys: [{ value: "env.KEY", weight: -1 }], network_config: { extra_headers: headers } }),
    openai({ network_config: { extra_headers: key } }),
    openai({ network_config: { max_retries: -1, extra_headers: { "api-key": "env.KEY", authorization: key } } }),
    { governance: key },
    virtualKeys(key),
    virtualKeys([key]),
    virtualKeys({ value: key }),
    virtualKeys([teamA({ value: [key] }), teamA({ value: { key } }), teamA({ id: `${key} a`, value: `${key} b` })]),
    virtualKeys([teamA({ value: key }), teamA({ id: "vk-b", value: key })]),
    virtualKeys([teamA({ value: "env.KEY" }), teamA({ id: "vk-b", value: key })]),
    virtualKeys([teamA({ id: key }), teamA({ id: key })]),
    virtualKeys([teamA({ name: [key] }), teamA({ provider_configs: [key] }), teamA({ provider_configs: key })]),
    virtualKeys([teamA({ provider_configs: [{ provider: [key], allowed_models: key }] })]),
    virtualKeys([teamA({ budgets: key }), teamA({ budgets: { day: key } })]),
    `{"providers":{"openai":{"keys":[{"value":"${key}"}]}}`,
    `{"providers":{"openai":{"keys":[{"value":"${key}" x}]}}}`,
  ]
  for (const file of files) {
    const problems = problemsOf(file, [], { KEY: key })
    expect({ file, count: problems.length }).not.toEqual({ file, count: 0 })
    expect(JSON.stringify([problems, new ConfigError(problems).message])).not.toContain(key)
  }
})

describe("virtual keys", () => {
  test("are taken as they are written, and their variables become values", () => {
    const everything = teamA({
      value: "env.TEAM_A",
      is_active: false,
      expires_at: "2030-01-01T00:00:00+02:00",
      provider_configs: [{ provider: "mock", allowed_models: ["echo"] }, { provider: "other" }],
      requests_per_minute: 60,
      max_concurrent_jobs: 4,
      budgets: { day: { tokens: 100_000, cost: 5 }, month: { cost: 0.5 } },
    })
    const plain = { id: "vk-b", name: "b", value: "sixteen-chars-ok" }
    const file = { client: { allow_direct_keys: false }, ui: { bodies: false }, ...virtualKeys([everything, plain]) }
    const { virtualKeys: keys, client, ui, ignored } = read(file, [], { TEAM_A: "sk-bf-1" })
    expect(keys as unknown[]).toEqual([{ ...everything, value: "sk-bf-1" }, plain])
    expect(client.allow_direct_keys).toBeFalse()
    expect(ui).toEqual({ enabled: true, bodies: false })
    expect(ignored).toEqual([])
  })

  test("of Bifrost's file may have members of other versions: they are ignored", () => {
    const provider_configs = [{ provider: "mock", weight: 1, budget: {}, rate_limit: {} }]
    const file = virtualKeys([teamA({ description: "", rate_limit_id: "", mcp_configs: [{}], provider_configs })])
    expect(read(file).virtualKeys[0]).toEqual(teamA({ provider_configs: [{ provider: "mock" }] }) as never)
    expect(read(file).ignored).toEqual([
      "governance.virtual_keys[].description",
      "governance.virtual_keys[].rate_limit_id",
      "governance.virtual_keys[].mcp_configs",
      "governance.virtual_keys[].provider_configs[].weight",
      "governance.virtual_keys[].provider_configs[].budget",
      "governance.virtual_keys[].provider_configs[].rate_limit",
    ])
  })

  test.each([
    ["sk-bf-", "could be guessed"],
    ["fifteen-chars-x", "could be guessed"],
    ["sk-bf-team a", "cannot be sent"],
    ["sk-bf-team-a\n", "cannot be sent"],
    ["sk-bf-\u2026", "cannot be sent"],
    ["", "has no value"],
    [undefined, "has no value"],
    ["env.UNSET", "UNSET is not set"],
  ])("with the value %j is off, and says how to make one: %s", (value, says) => {
    const { virtualKeys: keys, warnings } = read(
      virtualKeys([teamA({ value }), teamA({ id: "vk-b", value: "sk-bf-b" })]),
    )
    expect(keys.map(({ id }) => id)).toEqual(["vk-b"])
    expect(warnings.map(({ path }) => path)).toEqual(["governance.virtual_keys.0"])
    expect(warnings[0]?.says).toContain(says)
    expect(warnings[0]?.says).toMatch(/asyncgate vk create NAME|set UNSET/)
  })

  test("without a name go by their id", () => {
    expect(read(virtualKeys([{ id: "vk-a", value: "sk-bf-a" }])).virtualKeys).toMatchObject([
      { id: "vk-a", name: "vk-a" },
    ])
  })

  const limits = { budgets: [{ id: "b", max_limit: 5, reset_duration: "1d" }], rate_limits: [{ id: "r" }] }
  const free = { teams: [{ id: "t", name: "t", customer_id: "c" }], customers: [{ id: "c", name: "c" }] }

  test.each([
    ["a rate", { rate_limit_id: "r" }, limits, "rate_limit_id"],
    ["a rate of its own", { rate_limit: { request_max_limit: 1 } }, {}, "rate_limit"],
    ["a budget", { budget_id: "b" }, limits, "budget_id"],
    ["budgets in Bifrost's form", { budgets: [{ max_limit: 1, reset_duration: "1d" }] }, {}, "budgets"],
    ["a profile", { access_profile_id: 1 }, {}, "access_profile_id"],
    ["a team that is not there", { team_id: "t" }, {}, "team_id"],
    ["a team with a budget", { team_id: "t" }, { teams: [{ id: "t", budget_id: "b" }] }, "team_id"],
    ["a team that a budget names", { team_id: "t" }, { ...free, budgets: [{ id: "b", team_id: "t" }] }, "team_id"],
    [
      "a team of a customer with a rate",
      { team_id: "t" },
      { ...free, customers: [{ id: "c", rate_limit_id: "r" }] },
      "team_id",
    ],
    [
      "a customer with a budget",
      { customer_id: "c" },
      { customers: [{ id: "c", budgets: [{ max_limit: 1 }] }] },
      "customer_id",
    ],
    ["a budget that names it", {}, { budgets: [{ id: "b", virtual_key_id: "vk-team-a" }] }, "governance.budgets.0"],
    [
      "a budget that names its grant",
      { provider_configs: [{ id: 7, provider: "mock" }] },
      { budgets: [{ id: "b", provider_config_id: 7 }] },
      "governance.budgets.0",
    ],
    [
      "a model's limit for it",
      {},
      { model_configs: [{ model_name: "m", scope: "virtual_key", scope_id: "vk-team-a", rate_limit_id: "r" }] },
      "governance.model_configs.0",
    ],
    [
      "a grant with a rate",
      { provider_configs: [{ provider: "mock", rate_limit_id: "r" }] },
      {},
      "provider_configs.0.rate_limit_id",
    ],
    [
      "a grant with a budget",
      { provider_configs: [{ provider: "mock", budget: { max_limit: 1 } }] },
      {},
      "provider_configs.0.budget",
    ],
    [
      "a grant with blocked models",
      { provider_configs: [{ provider: "mock", blacklisted_models: ["x"] }] },
      {},
      "provider_configs.0.blacklisted_models",
    ],
  ])("that are bound by %s, which is not kept here, are off rather than unlimited", (_, over, governance, by) => {
    const { virtualKeys: keys, warnings } = read({ governance: { ...governance, virtual_keys: [teamA(over)] } })
    expect(keys).toEqual([])
    expect(warnings).toMatchObject([
      { path: "governance.virtual_keys.0", says: expect.stringContaining(` ${by}, which is not kept here; write`) },
    ])
  })

  test("of a team and a customer that nothing limits are good", () => {
    const { virtualKeys: keys, warnings } = read({ governance: { ...free, virtual_keys: [teamA({ team_id: "t" })] } })
    expect({ count: keys.length, warnings }).toEqual({ count: 1, warnings: [] })
  })

  const empty = [
    ["every provider", { provider_configs: [] }],
    ["every model", { provider_configs: [{ provider: "mock", allowed_models: [] }] }],
    ["every key", { provider_configs: [{ provider: "mock", key_ids: [] }] }],
    ["every model, by null", { provider_configs: [{ provider: "mock", allowed_models: null }] }],
  ] as const

  test.each(empty)(
    "with an empty list are off where it denies %s, and good in version 1, where it means all",
    (_, over) => {
      for (const version of [undefined, 2]) {
        const { virtualKeys: keys, warnings } = read({ version, ...virtualKeys([teamA(over)]) })
        expect(keys).toEqual([])
        expect(warnings).toMatchObject([{ says: expect.stringContaining("allows nothing") }])
      }
      const { virtualKeys: keys, warnings } = read({ version: 1, ...virtualKeys([teamA(over)]) })
      expect(warnings).toEqual([])
      expect(keys[0]?.provider_configs?.map(({ provider }) => provider)).toEqual(
        over.provider_configs.length === 0 ? undefined : ["mock"],
      )
      expect(JSON.stringify(keys)).not.toContain("[]")
    },
  )

  test("lose only the grant whose list is empty", () => {
    const provider_configs = [{ provider: "a", allowed_models: [] }, { provider: "b" }]
    expect(read(virtualKeys([teamA({ provider_configs })])).virtualKeys[0]?.provider_configs).toEqual([
      { provider: "b" },
    ])
  })

  test.each([
    ["client.enforce_governance_header", { client: { enforce_governance_header: true } }],
    ["client.enforce_scim_auth", { client: { enforce_scim_auth: true } }],
    [
      "plugins.1.config.is_vk_mandatory",
      { plugins: [{ name: "otel" }, { name: "governance", enabled: true, config: { is_vk_mandatory: true } }] },
    ],
    ["auth_config.disable_auth_on_inference", { auth_config: { is_enabled: true, disable_auth_on_inference: false } }],
    [
      "governance.auth_config.disable_auth_on_inference",
      { governance: { auth_config: { is_enabled: true, disable_auth_on_inference: false } } },
    ],
  ])("are asked for where %s says it", (path, file) => {
    const { client, warnings } = read(file, ["--host", "0.0.0.0"])
    expect(client.enforce_auth_on_inference).toBe(true)
    expect(warnings).toMatchObject([{ path, says: expect.stringContaining("asks every caller") }])
  })

  test.each([
    { plugins: [{ name: "governance", enabled: false, config: { is_vk_mandatory: true } }] },
    { plugins: [{ name: "governance", config: { is_vk_mandatory: false } }] },
    { governance: { auth_config: { is_enabled: false, disable_auth_on_inference: false } } },
    { governance: { auth_config: { is_enabled: true, disable_auth_on_inference: true } } },
    { client: { enforce_governance_header: false } },
  ])("are not asked for by %j", (file) => {
    expect(read(file).client.enforce_auth_on_inference).toBe(false)
  })

  test.each(["2030-01-01", "2030-02-30T00:00:00Z", "2030-01-01T00:00:00", 1_893_456_000])(
    "cannot expire at %j",
    (expires_at) => {
      expect(pathsOf(virtualKeys([teamA({ expires_at })]))).toEqual(["governance.virtual_keys.0.expires_at"])
    },
  )

  test("of one id or one value are two problems, each naming the other place", () => {
    const problems = problemsOf(virtualKeys([teamA(), teamA({ id: "vk-b", value: "env.B" }), teamA()]), [], {
      B: "sk-bf-team-b",
    })
    expect(problems).toMatchObject([
      { path: "governance.virtual_keys.2.id", found: "the same as governance.virtual_keys.0.id (not shown)" },
      { path: "governance.virtual_keys.2.value", found: "the same as governance.virtual_keys.0.value (not shown)" },
    ])
  })
})

describe("members that this version does not know", () => {
  test("are named once, with the nearest known name, and do not reach the configuration", () => {
    const { ignored, client, providers } = read({
      client: { async_job_result_tll: 1, log_retention_days: 1 },
      providers: {
        openai: {
          keys: [
            { value: "a", use_for_batch_api: true, modles: [] },
            { value: "b", use_for_batch_api: false },
          ],
          network_config: { base_ulr: "http://x" },
          prices: { m: { input_per_milion: 1 } },
        },
      },
      governance: { virtual_keys: [teamA({ budgets: { dya: { tokens: 1 }, month: { token: 1 } } })] },
      mcp: {},
      provider: {},
      constructor: {},
    })
    expect(ignored).toEqual([
      "client.async_job_result_tll (did you mean async_job_result_ttl?)",
      "client.log_retention_days",
      "providers.openai.keys[].use_for_batch_api",
      "providers.openai.keys[].modles (did you mean models?)",
      "providers.openai.network_config.base_ulr (did you mean base_url?)",
      "providers.openai.prices.m.input_per_milion (did you mean input_per_million?)",
      "governance.virtual_keys[].budgets.dya (did you mean day?)",
      "governance.virtual_keys[].budgets.month.token (did you mean tokens?)",
      "mcp",
      "provider (did you mean providers?)",
      "constructor",
    ])
    expect(client).not.toHaveProperty("log_retention_days")
    expect(providers).toEqual({
      openai: { keys: [{ value: "a" }, { value: "b" }], network_config: {}, prices: { m: {} } },
    })
  })

  test("in a file for Bifrost are passed over: it is accepted whole", () => {
    const { ignored, providers, client, virtualKeys } = read(bifrost, [], { OPENAI_API_KEY: "sk-1" })
    expect(virtualKeys).toHaveLength(1)
    expect(ignored).toEqual([])
    expect(client.async_job_result_ttl).toBe(3600)
    expect(providers["openai"]?.keys).toEqual([{ name: "main", value: "sk-1", models: ["*"], weight: 1 }])
    expect(providers["my-vllm"]?.network_config?.base_url).toBe("http://127.0.0.1:8000")
  })
})

/** The example that the documentation gives. */
const bifrost = `{
  "client": { "async_job_result_ttl": 3600, "allow_direct_keys": true, "enforce_auth_on_inference": false, "max_request_body_size_mb": 100, "allowed_origins": [] },
  "providers": {
    "openai": {
      "keys": [ { "name": "main", "value": "env.OPENAI_API_KEY", "models": ["*"], "weight": 1.0 } ],
      "network_config": { "base_url": "https://api.openai.com", "default_request_timeout_in_seconds": 600, "max_retries": 3,
                          "retry_backoff_initial": 500, "retry_backoff_max": 30000, "extra_headers": {} },
      "concurrency_and_buffer_size": { "concurrency": 100, "buffer_size": 100000 }
    },
    "my-vllm": { "custom_provider_config": { "base_provider_type": "openai" }, "network_config": { "base_url": "http://127.0.0.1:8000" } }
  },
  "governance": { "virtual_keys": [ { "id": "vk-team-a", "name": "team-a", "value": "sk-bf-team-a", "is_active": true,
      "provider_configs": [ { "provider": "openai", "allowed_models": ["*"] } ] } ] }
}`

describe("what cannot stand in a header", () => {
  test.each([
    ["a key with a line break", { keys: [{ value: "sk-1\n" }] }, "providers.openai.keys.0.value"],
    ["a key with a space", { keys: [{ value: "sk 1" }] }, "providers.openai.keys.0.value"],
    [
      "a header's name",
      { network_config: { extra_headers: { "x team": "a" } } },
      "providers.openai.network_config.extra_headers.x team",
    ],
    [
      "a header's value",
      { network_config: { extra_headers: { "x-team": "a\u0000" } } },
      "providers.openai.network_config.extra_headers.x-team",
    ],
  ])("%s is a problem at the start, not a failure of every call", (_, openai, path) => {
    const problems = problemsOf({ providers: { openai } })
    expect(problems.map((problem) => problem.path)).toEqual([path])
    expect(JSON.stringify(problems)).not.toContain("sk")
  })

  test("a key of the environment with a line break is a problem too, unless that is only its end, as of a file", () => {
    const file = { providers: { openai: { keys: [{ value: "env.MY_KEY" }] } } }
    const problems = problemsOf(file, [], { MY_KEY: "sk-1\nsk-2" })
    expect(problems.map((problem) => problem.path)).toEqual(["providers.openai.keys.0.value"])
    expect(read(file, [], { MY_KEY: "sk-1\r\n" }).providers["openai"]?.keys?.[0]?.value).toBe("sk-1")
  })
})
