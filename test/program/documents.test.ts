// The commands of the documents, run word for word and in their order, each document with a gateway and a home directory of its own.
import { expect, test } from "bun:test"
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findJobsPath } from "../../src/endpoints/clienttypes.ts"
import { endpoints } from "../../src/endpoints/endpoints.ts"
import { tempDir } from "../cleanup.ts"
import { manuals, readBlocks, readCommands, readDocument, root } from "../documents.ts"
import { type Gateway, type Job, launch, plainEnv, program } from "../harness.ts"

/** What a test does not follow word for word: it changes the machine, needs a release or a server, or waits for Ctrl-C, and is held elsewhere. */
const elsewhere: readonly [command: RegExp, heldBy: string][] = [
  [/^asyncgate update/, "update.test.ts and updatebinary.test.ts"],
  [/^asyncgate service/, "service.test.ts"],
  [/^asyncgate webhooks (listen|verify)/, "cliwebhooks.test.ts"],
  [/^(export )?ASYNCGATE_(DATABASE|ENCRYPTION_KEY)=/, "postgres.test.ts"],
  [/^asyncgate --port 808\d --app-dir .* &$/, "severalgateways.test.ts"],
]
/** Its commands need a published release, root or hours: `bun run release:check`. */
const RELEASE = "docs/release.md"
/** Its commands are one script, whose lines hand values on: batches.test.ts does the same with OpenAI's client. */
const BATCHES = "docs/batches.md"

const listCommands = (path: string) =>
  readCommands(readDocument(path)).filter((command) => !elsewhere.some(([pattern]) => pattern.test(command)))
/** A document without commands has nothing to follow. */
const followed = manuals.filter((path) => listCommands(path).length > 0 && path !== RELEASE && path !== BATCHES)
const commands = followed.flatMap(listCommands)

interface Reader {
  home: string
  gateway: Gateway
  /** The job that was submitted last. */
  id: string
  /** Jobs that were submitted and are not known to have ended. */
  open: string[]
  /** The virtual key that was shown last. */
  key: string
}

/** A directory with the README, and the programs that a reader of the documents has. */
function makeHome(): string {
  const home = tempDir()
  copyFileSync(join(root, "README.md"), join(home, "README.md"))
  writeFileSync(join(home, "words.csv"), "word\nhello\n")
  mkdirSync(join(home, "bin"))
  addProgram(home, "asyncgate", program)
  return home
}

function addProgram(home: string, name: string, words: string[]): void {
  const path = join(home, "bin", name)
  writeFileSync(path, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(" ")} "$@"\n`)
  chmodSync(path, 0o755)
}

function start(home: string): Promise<Gateway> {
  const dir = join(home, ".local/share/asyncgate")
  return launch({ dir, env: { HOME: home } })
}

/** What a reader is told to do first, and may be told to do again. */
function isStart(command: string): boolean {
  return /^(npx -y bun@1\.4\.4|bun) run up$/.test(command)
}

async function follow(reader: Reader, command: string): Promise<void> {
  if (isStart(command)) {
    // One that was killed a moment ago is resumed; one that runs is the one that is meant.
    if (reader.gateway.process.exitCode === null && reader.gateway.process.signalCode === null) return
    reader.gateway = await start(reader.home)
    expect(reader.gateway.facts.recovered).toBe(reader.open.length)
    return
  }
  const isSubmit = command.startsWith("curl -s ") && / -[dF] /.test(command)
  const isKill = command.startsWith("kill ")
  if (!isSubmit && !isKill) await endAll(reader)
  const output = await run(reader, command)
  // Of what is posted only a job has the id of a request.
  if (isSubmit && "request_id" in JSON.parse(output)) {
    reader.id = (JSON.parse(output) as Job).id
    reader.open.push(reader.id)
  }
  if (isKill) await reader.gateway.process.exited
  reader.key = /^sk-bf-\S+$/m.exec(output)?.[0] ?? reader.key
}

/** Every job that was submitted ends well. */
async function endAll(reader: Reader): Promise<void> {
  for (const id of reader.open.splice(0)) {
    const ended = await reader.gateway.fetch(`/v1/async/jobs/${id}`, { headers: { prefer: "wait=10" } })
    expect((await ended.json()) as Job).toMatchObject({ id, status: "completed" })
  }
}

/** What a command prints; fails where it does, and where the gateway refuses. */
async function run({ home, gateway, id, key }: Reader, command: string): Promise<string> {
  const words = command
    .replace("curl -s ", "curl -s --fail-with-body ")
    .replace("http://127.0.0.1:8080", gateway.url)
    .replace("{id}", id)
    .replace("sk-bf-…", key)
    // The demonstration waits ten seconds so that a person can kill it; a test need not.
    .replace('"latency_ms":10000', '"latency_ms":1000')
  const env = {
    ...plainEnv(),
    HOME: home,
    APP_DIR: gateway.dir,
    ...(words.includes("$ADMIN_TOKEN") ? { ADMIN_TOKEN: await gateway.adminToken() } : {}),
    PATH: `${join(home, "bin")}:${process.env["PATH"]}`,
  }
  const child = Bun.spawn(["sh", "-c", words], { cwd: home, env, stdout: "pipe", stderr: "pipe" })
  const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  expect({ command, code: await child.exited, output, errors }).toMatchObject({ code: 0 })
  return output
}

test.each(followed)(
  "every command of %s works as printed, and every job that it submits ends well",
  async (path) => {
    const home = makeHome()
    const reader: Reader = { home, gateway: await start(home), id: "", open: [], key: "" }
    try {
      for (const command of listCommands(path)) await follow(reader, command)
      await endAll(reader)
    } finally {
      await reader.gateway.dispose()
    }
    if (path === "docs/jobs.md") expect(await Bun.file(join(home, "hello.wav")).text()).toStartWith("RIFF")
    if (path === "docs/operations.md") expect(existsSync(join(home, "asyncgate.backup"))).toBe(true)
  },
  240_000,
)

test.each(readBlocks(readDocument("docs/configuration.md"), "json"))(
  "a gateway starts with the config.json %#",
  async (config) => {
    const dir = tempDir()
    writeFileSync(join(dir, "config.json"), config)
    const gateway = await launch({ dir, env: { OPENAI_API_KEY: "sk-test" } })
    expect(gateway.log()).not.toMatch(/"level":"(warn|error)"/)
    await gateway.dispose()
  },
)

test.each([
  ...endpoints.map((endpoint) => new RegExp(`8080/v1/async${findJobsPath(endpoint)} .*mock/`)),
  / -H 'prefer: wait=10'/,
  / -H 'idempotency-key: /,
  /8080\/v1\/async\/jobs\?/,
  /8080\/metrics$/,
  /8080\/health$/,
  /8080\/v1\/models\?/,
  /8080\/v1\/async\/jobs\/\{id\}$/,
  /jobs\/\{id\}\/content /,
  /jobs\/\{id\}\/cancel -X POST$/,
  /jobs\/\{id\} -X DELETE$/,
  /^kill -9 /,
  /^asyncgate vk (create|revoke) \w+$/,
  /^asyncgate admin-token rotate$/,
  /^asyncgate (backup|restore|doctor)\b/,
])("the documents have a command like %p", (pattern) => {
  expect(commands.filter((command) => pattern.test(command))).not.toEqual([])
})
