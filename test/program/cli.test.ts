// The commands of clients, each as a user types it, against a running gateway.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findCode } from "../../src/cli/exitcodes.ts"
import { listFlags } from "../../src/cli/help.ts"
import { rows } from "../../src/cli/table.ts"
import { tempDir } from "../cleanup.ts"
import { type RunOptions, runClient } from "../commands.ts"
import { type Gateway, type Job, launch, run } from "../harness.ts"

const clients = rows.filter((row) => row.run !== null)
const HELLO = "[mock answer by asyncgate, no model was asked] Hello"

let gateway: Gateway
let files: { wav: string; png: string; txt: string }

beforeAll(async () => {
  gateway = await launch()
  const dir = gateway.dir
  files = { wav: join(dir, "talk.wav"), png: join(dir, "picture.png"), txt: join(dir, "words.txt") }
  for (const [name, path] of Object.entries(files)) writeFileSync(path, `a file for ${name}`)
})
afterAll(() => gateway.dispose())

const ag = (args: string[], options?: RunOptions) => runClient(gateway, args, options)

/** Submits as a program does. @returns the id */
async function make(body: object): Promise<string> {
  return gateway.accept({ model: "mock/echo", messages: [{ role: "user", content: "Hello" }], ...body })
}

const slow = { mock: { latency_ms: 600_000 } }
const failing = { mock: { status: 400 } }

describe("the table of commands", () => {
  test("has every word that the entry knows, and the entry sends every other to the clients", async () => {
    const source = readFileSync(join(import.meta.dir, "../../src/main.ts"), "utf8")
    const served = rows.filter((row) => row.run === null).map(({ words }) => words.split(" ")[0])
    for (const word of served) expect(source).toContain(`|${word}$`)
    expect(clients.some(({ words }) => served.includes(words))).toBe(false)
  })

  test("is the help: of all, and of each with its flags and examples", async () => {
    const all = await run(["--help"])
    for (const { words, summary } of rows) {
      expect(all.stdout).toContain(words)
      expect(all.stdout).toContain(summary)
    }
    for (const word of ["--port", "APP_PORT", "--host", "--app-dir", "APP_DIR", "--log-level", "--log-style"])
      expect(all.stdout).toContain(word)
    expect((await run(["--port", "1", "--help"])).stdout).toBe(all.stdout)
    for (const row of clients) {
      const { stdout, code } = await run([...row.words.split(" "), "--help"])
      expect(code).toBe(0)
      for (const text of [...listFlags(row).map(({ name }) => name), ...row.examples]) expect(stdout).toContain(text)
    }
    expect((await run(["help", "submit"])).stdout).toBe((await run(["submit", "-h"])).stdout)
  })
})

describe("submit", () => {
  test.each([
    ["completions", ["Hello"], HELLO],
    ["chat", ["Hello"], HELLO],
    ["responses", ["Hello"], HELLO],
    ["count_tokens", ["Hello"], '"input_tokens"'],
    ["embedding", ["Hello", "-m", "mock/embed"], '"embedding"'],
    ["transcription", ["--file", "wav", "-m", "mock/whisper"], "talk.wav"],
    ["image_generation", ["A lighthouse", "-m", "mock/image"], '"b64_json"'],
    ["image_edit", ["At night", "--file", "png", "-m", "mock/image"], '"b64_json"'],
    ["image-variation", ["--file", "png", "-m", "mock/image"], '"b64_json"'],
    ["rerank", ["Where?", "--file", "txt", "--file", "png", "-m", "mock/rerank"], '"relevance_score"'],
    ["ocr", ["https://example.com/a.pdf", "-m", "mock/ocr"], '"pages"'],
  ])("asks %s with words and files, and prints the answer", async (type, words, answer) => {
    const args = words.map((word) => files[word as keyof typeof files] ?? word)
    const { stdout, stderr, code } = await ag(["submit", type, "--wait", "-m", "mock/echo", ...args])
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 })
    expect(stdout).toContain(answer)
  })

  test("of a form sends each field as it was typed, more than once where it is given so", async () => {
    const args = ["--set", 'language="1.10"', "--set", "x[]=one", "--set", "x[]=two", "--file", files.wav]
    const { stdout } = await ag(["submit", "transcription", "-m", "mock/whisper", ...args, "words"])
    const request = JSON.parse((await ag(["get", stdout.trim(), "--request"])).stdout)
    expect(request.fields).toEqual({
      language: '"1.10"',
      "x[]": ["one", "two"],
      prompt: "words",
      model: "mock/whisper",
    })
  })

  test("of speech writes the sound to a file or to the next program, byte for byte", async () => {
    const file = join(tempDir(), "hello.wav")
    const args = ["submit", "speech", "-m", "mock/tts", "--set", "voice=alloy", "--wait", "Hello"]
    expect((await ag([...args, "-o", file])).code).toBe(0)
    const bytes = readFileSync(file)
    expect(bytes.subarray(0, 4).toString()).toBe("RIFF")
    expect((await ag(args)).stdout).toBe(new TextDecoder().decode(bytes))
  })

  test("without --wait prints the id, with --json what the API answered", async () => {
    const { stdout, stderr, code } = await ag(["submit", "-m", "mock/echo", "Hello"])
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 })
    expect(stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    const json = await ag(["submit", "-m", "mock/echo", "Hello", "--json"])
    expect(JSON.parse(json.stdout)).toMatchObject({ status: "pending", id: expect.any(String) })
  })

  test("reads the text from standard input, and a text that begins with a dash after --", async () => {
    const given = await ag(["submit", "-m", "mock/echo", "--wait", "-"], { input: "from a pipe" })
    expect(given.stdout).toContain("from a pipe")
    expect((await ag(["submit", "-m", "mock/echo", "--wait", "--", "--wait"])).stdout).toContain("--wait")
    expect((await ag(["submit", "-m", "mock/echo", "--wait", "-"])).code).toBe(findCode("usage"))
  })

  test("sends the words of hostile texts as they are, and nothing in them is run", async () => {
    const mark = join(tempDir(), "made")
    const text = `$(touch ${mark}) \`touch ${mark}\` ; touch ${mark}\n"'\\ \u001b[2J`
    const { stdout, code } = await ag(["submit", "-m", "mock/echo", "--wait", text])
    expect(code).toBe(0)
    expect(stdout).toContain(text)
    expect(existsSync(mark)).toBe(false)
  })

  test("sends --body as it is, its numbers with all of their digits, and adds a model where it names none", async () => {
    const body = '{ "messages": [{"role":"user","content":"Hello"}], "seed": 12345678901234567890 }'
    const { stdout } = await ag(["submit", "chat", "-m", "mock/echo", "--body", "-"], { input: body })
    const request = await ag(["get", stdout.trim(), "--request"])
    expect(request.stdout).toContain('"seed": 12345678901234567890')
    expect(JSON.parse(request.stdout)).toMatchObject({ model: "mock/echo" })
  })

  test("streams texts as they come; with --json the events", async () => {
    for (const type of ["chat", "responses", "completions"]) {
      const { stdout, code } = await ag(["submit", type, "-m", "mock/echo", "--stream", "Hello"])
      expect({ stdout, code }).toEqual({ stdout: `${HELLO}\n`, code: 0 })
    }
    const { stdout } = await ag(["submit", "-m", "mock/echo", "--stream", "--json", "Hello"])
    for (const line of stdout.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("choices")
    const none = await ag(["submit", "ocr", "-m", "mock/ocr", "--stream", "https://example.com/a.pdf"])
    expect(none).toMatchObject({ code: findCode("usage"), stderr: expect.stringContaining("--wait") })
  })

  test("passes on what a job may be told, and the same key again is the same job", async () => {
    const args = ["submit", "-m", "mock/echo", "--priority", "high", "--idempotency-key", "once", "Hello"]
    const first = await ag(args)
    expect((await ag(args)).stdout).toBe(first.stdout)
    const job = (await (await gateway.fetch(`/v1/async/jobs/${first.stdout.trim()}`)).json()) as Job
    expect(job.priority).toBe("high")
  })

  test("with --wait ends as the job does, and with --wait=SECONDS gives the id of one that goes on", async () => {
    const failed = await ag(["submit", "-m", "mock/echo", "--wait", "--set", 'mock={"status":400}', "Hello"])
    expect(failed).toMatchObject({ stdout: "", code: findCode("job_failed") })
    expect(failed.stderr).toContain("asyncgate retry")
    const open = await ag(["submit", "-m", "mock/echo", "--wait=0", "--set", 'mock={"latency_ms":600000}', "Hello"])
    expect(open).toMatchObject({ stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/), code: findCode("unfinished") })
    expect(open.stderr).toContain("asyncgate wait")
  })

  test.each([
    [["Hello"], "-m provider/model"],
    [["-m", "mock/echo"], "nothing to ask"],
    [["embeding", "-m", "mock/embed"], "did you mean embedding?"],
    [["poem", "Hello", "-m", "mock/echo"], "there is text_completion, chat_completion"],
    [["-m", "mock/echo", "--body", "/none/such"], "ENOENT"],
    [["-m", "mock/echo", "--body", "x", "Hello"], "--body is the whole request"],
    [["-m", "mock/echo", "--file", "/none/such"], "ENOENT"],
    [["-m", "mock/echo", "--set", "x", "Hello"], "--set NAME=VALUE"],
    [["-m", "mock/echo", "--set", "n=1", "--set", "n=2", "Hello"], "--set n is given twice"],
    [["-m", "mock/echo", "--wait=soon", "Hello"], "--wait=60"],
    [["-m", "mock/echo", "--priority", "urgent", "Hello"], "low, normal, high"],
    [["-m", "nobody/x", "Hello"], "unknown_provider"],
    [["transcription", "-m", "mock/whisper"], "nothing to ask"],
    [["transcription", "-m", "mock/whisper", "words"], "--file FILE"],
    [["-m", "mock/echo", "--header", "x-bf-vk=sk-bf-1", "Hello"], "ASYNCGATE_TOKEN"],
    [["-m", "mock/echo", "--header", "a b=c", "Hello"], "--header NAME=VALUE"],
    [["-m", "mock/echo", "Hello", "chat", "more"], "too many arguments"],
  ])("refuses %j and says what to write", async (args, words) => {
    const { stdout, stderr, code } = await ag(["submit", ...args])
    expect({ stdout, code }).toEqual({ stdout: "", code: findCode("usage") })
    expect(stderr).toContain(words)
    expect(stderr).not.toContain("sk-bf-1")
  })
})

describe("wait", () => {
  test("ends as the jobs do: the worst counts", async () => {
    const good = await make({})
    const bad = await make(failing)
    expect(await ag(["wait", good])).toMatchObject({ stdout: `${good} succeeded\n`, code: 0 })
    expect((await ag(["wait", good, bad])).code).toBe(findCode("job_failed"))
    const open = await make(slow)
    expect((await ag(["wait", open, "--timeout", "0s"])).code).toBe(findCode("unfinished"))
    const any = await ag(["wait", "--any", "--jsonl", open, good])
    expect(JSON.parse(any.stdout)).toMatchObject({ id: good, state: "succeeded" })
    await ag(["cancel", open])
    expect((await ag(["wait", open])).code).toBe(findCode("job_cancelled"))
    expect(await ag(["wait", "01000000-0000-7000-8000-000000000000"])).toMatchObject({ code: 1, stdout: "" })
    expect((await ag(["wait", "--timeout", "soon", good])).stderr).toContain("90s, 5m")
  })
})

describe("ps", () => {
  test("lists jobs by their filters: as a table, ids, JSON lines or what the API answers", async () => {
    const id = await make({ model: "mock/listed" })
    await gateway.end(id)
    const table = await ag(["ps", "--model", "listed"])
    expect(table.stdout).toMatch(/^ID +STATE +TYPE/)
    expect(table.stdout).toContain(`${id.slice(0, 18)}  succeeded  chat_completion  mock/listed`)
    expect((await ag(["ps", "-q", "--model", "listed", "--since", "1h"])).stdout).toBe(`${id}\n`)
    expect(JSON.parse((await ag(["ps", "--jsonl", "--model", "listed"])).stdout)).toMatchObject({ id })
    expect(JSON.parse((await ag(["ps", "--json", "--model", "listed"])).stdout)).toMatchObject({ data: [{ id }] })
    const keyed = ["--idempotency-key", "order 42"]
    const { stdout } = await ag(["submit", "-m", "mock/listed", ...keyed, "Hello"])
    expect((await ag(["ps", "-q", ...keyed])).stdout).toBe(stdout)
    const none = await ag(["ps", "--model", "never"])
    expect(none).toMatchObject({ stdout: "", code: 0, stderr: expect.stringContaining("asyncgate submit") })
  })

  test("shows as much of ids as no other job has, listed or not, and every command takes it", async () => {
    const models = ["mock/short", "mock/short", "mock/other", "mock/other", "mock/other"]
    const ids = await Promise.all(models.map((model) => make({ model })))
    for (const id of ids) await gateway.end(id)
    const { stdout } = await ag(["ps", "--model", "short"])
    const shown = stdout.trim().split("\n").slice(1)
    for (const line of shown) {
      const start = line.split(" ")[0] ?? ""
      expect(start.length).toBeLessThan(ids[0]?.length ?? 0)
      expect(ids.filter((id) => id.startsWith(start))).toHaveLength(1)
      expect((await ag(["get", start])).stdout).toContain(HELLO)
    }
    const response = `resp_${ids[0]?.replaceAll("-", "")}`
    expect((await ag(["get", response])).stdout).toContain(HELLO)
    expect((await ag(["ps", "-q", "--search", response])).stdout).toBe(`${ids[0]}\n`)
    const common = await ag(["get", ids[0]?.slice(0, 8) ?? ""])
    expect(common).toMatchObject({ code: findCode("usage"), stderr: expect.stringContaining("more than one job") })
    expect((await ag(["get", "ffffffff"])).stderr).toContain("asyncgate ps")
    expect((await ag(["get", "../../me"])).code).toBe(findCode("usage"))
  })

  test("shows names of others without what a terminal would obey", async () => {
    await make({ model: "mock/\u001b[31mred\u0007\n\u202e" })
    const { stdout } = await ag(["ps", "--limit", "1"])
    expect(stdout).toContain("\\u001b[31mred\\u0007")
    for (const character of ["\u001b", "\u0007", "\u202e"]) expect(stdout).not.toContain(character)
  })

  test.each([
    [["--state", "lost"], "state must be one of"],
    [["--limit", "0"], "--limit 20"],
    [["--limit", "101", "--json"], "--jsonl"],
    [["--watch"], "on a terminal"],
    [["--sate", "x"], "did you mean --state?"],
  ])("refuses %j and says what to write", async (args, words) => {
    const { stderr, code } = await ag(["ps", ...args])
    expect({ code }).toEqual({ code: findCode("usage") })
    expect(stderr).toContain(words)
  })
})

describe("get", () => {
  test("prints a text, the job as the API has it, and the request as it is stored", async () => {
    const id = await make({})
    await gateway.end(id)
    expect((await ag(["get", id])).stdout).toBe(`${HELLO}\n`)
    expect((await ag(["get", id, "--json"])).stdout).toBe(await (await gateway.fetch(`/v1/async/jobs/${id}`)).text())
    const stored = await (await gateway.fetch(`/v1/async/jobs/${id}/request`)).text()
    expect((await ag(["get", id, "--request"])).stdout).toBe(stored)
    const file = join(tempDir(), "answer.txt")
    await ag(["get", id, "-o", file])
    expect(readFileSync(file, "utf8")).toBe(`${HELLO}\n`)
    expect(await ag(["get", id, "-o", "/none/such"])).toMatchObject({ code: 1, stderr: expect.stringContaining("-o") })
  })

  test("writes the image that is asked for to a file", async () => {
    const file = join(tempDir(), "picture.png")
    const made = await ag(["submit", "image_generation", "-m", "mock/image", "--set", "n=2", "--wait", "-q", "A cat"])
    expect(made.code).toBe(0)
    const id = (await ag(["ps", "-q", "--limit", "1"])).stdout.trim()
    expect((await ag(["get", id, "-o", file, "--index", "1"])).code).toBe(0)
    expect(readFileSync(file).subarray(1, 4).toString()).toBe("PNG")
    expect((await ag(["get", id, "-o", file, "--index", "7"])).stderr).toContain("content_not_found")
  })

  test("of a job that did not succeed prints no answer, and ends as the job", async () => {
    const failed = await make(failing)
    await gateway.end(failed)
    expect(await ag(["get", failed])).toMatchObject({ stdout: "", code: findCode("job_failed") })
    const open = await make(slow)
    const { stderr, code } = await ag(["get", open])
    expect({ code }).toEqual({ code: findCode("unfinished") })
    expect(stderr).toContain(`asyncgate wait ${open}`)
    await ag(["cancel", open])
  })
})

describe("cancel, retry and rm", () => {
  test("take ids, and one that is not there does not keep the others from it", async () => {
    const [one, two] = [await make(slow), await make(slow)]
    const gone = "01000000-0000-7000-8000-000000000000"
    const cancelled = await ag(["cancel", one, gone, two])
    expect(cancelled).toMatchObject({ stdout: `${one} cancelled\n${two} cancelled\n`, code: 1 })
    expect(cancelled.stderr).toContain(gone)
    const retried = await ag(["retry", one, "-m", "mock/other"])
    const job = (await (await gateway.fetch(`/v1/async/jobs/${retried.stdout.trim()}`)).json()) as Job
    expect(job).toMatchObject({ origin_id: one, model: "other" })
    expect((await ag(["rm", one, two])).stdout).toBe(`${one} deleted\n${two} deleted\n`)
    expect((await ag(["get", one])).code).toBe(1)
    await ag(["rm", retried.stdout.trim()])
  })

  test("take a filter: they count with --dry-run, need --yes where nobody can be asked, and tell what was done", async () => {
    for (const _ of [1, 2]) await make({ ...slow, model: "mock/many" })
    const filter = ["--filter", "model=many", "--filter", "provider=mock"]
    expect((await ag(["cancel", ...filter, "--dry-run"])).stdout).toBe("2 jobs would be cancelled\n")
    const dry = await ag(["cancel", ...filter, "--dry-run", "--json"])
    expect(JSON.parse(dry.stdout)).toMatchObject({ object: "bulk_count", count: 2 })
    expect(await ag(["cancel", ...filter])).toMatchObject({
      code: findCode("usage"),
      stderr: expect.stringContaining("--yes"),
    })
    expect(await ag(["cancel", ...filter, "--yes"])).toMatchObject({ stdout: "2 jobs cancelled\n", code: 0 })
    const removed = await ag(["rm", ...filter, "--yes", "--json"])
    expect(JSON.parse(removed.stdout)).toMatchObject({ object: "bulk_operation", action: "delete", done: 2 })
    expect((await ag(["ps", "-q", "--model", "many"])).stdout).toBe("")
  })

  test.each([
    [["cancel"], "asyncgate ps lists them"],
    [["rm", "--all", "--filter", "state=failed"], "either ids"],
    [["rm", "--filter", "colour=red", "--yes"], "unknown filter"],
    [["rm", "--filter", "state=failed", "--filter", "state=cancelled", "--yes"], "given twice"],
    [["retry", "--filter", "state=running", "--yes"], "failed, cancelled"],
    [["rm", "--filter", "state"], "--filter NAME=VALUE"],
  ])("refuse %j and say what to write", async (args, words) => {
    const { stderr, code } = await ag(args)
    expect({ code }).toEqual({ code: findCode("usage") })
    expect(stderr).toContain(words)
  })
})

test("stats, queues, models and version show what the gateway tells, with --json as it tells it", async () => {
  const open = await make(slow)
  expect((await ag(["stats"])).stdout).toMatch(/gateway +ok[\s\S]*running[\s\S]*accepted/)
  expect(JSON.parse((await ag(["stats", "--json", "--window", "24h"])).stdout)).toMatchObject({ window: "24h" })
  expect((await ag(["stats", "--window", "1y"])).code).toBe(findCode("usage"))
  expect((await ag(["queues"])).stdout).toMatch(/MODEL[\s\S]*mock\/echo +normal/)
  expect(JSON.parse((await ag(["queues", "--json"])).stdout)).toMatchObject({ object: "list" })
  expect((await ag(["models"])).stdout).toContain("mock/echo")
  expect(JSON.parse((await ag(["models", "mock", "--jsonl"])).stdout)).toMatchObject({ id: "mock/echo" })
  expect((await ag(["models", "nobody"])).code).toBe(findCode("usage"))
  const { version } = gateway.facts
  expect((await ag(["version"])).stdout).toBe(`${version}\n`)
  expect(JSON.parse((await ag(["version", "--json"])).stdout)).toMatchObject({
    version,
    gateway: { url: gateway.url, version },
  })
  await ag(["cancel", open])
})
