// Every command of the table: with success, without a gateway, used wrongly, not allowed, and with --json.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { findCode } from "../../src/cli/exitcodes.ts"
import { listFlags } from "../../src/cli/help.ts"
import { rows } from "../../src/cli/table.ts"
import { tempDir } from "../cleanup.ts"
import { type Ran, runClient } from "../commands.ts"
import { chat, type Gateway, launch } from "../harness.ts"
import { type Case, DIR, type Endings, endings, JOB } from "./endings.ts"

let open: Gateway
let closed: Gateway
/** A virtual key of the closed one. */
let key: string

beforeAll(async () => {
  open = await launch()
  closed = await launch({ config: { client: { enforce_auth_on_inference: true } } })
  key = (await runClient(closed, ["vk", "create", "mine"])).stdout.trim()
})
afterAll(async () => {
  await open.dispose()
  await closed.dispose()
})

/** Those that have such a case: the words of the command, and the case. */
function listCases(kind: keyof Endings): [string, Case][] {
  return rows.flatMap(({ words }): [string, Case][] => {
    const ending = endings[words]?.[kind]
    return ending === undefined || typeof ending === "string" ? [] : [[words, ending]]
  })
}

/** Runs the case, with a job of its own where it names one. @param more what is typed behind it */
async function runCase(
  words: string,
  { args, env = {} }: Case,
  gateway: Gateway | null,
  more: readonly string[] = [],
): Promise<Ran & { appDir: string }> {
  const dir = tempDir()
  const id = args.includes(JOB) && gateway !== null ? await makeJob(gateway) : "01000000-0000-7000-8000-000000000000"
  const typed = args.map((word) => word.replace(JOB, id).replace(DIR, dir))
  const appDir = gateway?.dir ?? join(dir, "none")
  return { appDir, ...(await runClient({ dir: appDir }, [...words.split(" "), ...typed, ...more], { env })) }
}

async function makeJob(gateway: Gateway): Promise<string> {
  const headers: Record<string, string> = gateway === closed ? { "x-bf-vk": key } : {}
  const id = await gateway.accept(chat(), headers)
  await (await gateway.poll(id, { ...headers, prefer: "wait=60" })).arrayBuffer()
  return id
}

/** The code of a case, and of those that it does not have. */
function expectEnding({ stdout, stderr, code }: Ran, { code: wanted, says = "" }: Case, usual: number): void {
  expect({ code, stderr }).toEqual({ code: wanted ?? usual, stderr: expect.any(String) })
  expect(stdout + stderr).toContain(says)
}

test("every command of the table has its endings here, and nothing else has", () => {
  expect(Object.keys(endings).toSorted()).toEqual(rows.map(({ words }) => words).toSorted())
  for (const each of Object.values(endings).flatMap((one) => Object.values(one)))
    if (typeof each === "string") expect(each).toMatch(/\w+ \w+/)
})

describe("a command", () => {
  test.each(listCases("success"))("%s does its work, says so and ends with 0", async (words, one) => {
    const ran = await runCase(words, one, open)
    expectEnding(ran, one, 0)
    expect(ran.stdout + ran.stderr).not.toBe("")
  })

  test.each(listCases("noGateway"))("%s without a gateway says how to start one, or needs none", async (words, one) => {
    const ran = await runCase(words, one, null)
    expectEnding(ran, one, findCode("unreachable"))
    if (one.code === undefined)
      expect(ran).toMatchObject({ stdout: "", stderr: expect.stringContaining("start it with") })
    expect(existsSync(ran.appDir)).toBe(false)
  })

  test.each(listCases("noGateway").filter(([, { code }]) => code === undefined))(
    "%s says that nobody answers at the address that was given",
    async (words, one) => {
      const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })
      const url = `http://127.0.0.1:${server.port}`
      await server.stop(true)
      const ran = await runCase(words, one, null, ["--url", url])
      expectEnding(ran, one, findCode("unreachable"))
      expect(ran).toMatchObject({ stdout: "", stderr: expect.stringContaining(`no gateway answers at ${url}`) })
    },
  )

  test.each(listCases("wrongUse"))("%s that is used wrongly says what to write", async (words, one) => {
    const ran = await runCase(words, one, open)
    expectEnding(ran, one, findCode("usage"))
    expect(ran).toMatchObject({ stdout: "", stderr: expect.stringMatching(/asyncgate|--/) })
  })

  test.each(listCases("notAllowed"))("%s that is not allowed says how to get a token", async (words, one) => {
    const ran = await runCase(words, one, closed)
    expectEnding(ran, one, findCode("denied"))
    if (one.code !== undefined) return
    expect(ran.stdout).toBe("")
    for (const text of ["ASYNCGATE_TOKEN", "asyncgate vk create NAME"]) expect(ran.stderr).toContain(text)
  })

  test.each(listCases("json"))("%s with --json prints JSON and nothing else", async (words, one) => {
    const ran = await runCase(words, one, open)
    expectEnding(ran, one, 0)
    expect(ran.stdout).not.toBe("")
    for (const value of readValues(ran.stdout)) expect(typeof value).toBe("object")
  })

  const misspelt = rows.flatMap((row): [string, string][] => {
    const [flag] = listFlags(row)
    return row.run === null || flag === undefined ? [] : [[row.words, flag.name]]
  })

  test.each(misspelt)("%s tells a flag %s that is misspelt from others", async (words, flag) => {
    const { stdout, stderr, code } = await runClient(open, [...words.split(" "), `${flag}x`])
    expect({ stdout, code }).toEqual({ stdout: "", code: findCode("usage") })
    expect(stderr).toMatch(new RegExp(`did you mean (one of )?${flag}\\b`))
  })

  test.each(rows.map(({ words }) => words.split(" ")[0] ?? ""))(
    "%s that is misspelt is told from others",
    async (word) => {
      const { stdout, stderr, code } = await runClient(open, [`${word}x`])
      expect({ stdout, code }).toEqual({ stdout: "", code: findCode("usage") })
      expect(stderr).toContain(`did you mean ${word}?`)
    },
  )
})

/** One JSON text, or one a line. */
function readValues(text: string): unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  }
}
