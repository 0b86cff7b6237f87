// Commands beside servers that are not asyncgate or break off, with arguments that mean nothing, and with a terminal that obeys.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { findCode } from "../../src/cli/exitcodes.ts"
import { harmless } from "../../src/cli/terminal.ts"
import { afterTest, tempDir } from "../cleanup.ts"
import { runClient, runOnTerminal } from "../commands.ts"
import { chat, type Gateway, launch, plainEnv, program } from "../harness.ts"

/** Each starts the program several times. */
setDefaultTimeout(240_000)

/** What a terminal obeys although JSON may hold it unescaped, and what writes from right to left. */
const CONTROLS = "\u009b31m\u007f\u202e\u200f"
const ID = "01000000-0000-7000-8000-000000000000"

let gateway: Gateway
let id: string

beforeAll(async () => {
  gateway = await launch()
  id = await gateway.accept(chat({ model: `mock/${CONTROLS}` }))
  await gateway.end(id)
})
afterAll(() => gateway.dispose())

describe("on a terminal, what others have written is not obeyed", () => {
  test.each([
    [["ps", "--json"]],
    [["ps", "--jsonl"]],
    [["logs", "--jsonl"]],
    [["logs", "JOB", "--json"]],
    [["wait", "JOB", "--json"]],
    [["get", "JOB", "--json"]],
    [["get", "JOB", "--request"]],
    [["rm", "JOB", "--dry-run", "--json"]],
  ])("by %j, which prints the same in a pipe as it is", async (args) => {
    const words = args.map((word) => (word === "JOB" ? id : word))
    const { shown } = await runOnTerminal(gateway, words)
    expect(shown).toContain(harmless(CONTROLS))
    for (const character of CONTROLS.replace("31m", "")) expect(shown).not.toContain(character)
    expect((await runClient(gateway, words)).stdout).toContain(CONTROLS)
  })
})

/** A server that sends these bytes to whoever connects, and then closes the connection or is silent. */
function serve(answer: string, isSilent = false): string {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.write(answer)
        if (!isSilent) socket.end()
      },
    },
  })
  afterTest(() => server.stop(true))
  return `http://127.0.0.1:${server.port}`
}

describe("a server", () => {
  test.each([
    [["ps"]],
    [["ps", "--json"]],
    [["models"]],
    [["queues"]],
    [["stats"]],
    [["stats", "--by", "day"]],
    [["submit", "-m", "mock/echo", "Hello"]],
    [["get", ID]],
  ])("that answers with an object of its own is not taken for a gateway by %j", async (args) => {
    const url = serve("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
    const { stdout, stderr, code } = await runClient(null, [...args, "--url", url])
    expect({ stdout, code }).toEqual({ stdout: "", code: findCode("unreachable") })
    expect(stderr).toContain(`what answers at ${url} is not asyncgate: check --url`)
  })

  test.each([[["ps"]], [["submit", "-m", "mock/echo", "Hello"]], [["doctor", "--live"]], [["version", "--json"]]])(
    "that breaks off in the middle of an answer does not answer, for %j",
    async (args) => {
      const url = serve('HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{"a":')
      const { stdout, stderr, code } = await runClient(null, [...args, "--url", url])
      if (args[0] === "version") {
        expect({ code, gateway: JSON.parse(stdout).gateway }).toEqual({ code: 0, gateway: null })
        return
      }
      expect({ stdout, code }).toEqual({ stdout: "", code: findCode("unreachable") })
      expect(stderr).toContain("broke off")
      expect(stderr).not.toContain("verbose")
    },
  )

  test("that falls silent in the middle of an answer does not hold a health check for ever", async () => {
    const url = serve('HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{"a":', true)
    const { stderr, code } = await runClient(null, ["doctor", "--live", "--url", url])
    expect({ code }).toEqual({ code: findCode("unreachable") })
    expect(stderr).toContain("nothing came for 5000 ms")
  })
})

describe("what is typed", () => {
  test.each([
    [["ps", "--since", "999999999d"], 0, ""],
    [["logs", "--since", "999999999d"], 0, ""],
    [["ps", "--help=1"], findCode("usage"), "--help takes no value"],
    [["ps", "--app-dir", ""], findCode("usage"), "--app-dir has no value; write --app-dir DIR"],
    [["ps", "--app-dir="], findCode("usage"), "--app-dir has no value; write --app-dir DIR"],
    [["backup", ""], findCode("usage"), "the name of the backup is empty"],
    [["submit", "-m", "mock/echo", "Hi", "-o", "answer.txt"], findCode("usage"), "write --wait beside it"],
    [["submit", "-m", "mock/echo", "Hi", "--stream", "-o", "x"], findCode("usage"), "write --wait instead of --stream"],
    [["rm", ID, "--dry-run"], findCode("failed"), `there is no job ${ID}`],
  ])("as %j ends with %i", async (args, wanted, words) => {
    const { stderr, code } = await runClient(gateway, args)
    expect({ code }).toEqual({ code: wanted })
    expect(stderr).toContain(words)
  })

  test("as -o in a directory that is not there costs no answer: the refusal tells how to get it", async () => {
    const file = join(tempDir(), "none", "answer.txt")
    const args = ["submit", "-m", "mock/echo", "--wait", "-q", "Hello"]
    const { stderr, code } = await runClient(gateway, [...args, "-o", file])
    expect({ code }).toEqual({ code: findCode("failed") })
    const [, kept = ""] = /the answer is kept: asyncgate get ([0-9a-f-]{36}) -o FILE/.exec(stderr) ?? []
    const right = join(tempDir(), "answer.txt")
    expect((await runClient(gateway, ["get", kept, "-o", right])).code).toBe(0)
    expect(readFileSync(right, "utf8")).toContain("Hello")
  })

  test("as completion install beneath a file makes nothing and says why", async () => {
    const { stderr, code } = await runClient(null, ["completion", "bash", "install"], { env: { HOME: "/dev/null" } })
    expect({ code }).toEqual({ code: findCode("failed") })
    expect(stderr).toContain("it cannot be written (")
    expect(stderr).toContain("ENOTDIR")
  })
})

describe("the help and the version", () => {
  const full = "/dev/full"

  test.if(existsSync(full)).each([[["--help"]], [["--version"]], [["help"]], [["--port", "0", "--version"]]])(
    "as %j end with a sentence where they cannot be written",
    async (args) => {
      const child = Bun.spawn([...program, ...args], { env: plainEnv(), stdout: Bun.file(full), stderr: "pipe" })
      const stderr = await new Response(child.stderr).text()
      expect({ code: await child.exited }).toEqual({ code: findCode("failed") })
      expect(stderr).toMatch(/^asyncgate: standard output cannot be written \(ENOSPC[^\n]*\n$/)
    },
  )
})
