// The commands about webhooks, as a user types them, with real receivers.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findCode } from "../../src/cli/exitcodes.ts"
import { findSignatureFault, signWebhook } from "../../src/webhooks/signing.ts"
import { afterTest, tempDir } from "../cleanup.ts"
import { type RunOptions, runClient } from "../commands.ts"
import { chat, type Gateway, launch, plainEnv, program, start } from "../harness.ts"
import { openReceiver, type Received } from "./receiver.ts"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
})
afterAll(() => gateway.dispose())

const ag = (args: string[], options?: RunOptions) => runClient(gateway, ["webhooks", ...args], options)
const now = () => Math.floor(Date.now() / 1000)
const faultOf = (secret: string, { headers, body }: Received) => findSignatureFault(secret, headers, body, now())

let count = 0
/** Makes an endpoint of every job. @returns its name and its secret */
async function add(url: string, ...flags: string[]): Promise<{ name: string; secret: string }> {
  count += 1
  const name = `endpoint-${count}`
  const { stdout, stderr, code } = await ag(["add", name, url, "--all-jobs", ...flags])
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining("the one time that its secret is shown"),
  })
  afterTest(() => ag(["rm", name]))
  return { name, secret: stdout.trim() }
}

/** Until it holds: what a receiver answered is recorded a moment later. */
async function listUntil(name: string, words: RegExp): Promise<string> {
  for (;;) {
    const { stdout } = await ag(["ls", name])
    if (words.test(stdout)) return stdout
  }
}

describe("an endpoint", () => {
  test("is made with a secret that is printed alone, and gets what is signed with it", async () => {
    const receiver = openReceiver()
    const { name, secret } = await add(receiver.url, "--include-response")
    expect(secret).toMatch(/^whsec_[\w+/=]+$/)
    const id = await gateway.accept(chat())
    const received = await receiver.next()
    expect(faultOf(secret, received)).toBeNull()
    expect(received.json.data).toMatchObject({
      job_id: id,
      status: "completed",
      response: { object: "chat.completion" },
    })
    expect((await ag(["ls"])).stdout).toMatch(new RegExp(`^NAME .*\\n(.*\\n)*${name} +on +completed,failed`))
    expect(await listUntil(name, /delivered/)).toMatch(/^msg_\w+ .* async_job.completed +delivered +1 +- +200/m)
    expect((await ag(["ls"])).stdout).not.toContain(secret)
  })

  test("has the headers of a file, so that no password is an argument", async () => {
    const path = join(tempDir(), "headers.txt")
    writeFileSync(path, "Authorization: Bearer of-the-receiver\n\nX-Team: search\n")
    const receiver = openReceiver()
    await add(receiver.url, "--headers-file", path)
    await gateway.accept(chat())
    const { headers } = await receiver.next()
    expect(headers.get("authorization")).toBe("Bearer of-the-receiver")
    expect(headers.get("x-team")).toBe("search")
    writeFileSync(path, "Authorization Bearer\n")
    const { stderr, code } = await ag(["add", "other", receiver.url, "--headers-file", path])
    expect(code).toBe(findCode("usage"))
    expect(stderr).toContain(`line 1 of ${path} is no header: write NAME: VALUE`)
  })

  test("of the form event gets OpenAI's events of responses, and of nothing else", async () => {
    const receiver = openReceiver()
    const { secret } = await add(receiver.url, "--form", "event")
    await gateway.end(await gateway.accept(chat()))
    const response = await gateway.fetch("/v1/async/responses", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "mock/echo", input: "Hello" }),
    })
    const { id } = (await response.json()) as { id: string }
    const received = await receiver.next()
    expect(faultOf(secret, received)).toBeNull()
    expect(received.json).toMatchObject({ type: "response.completed", data: { id } })
    expect(receiver.count()).toBe(0)
  })

  test("that is rotated is signed with both secrets, and with --now only with the new one", async () => {
    const receiver = openReceiver()
    const { name, secret } = await add(receiver.url)
    const rotated = await ag(["rotate", name])
    expect(rotated).toMatchObject({ code: 0, stderr: expect.stringContaining("signs too for 24 hours") })
    await gateway.accept(chat())
    const both = await receiver.next()
    expect([secret, rotated.stdout.trim()].map((each) => faultOf(each, both))).toEqual([null, null])
    const newest = (await ag(["rotate", name, "--now"])).stdout.trim()
    await gateway.accept(chat())
    const one = await receiver.next()
    expect(faultOf(newest, one)).toBeNull()
    for (const each of [secret, rotated.stdout.trim()]) expect(faultOf(each, one)).toContain("No signature is that of")
  })

  test("is tried with a sample, and the exit code says whether the receiver took it", async () => {
    const receiver = openReceiver(
      ({ json }) => new Response("no room", { status: json.event.endsWith("failed") ? 507 : 200 }),
    )
    const { name } = await add(receiver.url)
    expect(await ag(["test", name])).toMatchObject({ code: 0, stdout: "delivered: the receiver answered 200\n" })
    expect((await receiver.next()).json).toMatchObject({ event: "async_job.completed" })
    const refused = await ag(["test", name, "--event", "async_job.failed"])
    expect(refused).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^not delivered: the receiver answered 507: .*no room/),
    })
    expect((await ag(["ls", name])).stderr).toContain("nothing was delivered to it yet")
  })

  test("gets a delivery again under the same id", async () => {
    const receiver = openReceiver()
    const { name } = await add(receiver.url)
    await gateway.accept(chat())
    const first = await receiver.next()
    const [, id = ""] = /^(msg_\w+)/m.exec(await listUntil(name, /delivered/)) ?? []
    expect(first.headers.get("webhook-id")).toBe(id)
    expect((await ag(["resend", id])).stdout).toBe(`it is sent again, as ${id}\n`)
    const second = await receiver.next()
    expect(second.headers.get("webhook-id")).toBe(id)
    expect(second.body).toBe(first.body)
  })

  test("that is switched off gets nothing until it is switched on, and keeps its settings", async () => {
    const path = join(tempDir(), "headers.txt")
    writeFileSync(path, "x-secret: kept")
    const receiver = openReceiver()
    const { name, secret } = await add(receiver.url, "--headers-file", path, "--include-response")
    expect((await ag(["disable", name])).stdout).toBe(`the webhook endpoint "${name}" is off\n`)
    await gateway.end(await gateway.accept(chat()))
    expect((await ag(["ls"])).stdout).toMatch(new RegExp(`^${name} +off `, "m"))
    expect((await ag(["enable", name])).stdout).toBe(`the webhook endpoint "${name}" is on\n`)
    const id = await gateway.accept(chat())
    const received = await receiver.next()
    expect(received.json.data.job_id).toBe(id)
    expect(received.json.data.response).toBeDefined()
    expect(received.headers.get("x-secret")).toBe("kept")
    expect(faultOf(secret, received)).toBeNull()
  })

  test("that is not there is named, with where the others are listed", async () => {
    for (const word of ["rm", "enable", "disable", "rotate", "test", "ls"]) {
      const { stderr, code } = await ag([word, "nowhere"])
      expect({ word, code }).toEqual({ word, code: findCode("failed") })
      expect(stderr).toContain('there is no webhook endpoint "nowhere"; asyncgate webhooks ls lists them')
    }
  })
})

describe("verify", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`
  const body = '{"event":"async_job.completed","data":{"job_id":"ä"}}'

  /** @param at Unix time in seconds */
  async function verify(text: string, at = now(), given = secret, ...flags: string[]) {
    const headers = Object.entries(signWebhook([secret], "msg_1", at, body))
    const args = headers.flatMap(([name, value]) => ["--header", `${name}=${value}`])
    return ag(["verify", ...args, ...flags], { input: text, env: { ASYNCGATE_WEBHOOK_SECRET: given } })
  }

  test("says that a webhook is signed with the secret, or what is wrong with it", async () => {
    expect(await verify(body)).toMatchObject({ code: 0, stdout: "The signature is right.\n" })
    expect(await verify(`${body}\n`)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("the body was changed"),
    })
    const other = `whsec_${Buffer.alloc(32, 8).toString("base64")}`
    expect(await verify(body, now(), other)).toMatchObject({ code: 1 })
    const old = await verify(body, now() - 3600)
    expect(old).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^The signature is right, but 36\d\d seconds old/),
    })
    const { stdout } = await verify(body, now(), secret, "--json")
    expect(JSON.parse(stdout)).toEqual({ is_right: true, fault: null })
  })

  test("reads the body, the headers and the secret from files", async () => {
    const dir = tempDir()
    const files = { body: join(dir, "body.json"), headers: join(dir, "headers.txt"), secret: join(dir, "secret.txt") }
    const headers = Object.entries(signWebhook([secret], "msg_1", now(), body))
    writeFileSync(files.body, body)
    writeFileSync(files.headers, headers.map(([name, value]) => `${name}: ${value}\r\n`).join(""))
    writeFileSync(files.secret, `${secret}\n`)
    const args = ["verify", files.body, "--headers-file", files.headers, "--secret-file", files.secret]
    expect(await runClient(null, ["webhooks", ...args])).toMatchObject({ code: 0, stdout: "The signature is right.\n" })
    writeFileSync(files.secret, "whsec_short")
    const { code, stderr } = await runClient(null, ["webhooks", ...args])
    expect(code).toBe(findCode("usage"))
    expect(stderr).toContain(`the secret in ${files.secret} must be whsec_ and the base64 of 24 to 64 random bytes`)
    expect(stderr).not.toContain("whsec_short")
  })

  test("without a secret says where it goes, which is no argument", async () => {
    const { code, stderr } = await ag(["verify"], { input: body })
    expect(code).toBe(findCode("usage"))
    expect(stderr).toContain("put it into ASYNCGATE_WEBHOOK_SECRET, or into a file that --secret-file names")
  })
})

interface Listening {
  secret: string
  pid: number
  /** The next line of standard output. */
  line(): Promise<string>
  /** Sends the signal. @returns by which it ended, and its whole standard error */
  end(signal: NodeJS.Signals): Promise<{ signal: NodeJS.Signals | number | null; stderr: string }>
}

/** Starts the command, and waits until it says that it listens. */
async function listen(args: string[], own: Gateway = gateway, env: Record<string, string> = {}): Promise<Listening> {
  const child = Bun.spawn([...program, "webhooks", "listen", ...args], {
    env: { ...plainEnv(), APP_DIR: own.dir, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  afterTest(async () => {
    child.kill("SIGKILL")
    await child.exited
  })
  const errors = readLines(child.stderr)
  const lines = readLines(child.stdout)
  let secret: string | undefined
  while (secret === undefined) secret = /^they are signed with (\S+)$/.exec(await errors.next())?.[1]
  return {
    secret,
    pid: child.pid,
    line: lines.next,
    async end(signal) {
      child.kill(signal)
      await child.exited
      return { signal: child.signalCode, stderr: await errors.rest() }
    },
  }
}

function readLines(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ""
  const read = async () => {
    const { done, value } = await reader.read()
    if (!done) text += decoder.decode(value, { stream: true })
    return !done
  }
  return {
    async next(): Promise<string> {
      while (!text.includes("\n")) if (!(await read())) throw new Error(`it ended: ${text}`)
      const end = text.indexOf("\n")
      const line = text.slice(0, end)
      text = text.slice(end + 1)
      return line
    },
    async rest(): Promise<string> {
      while (await read());
      return text
    },
  }
}

interface Endpoint {
  name: string
  url: string
}

async function listeners(own: Gateway = gateway): Promise<Endpoint[]> {
  const { endpoints } = (await (await own.fetch("/api/webhooks")).json()) as { endpoints: Endpoint[] }
  return endpoints.filter(({ name }) => name.startsWith("listen-"))
}

describe("listen", () => {
  test("shows the webhooks of all jobs, and passes them on with their headers and a signature of its own", async () => {
    const receiver = openReceiver()
    const listening = await listen(["--forward-to", receiver.url])
    const id = await gateway.accept(chat())
    const received = await receiver.next()
    expect(faultOf(listening.secret, received)).toBeNull()
    expect(received.json.data).toMatchObject({ job_id: id, response: expect.anything() })
    expect(received.headers.get("x-bifrost-event")).toBe("async_job.completed")
    expect(received.headers.get("user-agent")).toBe("Bifrost-Webhooks/1.0")
    expect(await listening.line()).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d async_job.completed ${id} -> 200 in \\d+ ms$`),
    )
    // What it was tried with at its start was no webhook of anybody.
    expect(receiver.count()).toBe(0)
    const [endpoint] = await listeners()
    const sample = await ag(["test", endpoint?.name ?? "", "--event", "async_job.failed"])
    expect(sample.stdout).toBe("delivered: the receiver answered 200\n")
    expect((await receiver.next()).json.data.job_id).toStartWith("test-")
  })

  test("answers as the receiver does, and that there is none", async () => {
    const receiver = openReceiver(() => new Response("try later", { status: 503, headers: { "retry-after": "700" } }))
    const listening = await listen(["--forward-to", receiver.url])
    await gateway.accept(chat())
    expect(await listening.line()).toContain("-> 503 in")
    const [endpoint] = await listeners()
    expect(await listUntil(endpoint?.name ?? "", /pending/)).toMatch(/pending +1 +in 11m \d+s +503 +.*try later/)
    expect(await listening.end("SIGTERM")).toMatchObject({ signal: "SIGTERM" })

    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })
    const nowhere = `http://127.0.0.1:${server.port}/`
    await server.stop(true)
    const alone = await listen(["--forward-to", nowhere])
    await gateway.accept(chat())
    expect(await alone.line()).toMatch(/-> no answer \(.+\) in \d+ ms$/)
  })

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("removes its endpoint when it ends by %s", async (signal) => {
    const listening = await listen([])
    expect(await listeners()).toHaveLength(1)
    expect(await listening.end(signal)).toMatchObject({ signal })
    expect(await listeners()).toEqual([])
  })

  test("removes what a kill has left, and leaves what another command listens with", async () => {
    const killed = await listen([])
    const other = await listen([])
    const before = await listeners()
    await killed.end("SIGKILL")
    expect(await listeners()).toEqual(before)
    const receiver = openReceiver()
    await listen(["--forward-to", receiver.url])
    const after = await listeners()
    expect(after).toHaveLength(2)
    expect(before.filter(({ url }) => after.some((each) => each.url === url))).toHaveLength(1)
    const id = await gateway.accept(chat())
    expect(await other.line()).toContain(id)
    expect((await receiver.next()).json.data.job_id).toBe(id)
  })

  test("signs with the same secret again, which only its user can read", async () => {
    const first = await listen([])
    await first.end("SIGTERM")
    expect((await listen([])).secret).toBe(first.secret)
    const path = join(gateway.dir, "webhook-listen-secret")
    expect(readFileSync(path, "utf8").trim()).toBe(first.secret)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const given = `whsec_${Buffer.alloc(32, 9).toString("base64")}`
    expect((await listen([], gateway, { ASYNCGATE_WEBHOOK_SECRET: given })).secret).toBe(given)
    const none = join(tempDir(), "none")
    await listen(["--url", gateway.url, "--app-dir", none])
    expect(existsSync(none)).toBe(false)
  })

  test("prints with --print-json each webhook as it was signed, on a line", async () => {
    const receiver = openReceiver()
    const listening = await listen(["--print-json", "--forward-to", receiver.url])
    await gateway.accept(chat())
    expect(await listening.line()).toBe((await receiver.next()).body)
  })

  test("takes nothing that the gateway has not signed", async () => {
    const receiver = openReceiver()
    const listening = await listen(["--forward-to", receiver.url])
    const [endpoint] = await listeners()
    const post = (headers: Record<string, string>) =>
      fetch(endpoint?.url ?? "", { method: "POST", headers, body: '{"event":"async_job.completed"}' })
    expect((await post({})).status).toBe(401)
    expect(
      (await post(signWebhook([listening.secret], "msg_1", now(), '{"event":"async_job.completed"}'))).status,
    ).toBe(401)
    expect((await fetch(new URL("/", endpoint?.url), { method: "POST" })).status).toBe(404)
    expect(receiver.count()).toBe(0)
  })

  test("ends when its reader is gone, and removes its endpoint", async () => {
    const own = await start()
    const script = `"$@" | head -n 1`
    const child = Bun.spawn(["sh", "-c", script, "sh", ...program, "webhooks", "listen"], {
      env: { ...plainEnv(), APP_DIR: own.dir },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    })
    const errors = readLines(child.stderr)
    while (!(await errors.next()).startsWith("they are signed with"));
    await own.accept(chat())
    const shown = readLines(child.stdout)
    expect(await shown.next()).toContain("async_job.completed")
    await own.accept(chat())
    await child.exited
    expect(await listeners(own)).toEqual([])
  })

  test("says that it must run beside the gateway", async () => {
    const far = await ag(["listen", "--url", "http://gateway.example:8080"])
    expect(far.code).toBe(findCode("usage"))
    expect(far.stderr).toContain("is on another machine, and cannot reach this one's loopback address")
  })

  test("says that it cannot remove its endpoint when the gateway is gone, and the next one does", async () => {
    const own = await start()
    const listening = await listen([], own)
    await own.stop("SIGTERM")
    const { signal, stderr } = await listening.end("SIGTERM")
    expect(signal).toBe("SIGTERM")
    expect(stderr).toMatch(/the webhook endpoint listen-\w+ is left: the next webhooks listen removes it/)
    const again = await start({ dir: own.dir })
    expect(await listeners(again)).toHaveLength(1)
    await (await listen([], again)).end("SIGTERM")
    expect(await listeners(again)).toEqual([])
  })
})

test("the commands want the admin token where others have virtual keys", async () => {
  const value = "sk-bf-of-the-config-file"
  const own = await start({ config: { governance: { virtual_keys: [{ id: "vk-1", name: "one", value }] } } })
  const denied = await runClient(own, ["webhooks", "ls"], { env: { ASYNCGATE_TOKEN: value } })
  expect(denied.code).toBe(findCode("denied"))
  expect(denied.stderr).toContain("the token that was sent does not allow it")
  const admin = await own.adminToken()
  expect((await runClient(own, ["webhooks", "ls"], { env: { ASYNCGATE_TOKEN: admin } })).code).toBe(0)
})

test("names of endpoints and ids of deliveries are completed", async () => {
  const receiver = openReceiver()
  const { name } = await add(receiver.url)
  const id = await gateway.accept(chat())
  await receiver.next()
  const ask = async (...words: string[]) => {
    const env = { ASYNCGATE_COMPLETION_MS: "60000" }
    return (await runClient(gateway, ["__complete", "fish", "webhooks", ...words], { env })).stdout
  }
  expect(await ask("test", name.slice(0, 5))).toContain(`${name}\t${receiver.url}`)
  expect(await ask("resend", "msg_")).toContain(id.replaceAll("-", ""))
  expect(await ask("ls", "")).toContain(name)
  expect(await ask("add", "orders", "http://x", "--event", "async_job.f")).toContain("async_job.failed")
})
