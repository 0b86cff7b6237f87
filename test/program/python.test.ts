// Files and batches through OpenAI's own client for Python, where the machine has it, against the whole program.
import { expect, test } from "bun:test"
import { join } from "node:path"
import { launch } from "../harness.ts"

const hasClient = Bun.which("python3") !== null && Bun.spawnSync(["python3", "-c", "import openai"]).success

test("OpenAI's client for Python runs, lists, cancels and reads batches", async () => {
  if (!hasClient) {
    process.stderr.write("python3 with its package openai is absent: batches are not tried with it\n")
    return
  }
  const gateway = await launch()
  const command = ["python3", join(import.meta.dir, "batches.py"), `${gateway.url}/v1`]
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" })
  const text = await new Response(child.stdout).text()
  expect(await child.exited).toBe(0)
  const { version, ids, listed, ...found } = JSON.parse(text)
  expect(version).toMatch(/^\d+\.\d+\.\d+/)
  // Pages of one each, the newest first, and before them the one that is cancelled.
  expect(listed.slice(1)).toEqual(ids)
  expect(found).toEqual({
    counts: { total: 3, completed: 2, failed: 1 },
    output: ["a", "c"],
    answer: expect.stringContaining("a"),
    errors: [["b", 400]],
    broken: ["failed", "duplicate_custom_id", 2],
    cancelled: [true, { name: "slow" }],
    file: ["batch", "processed", true],
    files: 2,
    unknown: { status: 404, message: expect.stringContaining("batch_none") },
    refused: { status: 400, message: expect.stringMatching(/^endpoint must be one of /) },
  })
  await gateway.dispose()
})
