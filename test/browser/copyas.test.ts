// Requests that are copied as commands and programs do what the stored request did, whatever stands in them, and hold no key.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { symlinkSync } from "node:fs"
import { join } from "node:path"
import { type FormRequest, forms, needsFile, type StoredRequest } from "../../src/ui/copyas.ts"
import { afterTest, newDir, removeDir } from "../cleanup.ts"
import { type Gateway, launch, program, readOutput } from "../harness.ts"
import { completion, configFor, startUpstream, type Upstream } from "../upstream.ts"

let upstream: Upstream
let gateway: Gateway
beforeAll(async () => {
  upstream = startUpstream()
  gateway = await launch({ config: configFor(upstream) })
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

/** Everything that means something to a shell, to JavaScript or to Python. */
const HOSTILE = `it's "quoted" \\ \\n \`whoami\` $(whoami) \${HOME} $HOME !! %s {x} #{x} <!-- \u2028 é 🙂 '''""" \t\nnew line\0`

function store(body: string | FormRequest, over: Partial<StoredRequest> = {}): StoredRequest {
  const type = { requestType: "chat_completion", path: "/chat/completions", model: "up/m" }
  return { origin: gateway.url, ...type, body, needsKey: false, ...over }
}

function write(name: string, request: StoredRequest): string {
  const text = forms.find((form) => form.name === name)?.write(request)
  if (text === null || text === undefined) throw new Error(`${name} cannot say it`)
  return text
}

/** Runs it in a directory of its own, where the packages of this project are found. */
async function run(command: string[], env: Record<string, string> = {}, files: Record<string, string | File> = {}) {
  const cwd = newDir()
  afterTest(() => removeDir(cwd))
  symlinkSync(join(import.meta.dir, "../../node_modules"), join(cwd, "node_modules"))
  for (const [name, content] of Object.entries(files)) await Bun.write(join(cwd, name), content)
  const { PATH = "", HOME = "" } = process.env
  const child = Bun.spawn(command, {
    cwd,
    env: { PATH, HOME, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const { stdout, stderr, code } = await readOutput(child)
  if (code !== 0) throw new Error(`${command[0]} exited with ${code}: ${stdout}${stderr}`)
  return stdout
}

/** What reached the provider of it. */
async function runShell(request: StoredRequest, env = {}, files = {}) {
  const accepted = JSON.parse(await run(["sh", "-c", write("curl", request)], env, files)) as { id: string }
  await gateway.fetch(`/v1/async/jobs/${accepted.id}`, { headers: { prefer: "wait=30" } })
  return accepted.id
}

function runProgram(text: string, env: Record<string, string> = {}) {
  return run([process.execPath, "run", "program.mjs"], env, { "program.mjs": text })
}

const chat = (content: string, more = "") =>
  `{"model":"up/m","messages":[{"role":"user","content":${JSON.stringify(content)}}]${more}}`

const lastBody = () => JSON.parse(upstream.received.at(-1)?.body ?? "null") as Record<string, unknown>

describe("a copied request", () => {
  test("runs in a shell with every character that it had", async () => {
    upstream.answer(() => completion())
    const body = chat(HOSTILE, ',"seed":9007199254740993,"temperature":1.10')
    const id = await runShell(store(body))
    expect(lastBody()["messages"]).toEqual([{ role: "user", content: HOSTILE }])
    expect(await (await gateway.fetch(`/v1/async/jobs/${id}/request`)).text()).toBe(body)
  })

  test("is not said with the AI SDK where it has a member that only looks like a known one", () => {
    const sdk = forms.find(({ name }) => name === "AI SDK")
    expect(sdk?.write(store(chat("Hello", ',"seed":1')))).toContain("seed: 1")
    for (const name of ["toString", "constructor", "__proto__"])
      expect(sdk?.write(store(chat("Hello", `,"${name}":1`)))).toBe(null)
  })

  test("runs as a command of this program with every character that it had", async () => {
    upstream.answer(() => completion())
    const body = chat(HOSTILE, ',"seed":9007199254740993,"temperature":1.10')
    const words = program.map((word) => `'${word}'`).join(" ")
    const script = `asyncgate() { ${words} "$@"; }\n${write("asyncgate", store(body))}`
    const id = (await run(["sh", "-c", script])).trim()
    await gateway.fetch(`/v1/async/jobs/${id}`, { headers: { prefer: "wait=30" } })
    expect(lastBody()["messages"]).toEqual([{ role: "user", content: HOSTILE }])
    expect(await (await gateway.fetch(`/v1/async/jobs/${id}/request`)).text()).toBe(body)
  })

  test("that is too long for a command line is read from a file", async () => {
    upstream.answer(() => completion())
    const request = store(chat("long ".repeat(30_000)))
    expect(needsFile(request)).toBe(true)
    expect(write("curl", request)).not.toContain("long long")
    await runShell(request, {}, { "request.json": request.body as string })
    expect(lastBody()["messages"]).toEqual([{ role: "user", content: "long ".repeat(30_000) }])
  })

  test("that is a form runs in a shell, whatever its fields begin with and its files are called", async () => {
    const form: FormRequest = {
      object: "form",
      fields: { model: "mock/whisper", prompt: `@/etc/passwd ${HOSTILE.replace("\0", "")}`, language: "<x" },
      files: [
        { index: 0, name: "file", filename: `../a "b"\\ ;type="text",'c'.wav`, content_type: "audio/wav", bytes: 5 },
      ],
    }
    const over = { requestType: "transcription", path: "/audio/transcriptions", model: "mock/whisper" }
    const request = store(form, over)
    const id = await runShell(request, {}, { [`;type="text",'c'.wav`]: "sound" })
    const stored = (await (await gateway.fetch(`/v1/async/jobs/${id}/request`)).json()) as FormRequest
    expect(stored.fields).toEqual(form.fields)
    expect(stored.files).toMatchObject([{ name: "file", content_type: "audio/wav", bytes: 5 }])
  })

  test("runs as a program with the openai package, with every character that it had", async () => {
    upstream.answer(() => completion("an answer"))
    const body = chat(HOSTILE, ',"metadata":{"__proto__":{"a":1}},"stop":["\\ud83d\\ude42","\\/"],"temperature":1.10')
    const answer = await runProgram(write("openai (node)", store(body)))
    expect(JSON.parse(answer)).toMatchObject({ choices: [{ message: { content: "an answer" } }] })
    const { messages, metadata, stop, temperature } = lastBody()
    expect({ messages, stop, temperature }).toEqual({
      messages: [{ role: "user", content: HOSTILE }],
      stop: ["🙂", "/"],
      temperature: 1.1,
    })
    expect(JSON.stringify(metadata)).toBe('{"__proto__":{"a":1}}')
  })

  test("of a type that the openai package does not know runs as well", async () => {
    const body = '{"model":"mock/rerank","query":"it\'s","documents":["one","two"]}'
    const over = { requestType: "rerank", path: "/rerank", model: "mock/rerank" }
    const answer = JSON.parse(await runProgram(write("openai (node)", store(body, over)))) as { results: unknown[] }
    expect(answer.results).toHaveLength(2)
  })

  test("runs as a program with the AI SDK, where that has words for all of it", async () => {
    upstream.answer(() => completion("an answer"))
    const body = chat(HOSTILE, ',"temperature":0.5,"stop":"END"')
    expect((await runProgram(write("AI SDK", store(body)))).trim()).toBe("an answer")
    expect(lastBody()).toMatchObject({
      messages: [{ role: "user", content: HOSTILE }],
      temperature: 0.5,
      stop: ["END"],
    })
    expect(forms.find(({ name }) => name === "AI SDK")?.write(store(chat("x", ',"tools":[]')))).toBeNull()
  })

  test.skipIf(Bun.which("python3") === null)("is a literal that Python reads as the same value", async () => {
    const body = chat(HOSTILE, ',"stop":["\\ud83d\\ude42","\\/"],"seed":9007199254740993,"store":true,"user":null')
    const program = write("openai (python)", store(body))
    const literal = /body=([\s\S]*), cast_to=object\)\nprint/.exec(program)?.[1] ?? ""
    const read = await run(
      ["python3", "literal.py"],
      {},
      { "literal.py": `import json\nprint(json.dumps(${literal}))\n` },
    )
    expect(JSON.parse(read)).toEqual(JSON.parse(body))
    expect(read).toContain("9007199254740993")
  })

  test.each(forms.map(({ name }) => name))("names the key as a variable, where one is needed: %s", (name) => {
    const without = write(name, store(chat("Hello")))
    const needing = write(name, store(chat("Hello"), { needsKey: true }))
    expect(without).not.toContain("ASYNCGATE_KEY")
    expect(needing).toContain("ASYNCGATE_KEY")
  })

  test("that leaves the model to a header has it in its body", async () => {
    upstream.answer(() => completion())
    await runShell(store('{"messages":[{"role":"user","content":"Hello"}]}'))
    expect(lastBody()["model"]).toBe("m")
  })
})
