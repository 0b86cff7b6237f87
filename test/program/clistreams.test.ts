// asyncgate submit --stream, when the gateway ends in the middle of the answer: the job goes on after the restart, and so does the command.
import { afterAll, expect, test } from "bun:test"
import { afterTest, tempDir } from "../cleanup.ts"
import { launch, plainEnv, program } from "../harness.ts"
import { configFor, startUpstream } from "../upstream.ts"
import { DONE, delta } from "./events.ts"

const upstream = startUpstream()
afterAll(() => upstream.stop())

const encode = (text: string) => new TextEncoder().encode(text)

/** Begins to answer with these words, and never ends. */
function begin(words: string): Response {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(encode(delta({ content: words }))) })
  return new Response(body, { headers: { "content-type": "text/event-stream" } })
}

function answerWith(words: string): Response {
  const body = [delta({ content: words }), delta({}, "stop"), DONE].join("")
  return new Response(body, { headers: { "content-type": "text/event-stream" } })
}

/** Runs the command, ends the gateway when it has printed the beginning, and starts it again at its address. */
async function interrupt(signal: "SIGKILL" | "SIGTERM", again: string, flags: readonly string[] = []) {
  const dir = tempDir()
  const options = { dir, config: { ...configFor(upstream), client: { shutdown_grace_in_seconds: 0 } } }
  const first = await launch(options)
  upstream.answer(() => begin("One two"))
  const args = ["submit", "-m", "up/m", "--stream", ...flags, "Hello"]
  const child = Bun.spawn([...program, ...args], {
    env: { ...plainEnv(), APP_DIR: dir },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const stderr = new Response(child.stderr).text()
  const decoder = new TextDecoder()
  let stdout = ""
  let isRestarted = false
  for await (const piece of child.stdout) {
    stdout += decoder.decode(piece, { stream: true })
    if (isRestarted || !stdout.includes("One two")) continue
    isRestarted = true
    upstream.answer(() => answerWith(again))
    await first.stop(signal)
    const second = await launch({ ...options, args: ["--port", new URL(first.url).port] })
    afterTest(() => second.dispose())
  }
  return { stdout, stderr: await stderr, code: await child.exited }
}

test.each(["SIGKILL", "SIGTERM"] as const)("after %s the rest of the same answer follows", async (signal) => {
  const { stdout, stderr, code } = await interrupt(signal, "One two three")
  expect({ stdout, code }).toEqual({ stdout: "One two three\n", code: 0 })
  expect(stderr).toMatch(/the stream broke off \(.*\); job [0-9a-f-]{36} goes on, and its answer is waited for/)
})

test("another answer follows in a line of its own, and nothing is said with --quiet", async () => {
  const { stdout, stderr, code } = await interrupt("SIGKILL", "Something else", ["--quiet"])
  expect({ stdout, stderr, code }).toEqual({ stdout: "One two\nSomething else\n", stderr: "", code: 0 })
})

test("with --json the job follows the events", async () => {
  const { stdout, code } = await interrupt("SIGKILL", "One two three", ["--json"])
  const lines = stdout.trim().split("\n")
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ status: "completed", result: { object: "chat.completion" } })
  expect(code).toBe(0)
})
