// The README's commands, run word for word, in their order, in a directory that has nothing but the README.
import { afterAll, expect, test } from "bun:test"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { endpoints } from "../../src/endpoints/table.ts"
import { type Job, launch, newDir, removeDir } from "../harness.ts"
import { readmePath } from "../tables.ts"

/** Every curl of the README's shell blocks, lines that continue joined. */
const commands = [...(await Bun.file(readmePath).text()).matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap((match) => (match[1] ?? "").replaceAll("\\\n", " ").split("\n"))
  .filter((command) => command.startsWith("curl -s "))

const gateway = await launch()
const dir = newDir()
copyFileSync(readmePath, join(dir, "README.md"))
afterAll(async () => {
  await gateway.dispose()
  removeDir(dir)
})

/** What a command prints; fails where the gateway refuses. `id` is that of the job that was submitted last. */
async function outputOf(command: string, id: string): Promise<string> {
  const words = command
    .replace("curl -s ", "curl -s --fail-with-body ")
    .replace("http://127.0.0.1:8080", gateway.url)
    .replace("{id}", id)
    // The demonstration waits ten seconds so that a person can kill it; a test need not.
    .replace('"latency_ms":10000', '"latency_ms":10')
  const child = Bun.spawn(["sh", "-c", words], { cwd: dir, stdout: "pipe", stderr: "inherit" })
  const output = await new Response(child.stdout).text()
  expect([await child.exited, output]).toEqual([0, output])
  return output
}

test("every curl of the README works as printed, and every job that it submits ends well", async () => {
  let id = ""
  for (const command of commands) {
    const output = await outputOf(command, id)
    if (!/ -[dF] /.test(command)) continue
    id = (JSON.parse(output) as Job).id
    const ended = await gateway.fetch(`/v1/async/jobs/${id}`, { headers: { prefer: "wait=10" } })
    expect((await ended.json()) as Job).toMatchObject({ id, status: "completed" })
  }
  expect(await Bun.file(join(dir, "hello.wav")).text()).toStartWith("RIFF")
}, 20_000)

test.each([
  ...endpoints.map(({ path }) => new RegExp(`8080${path} .*mock/`)),
  / -H 'prefer: wait=10'/,
  / -H 'idempotency-key: /,
  /8080\/v1\/async\/jobs\?/,
  /8080\/metrics$/,
  /8080\/v1\/async\/jobs\/\{id\}$/,
  /jobs\/\{id\}\/content /,
  /jobs\/\{id\}\/cancel -X POST$/,
  /jobs\/\{id\} -X DELETE$/,
])("the README has a curl like %p", (pattern) => {
  expect(commands.filter((command) => pattern.test(command))).not.toEqual([])
})
