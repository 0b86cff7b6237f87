// The gateway that the tests of the wire speak to: the one at WIRE_BASE_URL, else one that is launched here with a config.json of its own.
import { describe, expect, test } from "bun:test"
import { type Gateway, isOnServer, type Job, launch } from "../harness.ts"
import { makeDatabase } from "../postgres.ts"
import { type Members, makeRequest, type RequestType } from "./types.ts"

const elsewhere = process.env["WIRE_BASE_URL"]?.replace(/\/+$/, "")
if (elsewhere !== undefined) {
  process.stdout.write(
    `against ${elsewhere}: skipped is what needs a config.json, an upstream or a mock provider of our own\n`,
  )
}

/** For what looks into the file of the database. */
export const testFile = test.skipIf(elsewhere !== undefined || isOnServer)

/** For what needs a config.json of our own, an upstream of our own, or the mock provider's knobs. */
export const describeHere = describe.skipIf(elsewhere !== undefined)
export const testHere = test.skipIf(elsewhere !== undefined)

export const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
export const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
export const NO_JOB = "00000000-0000-0000-0000-000000000000"

/** Values of the virtual keys that every gateway launched here knows. */
export const virtualKeys = {
  a: "sk-bf-aaaaaaaaaaaaaaaaaaaa",
  b: "sk-bf-bbbbbbbbbbbbbbbbbbbb",
  /** One that does not show that it is one. */
  plain: "team-key-without-the-prefix",
  inactive: "sk-bf-inactive-iiiiiiiiii",
  expired: "sk-bf-expired-eeeeeeeeeee",
  notMock: "sk-bf-notmock-nnnnnnnnnnn",
  oneModel: "sk-bf-onemodel-mmmmmmmmmm",
  rare: "sk-bf-rare-rrrrrrrrrrrrrr",
  thrifty: "sk-bf-thrifty-tttttttttt",
} as const
export const UNKNOWN_KEY = "sk-bf-unknown-uuuuuuuuuuu"

type Headers = Record<string, string>

export interface Wire {
  url: string
  /** The gateway launched here. Elsewhere there is none, and what asks for it is skipped. */
  own: Gateway
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Submits a valid request with `over` laid over it. */
  submit(type: RequestType, over?: Members, headers?: Headers): Promise<Response>
  /** Submits a body as it stands. */
  post(path: string, body: string | Uint8Array<ArrayBuffer>, headers?: Headers): Promise<Response>
  /** Submits, expects 202, and gives the job. */
  accept(type: RequestType, over?: Members, headers?: Headers): Promise<Job>
  poll(type: RequestType, id: string, headers?: Headers): Promise<Response>
  /** The job at its end. */
  end(type: RequestType, id: string, headers?: Headers): Promise<Job>
  /** Submits, and gives the job at its end. */
  run(type: RequestType, over?: Members, headers?: Headers): Promise<Job>
  dispose(): Promise<void>
}

/** One gateway; or the one that runs the jobs and one that waits to take over, which get the requests by turns. */
async function launchAll(config: object): Promise<Gateway[]> {
  const server = process.env["TEST_DATABASE"]
  if (server === undefined) return [await launch({ config })]
  const env = { ASYNCGATE_DATABASE: await makeDatabase(server), ASYNCGATE_ENCRYPTION_KEY: "ab".repeat(32) }
  return [await launch({ config, env }), await launch({ config, env })]
}

/** @param over laid over the sections of the config.json of a gateway that is launched here; `isAlone`: it has no virtual keys */
export async function openWire(over: { client?: object; providers?: object; isAlone?: boolean } = {}): Promise<Wire> {
  const launched = elsewhere === undefined ? await launchAll(makeConfig(over)) : []
  const [own] = launched
  const url = elsewhere ?? own?.url ?? ""
  const urls = elsewhere === undefined ? launched.map((gateway) => gateway.url) : [elsewhere]
  let calls = 0
  const wire: Wire = {
    url,
    get own() {
      if (own === undefined) throw new Error("this test needs a gateway of its own: it should have been skipped")
      return own
    },
    fetch: (path, init) => fetch(urls[calls++ % urls.length] + path, init),
    submit(type, over, headers = {}) {
      const request = makeRequest(type, over)
      const contentType: Headers = request.type === null ? {} : { "content-type": request.type }
      return wire.fetch(type.path, { method: "POST", headers: { ...contentType, ...headers }, body: request.body })
    },
    post: (path, body, headers = {}) =>
      wire.fetch(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body }),
    async accept(type, over, headers) {
      const response = await wire.submit(type, over, headers)
      const job = (await response.json()) as Job
      if (response.status !== 202) throw new Error(`answered ${response.status}: ${JSON.stringify(job)}`)
      return job
    },
    poll: (type, id, headers = {}) => wire.fetch(`${type.path}/${id}`, { headers }),
    async end(type, id, headers = {}) {
      for (;;) {
        const response = await wire.poll(type, id, { prefer: "wait=10", ...headers })
        const job = (await response.json()) as Job
        if (response.status === 200) return job
        if (response.status !== 202) throw new Error(`poll answered ${response.status}: ${JSON.stringify(job)}`)
      }
    },
    async run(type, over, headers = {}) {
      const { id } = await wire.accept(type, over, headers)
      return wire.end(type, id, headers)
    },
    async dispose() {
      await Promise.all(launched.map((gateway) => gateway.dispose()))
    },
  }
  return wire
}

function makeConfig({
  client = {},
  providers = {},
  isAlone = false,
}: {
  client?: object
  providers?: object
  isAlone?: boolean
}) {
  const all = [{ provider: "mock", allowed_models: ["*"] }]
  const key = (id: keyof typeof virtualKeys, over: object) => ({
    id: `vk-${id}`,
    name: id,
    value: virtualKeys[id],
    is_active: true,
    ...over,
  })
  return {
    client,
    // Tries that do not keep a test waiting.
    providers: { mock: { network_config: { retry_backoff_initial: 1, retry_backoff_max: 5 } }, ...providers },
    governance: {
      virtual_keys: isAlone
        ? []
        : [
            key("a", {}),
            key("b", { provider_configs: all }),
            key("plain", {}),
            key("inactive", { is_active: false }),
            key("expired", { expires_at: "2020-01-01T00:00:00Z" }),
            key("notMock", { provider_configs: [{ provider: "openai", allowed_models: ["*"] }] }),
            key("oneModel", { provider_configs: [{ provider: "mock", allowed_models: ["echo"] }] }),
            key("rare", { requests_per_minute: 2 }),
            key("thrifty", { budgets: { day: { tokens: 1 } } }),
          ],
    },
  }
}

export interface Refusal {
  status: number
  /** The whole message, or what it must say. */
  message: string | RegExp
  code?: string
  type?: string
  param?: string
}

/** Holds that an answer is the error object with this refusal, and nothing but it. */
export async function expectRefusal(response: Response, expected: Refusal): Promise<Job> {
  const error = (await response.json()) as Job
  const { message } = expected
  if (typeof message === "string") expect(error.error?.message).toBe(message)
  else expect(error.error?.message).toMatch(message)
  expect(response.status).toBe(expected.status)
  expect(response.headers.get("content-type")).toBe("application/json")
  expect(response.headers.get("x-request-id")).toBeTruthy()
  expect(Object.keys(error)).toEqual(["type", "is_bifrost_error", "status_code", "error", "extra_fields"])
  expect(error).toMatchObject({ is_bifrost_error: false, status_code: expected.status })
  const members = ["type", "code", "message", "param"].filter((name) => name !== "param" || "param" in error.error)
  expect(Object.keys(error.error)).toEqual(members)
  for (const name of members) expect(error.error[name]).toBeString()
  expect(error.error.type).toBe(error.type)
  if (expected.type !== undefined) expect(error.type).toBe(expected.type)
  if (expected.code !== undefined) expect(error.error.code).toBe(expected.code)
  if (expected.param !== undefined) expect(error.error.param).toBe(expected.param)
  return error
}
