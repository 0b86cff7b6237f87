// The README's demonstration, run word for word.
import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { type Job, launch } from "../harness.ts"
import { readmePath } from "../tables.ts"

/** The commands of the README's shell blocks, lines that continue joined. */
const commands = [...readFileSync(readmePath, "utf8").matchAll(/```sh\n([\s\S]*?)```/g)]
  .map((match) => (match[1] ?? "").replaceAll("\\\n", " ").trim())
  .filter((command) => command.startsWith("curl "))

test("every curl of the README works as printed", async () => {
  const gateway = await launch()
  let id = ""
  expect(commands.length).toBeGreaterThanOrEqual(3)
  for (const command of commands) {
    // The demonstration waits ten seconds so that a person can kill it; a test need not.
    const words = command
      .replaceAll("http://127.0.0.1:8080", gateway.url)
      .replace('"latency_ms":10000', '"latency_ms":10')
    const child = Bun.spawn(["sh", "-c", words.replace("{id}", id)], { stdout: "pipe", stderr: "inherit" })
    const job = (await new Response(child.stdout).json()) as Job
    expect(await child.exited).toBe(0)
    expect(job.status).toBeOneOf(["pending", "processing", "completed"])
    id = job.id
    expect((await gateway.end(id)).status).toBe("completed")
  }
  await gateway.dispose()
}, 20_000)
