// The commands about batches, as a user types them.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findCode } from "../../src/cli/exitcodes.ts"
import { newDir, removeDir } from "../cleanup.ts"
import { type RunOptions, runClient, runOnTerminal } from "../commands.ts"
import { type Gateway, launch, start } from "../harness.ts"

let gateway: Gateway
let dir: string
beforeAll(async () => {
  gateway = await launch()
  dir = newDir()
})
afterAll(async () => {
  await gateway.dispose()
  removeDir(dir)
})

const ag = (args: string[], options?: RunOptions) => runClient(gateway, ["batch", ...args], options)

/** Writes a file. @returns its path */
function write(name: string, text: string): string {
  const path = join(dir, name)
  writeFileSync(path, text)
  return path
}

function line(id: string, over: object = {}): string {
  const body = { model: "mock/echo", messages: [{ role: "user", content: id }], ...over }
  return `${JSON.stringify({ custom_id: id, method: "POST", url: "/v1/chat/completions", body })}\n`
}

/** What each line of a result file says: its id and the text of the answer. */
function readAnswers(text: string): [string, string][] {
  return text
    .trimEnd()
    .split("\n")
    .map((each) => JSON.parse(each))
    .map(({ custom_id, response }) => [custom_id, response.body.choices?.[0].message.content.replace(/^\[.*?\] /, "")])
}

describe("submit", () => {
  test("with --wait prints the results in the order of the lines", async () => {
    const path = write("requests.jsonl", line("one") + line("two") + line("three"))
    const { stdout, stderr, code } = await ag(["submit", path, "--window", "immediate", "--wait"])
    expect(readAnswers(stdout)).toEqual([
      ["one", "one"],
      ["two", "two"],
      ["three", "three"],
    ])
    expect({ stderr, code }).toEqual({ stderr: expect.stringContaining("completed: 3 succeeded, 0 failed"), code: 0 })
    const piped = await ag(["submit", "--window", "immediate", "--wait", "-q"], { input: line("piped") })
    expect({ ...piped, stdout: readAnswers(piped.stdout) }).toEqual({
      stdout: [["piped", "piped"]],
      stderr: "",
      code: 0,
    })
  })

  test("makes a request of each row of a table, and of each line of a text", async () => {
    const csv = write("words.csv", 'id,word\n7,"one, two"\n9,"say ""hi"""\n')
    const flags = ["-m", "mock/echo", "--window", "immediate", "--wait", "-q"]
    const table = await ag(["submit", csv, "--template", "Translate {{ word }}!", "--id-column", "id", ...flags])
    expect(readAnswers(table.stdout)).toEqual([
      ["7", "Translate one, two!"],
      ["9", 'Translate say "hi"!'],
    ])
    const text = await ag(["submit", write("questions.txt", "Why?\r\n\r\nHow?\n"), ...flags])
    expect(readAnswers(text.stdout)).toEqual([
      ["row-1", "Why?"],
      ["row-2", "How?"],
    ])
    const vectors = await ag(["submit", join(dir, "questions.txt"), "--type", "embedding", ...flags])
    expect(JSON.parse(vectors.stdout.split("\n")[0] ?? "").response.body.data[0].embedding).toBeArray()
  })

  test("without --wait prints the id alone; get, ls and results tell what became of it", async () => {
    const path = write("night.jsonl", line("good") + line("bad", { mock: { status: 400 } }))
    const id = (await ag(["submit", path, "--window", "immediate", "--metadata", "team=search"])).stdout.trim()
    expect(id).toMatch(/^batch_[0-9a-f]{32}$/)
    const ended = await ag(["get", id.slice(0, 16), "--wait"])
    expect(ended.code).toBe(findCode("job_failed"))
    expect(ended.stdout).toMatch(/^status +completed$/m)
    expect(ended.stdout).toMatch(/^lines +2 in all, 1 succeeded, 1 failed$/m)
    expect((await ag(["ls"])).stdout).toMatch(new RegExp(`^${id} +completed +2 +1 +2 `, "m"))
    expect(JSON.parse((await ag(["get", id, "--json"])).stdout)).toMatchObject({ id, metadata: { team: "search" } })
    const good = await ag(["results", id])
    expect(readAnswers(good.stdout)).toEqual([["good", "good"]])
    expect(good.stderr).toContain(`why: asyncgate batch results ${id} --errors`)
    const bad = JSON.parse((await ag(["results", id, "--errors"])).stdout)
    expect(bad).toMatchObject({ custom_id: "bad", response: { status_code: 400 } })
    const file = join(dir, "out.jsonl")
    expect((await ag(["results", id, "-o", file])).stdout).toBe("")
    expect(readFileSync(file, "utf8")).toBe(good.stdout)
  })

  test("tells what is wrong with a file that the gateway refuses as a whole", async () => {
    const path = write("twice.jsonl", line("same") + line("same"))
    const { stdout, stderr, code } = await ag(["submit", path, "--wait"])
    expect({ stdout, code }).toEqual({ stdout: "", code: findCode("job_failed") })
    expect(stderr).toMatch(/^failed: 0 succeeded/m)
    expect(stderr).toMatch(/^line 2: /m)
  })

  const wrong: [string, string, string[], string][] = [
    ["none.jsonl", "{}\n", [], "is no request of a batch: write"],
    ["one.jsonl", line("one"), ["-m", "mock/echo"], "say everything themselves"],
    ["one.jsonl", line("one"), ["-o", "x"], "write --wait too"],
    ["one.jsonl", line("one"), ["--window", "1y"], "completion_window must be"],
    [
      "two.csv",
      "a,b\n1,2\n",
      ["-m", "mock/echo"],
      'say with --template what is asked, as --template "Translate: {{a}}"',
    ],
    ["two.csv", "a,b\n1,2\n", ["-m", "mock/echo", "--template", "{{c}}"], 'has no column "c": there is a, b'],
    ["uneven.csv", "a,b\n1\n", ["-m", "mock/echo", "--template", "{{a}}"], "row 1 of"],
    ["open.csv", 'a\n"1\n', ["-m", "mock/echo"], "the quote that begins in line 2 is never closed"],
    ["text.txt", "Why?\n", [], "there is no model"],
    ["text.txt", "Why?\n", ["-m", "mock/echo", "--type", "transcription"], "cannot be made of texts: write one of"],
    ["empty.txt", "\n", ["-m", "mock/echo"], "has no rows"],
  ]
  test.each(wrong)("of %s, %j with %j is refused", async (name, text, flags, reason) => {
    const { data: files } = (await (await gateway.fetch("/v1/files")).json()) as { data: unknown[] }
    const { stdout, stderr, code } = await ag(["submit", write(name, text), ...flags])
    expect({ stdout, code }).toEqual({ stdout: "", code: findCode("usage") })
    expect(stderr).toContain(reason)
    // A file of no use is not left.
    expect(((await (await gateway.fetch("/v1/files")).json()) as { data: unknown[] }).data).toEqual(files)
  })
})

test("a batch that is cancelled keeps what is done, and says so", async () => {
  const lines = line("done") + line("hanging", { mock: { hang: true } })
  const id = (await ag(["submit", write("long.jsonl", lines), "--window", "immediate"])).stdout.trim()
  while (!/1 succeeded/.test((await ag(["get", id])).stdout));
  expect((await ag(["results", id])).code).toBe(findCode("unfinished"))
  expect((await ag(["cancel", id])).stdout).toBe(`${id} cancelling\n`)
  expect((await ag(["get", id, "--wait"])).code).toBe(findCode("job_cancelled"))
  expect(readAnswers((await ag(["results", id])).stdout)).toEqual([["done", "done"]])
}, 240_000)

test("the wait for a batch shows how far it is, and outlives a restart of the gateway", async () => {
  const own = await start()
  const lines = line("first") + line("slow", { mock: { latency_ms: 6000 } })
  const id = (
    await runClient(own, ["batch", "submit", write("kept.jsonl", lines), "--window", "immediate"])
  ).stdout.trim()
  let again: Promise<unknown> | null = null
  const restart = async () => {
    await own.stop("SIGKILL")
    await start({ dir: own.dir, args: ["--port", new URL(own.url).port] })
  }
  const { shown, code } = await runOnTerminal(own, ["batch", "get", id, "--wait"], {
    isEnough(text) {
      if (/in_progress \[#{12}-{12}\] 1 of 2/.test(text)) again ??= restart()
      return false
    },
  })
  expect(again).not.toBeNull()
  await again
  expect({ shown, code }).toEqual({ shown: expect.stringMatching(/2 in all, 2 succeeded/), code: 0 })
}, 240_000)

test("a batch that is not there, and an id that is none, are told apart", async () => {
  for (const word of ["get", "cancel", "results"]) {
    const none = await ag([word, "0".repeat(32)])
    expect({ word, code: none.code }).toEqual({ word, code: findCode("failed") })
    expect(none.stderr).toContain("atch")
    const wrong = await ag([word, "batch_none"])
    expect({ word, code: wrong.code }).toEqual({ word, code: findCode("usage") })
    expect(wrong.stderr).toContain("asyncgate batch ls lists them")
  }
  expect(existsSync(join(dir, "x"))).toBe(false)
})
