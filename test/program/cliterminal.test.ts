// What a command shows on terminals of all kinds, and what it does when nobody reads on.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { mkdtempSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { findCode } from "../../src/cli/exitcodes.ts"
import { afterTest, tempDir } from "../cleanup.ts"
import { runClient, runOnTerminal } from "../commands.ts"
import { chat, type Gateway, launch, plainEnv, program } from "../harness.ts"

let gateway: Gateway
let id: string

beforeAll(async () => {
  gateway = await launch()
  id = await gateway.accept(chat({ messages: [{ role: "user", content: "\u001b]0;owned\u0007Hello\u001b[2J" }] }))
  await gateway.end(id)
})
afterAll(() => gateway.dispose())

describe("on a terminal", () => {
  test("states have colours, but not with NO_COLOR, TERM=dumb or in a pipe; FORCE_COLOR has them in a pipe too", async () => {
    const green = "\u001b[32msucceeded"
    expect((await runOnTerminal(gateway, ["ps"])).shown).toContain(green)
    expect((await runOnTerminal(gateway, ["ps"], { env: { NO_COLOR: "1" } })).shown).not.toContain("\u001b")
    expect((await runOnTerminal(gateway, ["ps"], { env: { TERM: "dumb" } })).shown).not.toContain("\u001b")
    expect((await runClient(gateway, ["ps"])).stdout).not.toContain("\u001b")
    expect((await runClient(gateway, ["ps"], { env: { FORCE_COLOR: "1" } })).stdout).toContain(green)
  })

  test("a line is never longer than it, and is whole in a pipe", async () => {
    const model = `long-${"model".repeat(30)}`
    await gateway.accept(chat({ model: `mock/${model}` }))
    const { shown } = await runOnTerminal(gateway, ["ps"], { env: { NO_COLOR: "1" } })
    for (const line of shown.split(/\r?\n/)) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80)
    expect((await runClient(gateway, ["ps"])).stdout).toContain(model)
  })

  test("an answer is shown without what it would obey, and reaches a pipe as it is", async () => {
    const { shown } = await runOnTerminal(gateway, ["get", id])
    expect(shown).toContain("\\u001b]0;owned\\u0007Hello")
    expect(shown).not.toContain("\u001b]")
    expect((await runClient(gateway, ["get", id])).stdout).toContain("\u001b]0;owned\u0007Hello\u001b[2J")
  })

  test("a submit tells how to go on, and with --wait shows that it waits; --quiet, TERM=dumb and CI show nothing", async () => {
    const made = await runOnTerminal(gateway, ["submit", "-m", "mock/echo", "Hello"])
    expect(made).toMatchObject({ code: 0, shown: expect.stringContaining("asyncgate wait ") })
    const args = ["submit", "-m", "mock/echo", "--wait", "Hello"]
    expect((await runOnTerminal(gateway, args)).shown).toContain("waiting for ")
    expect((await runOnTerminal(gateway, [...args, "-q"])).shown).not.toContain("waiting")
    for (const env of [{ TERM: "dumb" }, { CI: "true" }])
      expect((await runOnTerminal(gateway, args, { env })).shown).not.toContain("waiting")
  })

  test("a sound is not written onto it", async () => {
    const args = ["submit", "speech", "-m", "mock/tts", "--set", "voice=alloy", "--wait", "Hello"]
    const { shown, code } = await runOnTerminal(gateway, args)
    expect({ code }).toEqual({ code: findCode("usage") })
    expect(shown).toContain("-o FILE")
  })

  test("ps --watch goes on until Ctrl-C", async () => {
    const { shown, signal } = await runOnTerminal(gateway, ["ps", "--watch"], {
      isEnough: (text) => text.includes("Ctrl-C ends this."),
    })
    expect(shown).toContain(id.slice(0, 8))
    expect(signal).toBe("SIGINT")
  })

  test("many jobs are changed only after a yes", async () => {
    const { shown, code } = await runOnTerminal(gateway, ["rm", "--filter", "model=nothing-here"], {
      isEnough: (text) => text.includes("Go on?"),
    })
    expect(shown).toContain("0 jobs will be deleted. Go on?")
    expect(code).not.toBe(0)
  })
})

test("a wait goes on when the gateway is killed and started again at its address", async () => {
  const dir = tempDir()
  const first = await launch({ dir })
  const { port } = new URL(first.url)
  const restarts: Promise<Gateway>[] = []
  const args = ["submit", "-m", "mock/echo", "--wait", "--set", 'mock={"latency_ms":3000}', "Hello"]
  const { shown, code } = await runOnTerminal(first, args, {
    isEnough(text) {
      if (text.includes("waiting for ") && restarts.length === 0)
        restarts.push(first.stop("SIGKILL").then(() => launch({ dir, args: ["--port", port] })))
      return false
    },
  })
  const again = await restarts[0]
  afterTest(() => again?.dispose())
  expect(again?.url).toBe(first.url)
  expect(shown).toContain("Hello")
  expect(code).toBe(0)
})

describe("a reader that is gone", () => {
  test.each([[["ps", "--jsonl"]], [["models", "--json"]], [["submit", "--help"]]])(
    "ends %j at once and without a word",
    async (args) => {
      const dir = mkdtempSync(join(tempDir(), "pipe-"))
      // The command starts when its pipe has no reader any more.
      const script = `mkfifo "$1/gate"; shift_dir="$1"; shift
        (read -r _ < "$shift_dir/gate"; "$@" 2> "$shift_dir/stderr"; echo $? > "$shift_dir/code") | (exec <&-; echo go > "$shift_dir/gate")`
      const child = Bun.spawn(["sh", "-c", script, "sh", dir, ...program, ...args], {
        env: { ...plainEnv(), APP_DIR: gateway.dir },
        stdout: "ignore",
        stderr: "ignore",
      })
      await child.exited
      expect(readFileSync(join(dir, "stderr"), "utf8")).toBe("")
      expect(readFileSync(join(dir, "code"), "utf8").trim()).toBe(String(findCode("no_reader")))
    },
  )

  test("of messages costs nothing but messages", async () => {
    const script = `exec 2>&-; exec "$@"`
    const child = Bun.spawn(["sh", "-c", script, "sh", ...program, "submit", "-m", "mock/echo", "--wait", "Hello"], {
      env: { ...plainEnv(), APP_DIR: gateway.dir },
      stdout: "pipe",
      stderr: "ignore",
    })
    expect(await new Response(child.stdout).text()).toContain("Hello")
    expect(await child.exited).toBe(0)
  })

  test("a full disk under its output is an error with its reason", async () => {
    const child = Bun.spawn(["sh", "-c", `exec "$@" > /dev/full`, "sh", ...program, "ps", "--json"], {
      env: { ...plainEnv(), APP_DIR: gateway.dir },
      stdout: "ignore",
      stderr: "pipe",
    })
    expect(await new Response(child.stderr).text()).toContain("standard output cannot be written")
    expect(await child.exited).toBe(1)
  })
})
