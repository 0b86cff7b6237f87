// The commands logs, top, ui and stats --by: what they tell of jobs, on terminals and in pipes, and how they end.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findCode } from "../../src/cli/exitcodes.ts"
import { afterTest, tempDir } from "../cleanup.ts"
import { type RunOptions, runClient, runOnTerminal } from "../commands.ts"
import { chat, type Gateway, type Job, launch, onChange, plainEnv, program, run, start } from "../harness.ts"

const slow = { mock: { latency_ms: 600_000 } }
const failing = { mock: { status: 400 } }
const ENTER = "\u001b[?1049h\u001b[?25l"
const LEAVE = "\u001b[?25h\u001b[?1049l"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
})
afterAll(() => gateway.dispose())

const ag = (args: string[], options?: RunOptions) => runClient(gateway, args, options)
const parseLines = (text: string): Job[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

async function make(over: object = {}): Promise<string> {
  return gateway.accept(chat({ ...over }))
}

describe("logs", () => {
  test("of a job tells each attempt with its time, its status and its error, and how it ended", async () => {
    const id = await make({ mock: { status: 503, times: 1 } })
    await gateway.end(id)
    const { stdout, stderr, code } = await ag(["logs", id])
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 })
    const lines = stdout.trim().split("\n")
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z {2}[0-9a-f-]{13} {2}\w+ /)
    const words = [
      /accepted +chat_completion mock\/echo$/,
      /started +attempt 1 with mock\/echo, after \w+ in the queue$/,
      /ended +attempt 1 refused, status 503, after \w+: mock answer: status 503/,
      /started +attempt 2 with mock\/echo/,
      /ended +attempt 2 answered, status 200/,
      /succeeded +after .*, 10 tokens$/,
    ]
    expect(lines).toHaveLength(words.length)
    for (const [at, word] of words.entries()) expect(lines[at]).toMatch(word)
    expect(lines).toEqual(lines.toSorted((one, other) => (one.slice(0, 24) < other.slice(0, 24) ? -1 : 0)))
  })

  test("with --jsonl prints objects, with --json the job as the API answers it without its result", async () => {
    const id = await make(failing)
    await gateway.end(id)
    const entries = parseLines((await ag(["logs", id, "--jsonl"])).stdout)
    expect(entries.map(({ event }) => event)).toEqual(["accepted", "started", "ended", "failed"])
    expect(entries[2]).toMatchObject({ job: id, attempt: 1, outcome: "refused", status_code: 400 })
    expect(entries[3]).toMatchObject({ code: "mock_400", took_ms: expect.any(Number) })
    const answered = await (await gateway.fetch(`/v1/async/jobs/${id}?omit=result`)).text()
    expect((await ag(["logs", id, "--json"])).stdout).toBe(answered)
  })

  test("of a job in the queue tells until when it waits, and why", async () => {
    const id = await make({ model: "mock/closed", mock: { status: 429, retry_after: 3600 } })
    for (;;) {
      const job = (await (await gateway.fetch(`/v1/async/jobs/${id}`)).json()) as Job
      if (job.state === "queued" && job.attempts.length > 0) break
    }
    const { stdout } = await ag(["logs", id])
    expect(stdout).toMatch(/ended +attempt 1 refused, status 429/)
    expect(stdout).toMatch(/waiting +until \d{4}-[\d-]+T[\d:.]+Z: provider mock answered 429/)
    await ag(["cancel", id])
    expect((await ag(["logs", id])).stdout).toMatch(/cancelled +after /)
  })

  test("of the newest jobs are in the order of their times, by filters and a number", async () => {
    const ids = [
      await make({ model: "mock/many" }),
      await make({ model: "mock/many" }),
      await make({ model: "mock/many" }),
    ]
    for (const id of ids) await gateway.end(id)
    const of = async (...args: string[]) => parseLines((await ag(["logs", "--jsonl", ...args])).stdout)
    const all = await of("--model", "many")
    expect(new Set(all.map(({ job }) => job))).toEqual(new Set(ids))
    expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted())
    expect(new Set((await of("--model", "many", "--limit", "1")).map(({ job }) => job))).toEqual(new Set([ids[2]]))
    const none = await ag(["logs", "--model", "never"])
    expect(none).toMatchObject({ stdout: "", code: 0, stderr: expect.stringContaining("asyncgate submit") })
  })

  test("of others' words show none that a terminal would obey", async () => {
    const id = await make({ model: "mock/\u001b[31mred\u0007\n\u202e" })
    await gateway.end(id)
    const { stdout } = await ag(["logs", id])
    expect(stdout).toContain("\\u001b[31mred\\u0007")
    for (const character of ["\u001b", "\u0007", "\u202e"]) expect(stdout).not.toContain(character)
  })

  test("-f of a job goes on until its end and ends as the job does", async () => {
    const good = await make({ mock: { status: 503, times: 1 } })
    const followed = await ag(["logs", "-f", good.slice(0, 23)])
    expect(followed.code).toBe(0)
    expect(followed.stdout).toMatch(/accepted[\s\S]*attempt 1 refused[\s\S]*attempt 2 answered[\s\S]*succeeded/)
    const bad = await make(failing)
    expect((await ag(["logs", "-f", bad])).code).toBe(findCode("job_failed"))
    const open = await make(slow)
    const { shown, code } = await runOnTerminal(gateway, ["logs", "-f", open], {
      isEnough(text) {
        if (text.includes("started") && !text.includes("cancelled"))
          void gateway.fetch(`/v1/async/jobs/${open}/cancel`, { method: "POST" })
        return false
      },
    })
    expect(shown).toContain("cancelled")
    expect(code).toBe(findCode("job_cancelled"))
  })

  test("-f of all tells what happens from then on, each thing once, until Ctrl-C", async () => {
    const before = await make({ model: "mock/tail" })
    await gateway.end(before)
    const made: Promise<string>[] = []
    const { shown, signal } = await runOnTerminal(gateway, ["logs", "-f", "--model", "tail", "--jsonl"], {
      isEnough(text) {
        if (text.includes("succeeded") && made.length === 0) made.push(make({ model: "mock/tail" }))
        return text.split("succeeded").length === 3
      },
    })
    expect(signal).toBe("SIGINT")
    const after = await made[0]
    const entries = parseLines(shown.replaceAll("\r", "").replaceAll("^C", ""))
    for (const id of [before, after])
      expect(entries.filter(({ job }) => job === id).map(({ event }) => event)).toEqual([
        "accepted",
        "started",
        "ended",
        "succeeded",
      ])
  })

  test.each([
    [["logs", "--state", "lost"], "state must be one of"],
    [["logs", "--limit", "101"], "--limit is at most 100"],
    [["logs", "01a1f8a3", "--state", "failed"], "either the id of a job or filters"],
    [["logs", "--json"], "--jsonl"],
    [["logs", "xyz"], "is no id of a job"],
    [["logs", "--folow"], "did you mean --follow?"],
    [["stats", "--by", "colour"], "by must be a list"],
    [["stats", "--since", "7d"], "stats --by day"],
    [["stats", "--by", "day", "--window", "24h"], "--since 7d"],
    [["stats", "--by", "day", "--since", "soon"], "90s, 5m"],
    [["top", "now"], "too many arguments"],
    [["ui", "--prnt"], "did you mean --print?"],
  ])("%j is refused, and told what to write", async (args, words) => {
    const { stdout, stderr, code } = await ag(args)
    expect({ stdout, code }).toEqual({ stdout: "", code: findCode("usage") })
    expect(stderr).toContain(words)
  })
})

test("logs -f tells each job once of more than the stream of changes names at a time", async () => {
  const own = await start()
  await own.end(await own.accept(chat()))
  const made: Promise<string>[] = []
  const { shown } = await runOnTerminal(own, ["logs", "-f", "--jsonl"], {
    isEnough(text) {
      if (text.includes("succeeded") && made.length === 0)
        made.push(...Array.from({ length: 300 }, () => own.accept(chat())))
      return text.split(`"event":"succeeded"`).length > 301
    },
  })
  const ids = await Promise.all(made)
  const ended = parseLines(shown.replaceAll("\r", "").replaceAll("^C", "")).filter(({ event }) => event === "succeeded")
  expect(ended.map(({ job }) => job).toSorted()).toEqual(expect.arrayContaining(ids.toSorted()))
  expect(ended).toHaveLength(301)
})

test.each(["of one job", "of all"])(
  "logs -f %s goes on when the gateway is killed and started again",
  async (which) => {
    const dir = tempDir()
    const first = await launch({ dir })
    const { port } = new URL(first.url)
    const id = await first.accept(chat({ mock: { latency_ms: 3000 } }))
    const restarts: Promise<Gateway>[] = []
    const args = which === "of all" ? ["--provider", "mock"] : [id]
    const { shown, code, signal } = await runOnTerminal(first, ["logs", "-f", ...args], {
      isEnough(text) {
        if (text.includes("started") && restarts.length === 0)
          restarts.push(first.stop("SIGKILL").then(() => launch({ dir, args: ["--port", port] })))
        return which === "of all" && text.includes("succeeded")
      },
    })
    const again = await restarts[0]
    afterTest(() => again?.dispose())
    expect(again?.url).toBe(first.url)
    expect(shown.split("accepted")).toHaveLength(2)
    expect(shown).toMatch(/attempt 1 interrupted[\s\S]*attempt 2 answered[\s\S]*succeeded/)
    expect([code, signal]).toEqual(which === "of all" ? [null, "SIGINT"] : [0, null])
  },
)

describe("with virtual keys", () => {
  let open: Gateway
  let mine: { ASYNCGATE_TOKEN: string }
  let other: { ASYNCGATE_TOKEN: string }
  let admin: { ASYNCGATE_TOKEN: string }
  let id: string
  beforeAll(async () => {
    const budgets = { day: { tokens: 1000, cost: 5 } }
    const keys = ["mine", "other"].map((name) => ({
      id: `vk-${name}`,
      name,
      value: `sk-bf-${name}-0123456789`,
      budgets,
    }))
    open = await launch({ config: { client: { enforce_auth_on_inference: true }, governance: { virtual_keys: keys } } })
    mine = { ASYNCGATE_TOKEN: "sk-bf-mine-0123456789" }
    other = { ASYNCGATE_TOKEN: "sk-bf-other-0123456789" }
    admin = { ASYNCGATE_TOKEN: await open.adminToken() }
    const headers = { "x-bf-vk": mine.ASYNCGATE_TOKEN }
    const done = await open.accept(chat(), headers)
    await (await open.poll(done, { ...headers, prefer: "wait=60" })).arrayBuffer()
    id = await open.accept(chat(slow), headers)
  })
  afterAll(() => open.dispose())

  test("logs tell of a caller's own jobs, and the admin whose each is", async () => {
    expect((await runClient(open, ["logs", id], { env: mine })).stdout).toContain("accepted")
    for (const args of [
      ["logs", id],
      ["logs", "-f", id],
    ])
      expect(await runClient(open, args, { env: other })).toMatchObject({ stdout: "", code: findCode("denied") })
    expect((await runClient(open, ["logs"], { env: other })).stdout).toBe("")
    expect((await runClient(open, ["logs", id], { env: admin })).stdout).toContain("for mine")
    expect((await runClient(open, ["logs", "-f"])).code).toBe(findCode("denied"))
  })

  test("top shows a caller's own queues and jobs, and the admin the whole gateway", async () => {
    expect((await runClient(open, ["top"], { env: mine })).stdout).toMatch(
      /1 running, of your own jobs[\s\S]*RUNNING[\s\S]*mock\/echo/,
    )
    const { stdout } = await runClient(open, ["top"], { env: other })
    expect(stdout).toContain("nothing runs")
    expect(stdout).not.toContain(id)
    expect((await runClient(open, ["top"], { env: admin })).stdout).toMatch(/accepted,[\s\S]*RUNNING/)
  })

  test("stats --by shows what was used and what is left of budgets: a caller its own, the admin all", async () => {
    const { stdout, code } = await runClient(open, ["stats", "--by", "owner,model"], { env: admin })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^OWNER +MODEL +CALLS +TOKENS IN/)
    expect(stdout).toMatch(/^mine +echo +\d+ +1 +9 /m)
    expect(stdout).toMatch(/^mine +day +10 of 1000 +0 of 5 US dollars/m)
    const { stdout: none } = await runClient(open, ["stats", "--by", "day", "--json"], { env: other })
    expect(JSON.parse(none)).toMatchObject({ object: "list", data: [] })
    expect((await runClient(open, ["stats", "--by", "day"])).code).toBe(findCode("denied"))
  })

  describe("ui", () => {
    /** A program of this name that notes what it was given, and goes where the file leads as a browser does. */
    function makeOpener(body: string) {
      const dir = tempDir()
      const path = join(dir, "xdg-open")
      const save = `const save = (seen) => { require("node:fs").writeFileSync("${dir}/draft", JSON.stringify(seen)); require("node:fs").renameSync("${dir}/draft", "${dir}/seen.json") }`
      writeFileSync(path, `#!${process.execPath}\n${save}\n${body}`)
      chmodSync(path, 0o755)
      const seen = join(dir, "seen.json")
      return {
        seen,
        env: { PATH: dir, DISPLAY: ":0", TMPDIR: dir },
        /** What it noted, which may be after the command has ended. */
        async read() {
          await onChange(dir, () => existsSync(seen))
          return JSON.parse(readFileSync(seen, "utf8"))
        },
        left: () => readdirSync(dir).filter((name) => name.endsWith(".html")),
      }
    }
    const goes = `
      const fs = require("node:fs")
      const [file] = process.argv.slice(2)
      const isFile = fs.existsSync(file)
      const page = isFile ? fs.readFileSync(file, "utf8") : ""
      const mode = isFile ? fs.statSync(file).mode & 0o777 : null
      const [, address] = /url=([^"]+)"/.exec(page) ?? []
      const answer = address ? await fetch(address, { redirect: "manual" }) : null
      const first = [answer?.status, answer?.headers.get("location")]
      save({ args: process.argv.slice(2), page, mode, first, token: process.env.ASYNCGATE_TOKEN ?? null })`

    test("signs in with the token, which is in no argument, in no file and not on the screen", async () => {
      for (const [env, name] of [
        [admin, "the admin"],
        [mine, "mine"],
      ] as const) {
        const opener = makeOpener(goes)
        const { stdout, stderr, code } = await runClient(open, ["ui"], { env: { ...opener.env, ...env } })
        expect({ stdout, stderr, code }).toEqual({
          stdout: `${open.url}/ui\n`,
          stderr: `signed in as ${name}\n`,
          code: 0,
        })
        const { args, page, mode, first, token } = await opener.read()
        expect(first).toEqual([302, `${open.url}/ui#token=${env.ASYNCGATE_TOKEN}`])
        expect(JSON.stringify([args, page, token])).not.toContain(env.ASYNCGATE_TOKEN)
        expect(mode).toBe(0o600)
        expect(opener.left()).toEqual([])
      }
    })

    test("sends on once: whoever comes later or does not know the way learns nothing", async () => {
      const opener = makeOpener(`
        const fs = require("node:fs")
        const [, address] = /url=([^"]+)"/.exec(fs.readFileSync(process.argv[2], "utf8"))
        const guess = await fetch(new URL("/", address), { redirect: "manual" })
        const both = await Promise.all([1, 2].map(() => fetch(address, { redirect: "manual" }).then((answer) => answer.status, () => 0)))
        save({ guess: [guess.status, guess.headers.get("location")], both })`)
      expect((await runClient(open, ["ui"], { env: { ...opener.env, ...admin } })).code).toBe(0)
      const { guess, both } = await opener.read()
      expect(guess).toEqual([404, null])
      expect(both.filter((status: number) => status === 302)).toHaveLength(1)
    })

    test("without a token opens the page, which asks for one", async () => {
      const opener = makeOpener(goes)
      const { stdout, stderr, code } = await runClient(open, ["ui"], { env: opener.env })
      expect({ stdout, code }).toEqual({ stdout: `${open.url}/ui\n`, code: 0 })
      expect(stderr).toContain("asyncgate admin-token rotate")
      expect((await opener.read()).args).toEqual([`${open.url}/ui`])
    })

    test("where no browser can be opened says the address and leaves nothing", async () => {
      const broken = makeOpener("process.exit(3)")
      for (const env of [admin, {}]) {
        const { stdout, stderr, code } = await runClient(open, ["ui"], { env: { ...broken.env, ...env } })
        expect({ stdout, code }).toEqual({ stdout: `${open.url}/ui\n`, code: findCode("failed") })
        expect(stderr).toContain("xdg-open opened no browser (it ended with 3)")
        expect(stderr).not.toContain("token=")
      }
      expect(broken.left()).toEqual([])
      const absent = { PATH: tempDir(), DISPLAY: ":0" }
      const { stderr, code } = await runClient(open, ["ui"], { env: { ...absent, ...admin } })
      expect({ code }).toEqual({ code: findCode("failed") })
      expect(stderr).toContain("xdg-open cannot be run")
    })

    test("with --print, without a display and in CI only prints", async () => {
      const opener = makeOpener(goes)
      const { DISPLAY: _, ...blind } = opener.env
      const ways = [
        ["ui", "--print", opener.env],
        ["ui", "--json", blind],
        ["ui", "--json", { ...opener.env, CI: "1" }],
      ] as const
      for (const [word, flag, env] of ways) {
        const { stdout, code } = await runClient(open, [word, flag], { env: { ...env, ...admin } })
        expect(code).toBe(0)
        expect(stdout).toContain(`${open.url}/ui`)
        expect(stdout).not.toContain(admin.ASYNCGATE_TOKEN)
      }
      expect(existsSync(opener.seen)).toBe(false)
    })

    test("refuses a token that the gateway does not know, and a gateway without a dashboard", async () => {
      const unknown = await runClient(open, ["ui", "--print"], { env: { ASYNCGATE_TOKEN: "sk-bf-unknown" } })
      expect(unknown).toMatchObject({ stdout: "", code: findCode("denied") })
      const bare = await start({ config: { ui: { enabled: false } } })
      const { stdout, stderr, code } = await runClient(bare, ["ui", "--print"])
      expect({ stdout, code }).toEqual({ stdout: "", code: findCode("failed") })
      expect(stderr).toContain("ui.enabled is false")
    })
  })
})

/** Runs top on a terminal of this size. @param onShown called with all that was shown, and the means to act */
async function runTop(
  at: Gateway,
  onShown: (
    shown: string,
    act: { type(keys: string): void; resize(columns: number, rows: number): void; kill(signal: NodeJS.Signals): void },
  ) => void,
  { columns = 80, rows = 24, env = {} }: { columns?: number; rows?: number; env?: Record<string, string> } = {},
) {
  let shown = ""
  let hasTyped = false
  const child = Bun.spawn([...program, "top"], {
    env: { ...plainEnv(), APP_DIR: at.dir, TERM: "xterm", ...env },
    terminal: {
      cols: columns,
      rows,
      data(terminal, data) {
        shown += new TextDecoder().decode(data)
        onShown(shown, {
          type(keys) {
            // Once: what comes after the end would be shown by the terminal itself.
            if (!hasTyped) terminal.write(keys)
            hasTyped = true
          },
          resize: (width, height) => void terminal.resize(width, height),
          kill: (signal) => child.kill(signal),
        })
      },
    },
  })
  const code = await child.exited
  return { shown, code: child.signalCode === null ? code : null, signal: child.signalCode }
}

/** The screens that were drawn, as their lines. */
function readScreens(shown: string): string[][] {
  const within = shown.slice(shown.indexOf(ENTER) + ENTER.length, shown.indexOf(LEAVE))
  return within
    .split("\u001b[H")
    .slice(1)
    .map((screen) => screen.replaceAll("\u001b[K", "").replaceAll("\u001b[J", "").split(/\r+\n/))
}

describe("top", () => {
  let id: string
  beforeAll(async () => {
    id = await make({ ...slow, model: "mock/long" })
  })

  test("without a terminal, with TERM=dumb and in CI shows everything once and ends", async () => {
    const { stdout, stderr, code } = await ag(["top"])
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 })
    expect(stdout).toContain(`asyncgate ${gateway.facts.version} at ${gateway.url}`)
    for (const words of [
      /\d+ queued.*1 running/,
      /last 10 s: [\d.]+\/s accepted/,
      /QUEUE[\s\S]*mock\/long/,
      new RegExp(`RUNNING[\\s\\S]*${id}`),
    ])
      expect(stdout).toMatch(words)
    for (const env of [{ TERM: "dumb" }, { CI: "1" }] as Record<string, string>[]) {
      const { shown, code } = await runTop(gateway, () => {}, { env: { NO_COLOR: "1", ...env } })
      expect({ code }).toEqual({ code: 0 })
      expect(shown).toContain("last 10 s")
      expect(shown).not.toContain("\u001b")
    }
    const json = JSON.parse((await ag(["top", "--json"])).stdout)
    expect(json).toMatchObject({
      object: "top",
      stats: { object: "stats" },
      queues: { object: "list" },
      running: [{ id }],
    })
  })

  test("draws until q, and gives the terminal back", async () => {
    const { shown, code } = await runTop(gateway, (text, { type }) => {
      if (readScreens(`${text}${LEAVE}`).length >= 3) type("q")
    })
    expect(code).toBe(0)
    expect(shown.startsWith(ENTER)).toBe(true)
    expect(shown.endsWith(LEAVE)).toBe(true)
    for (const lines of readScreens(shown)) {
      expect(lines.at(-1)).toBe("q ends this")
      expect(lines.length).toBeLessThanOrEqual(24)
      for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80)
      expect(lines.join("\n")).toContain("mock/long")
    }
  })

  test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
    "ended by %s gives the terminal back, and ends by it",
    async (name) => {
      const { shown, signal } = await runTop(gateway, (text, { type, kill }) => {
        if (!text.includes("q ends this")) return
        // As Ctrl-C does.
        if (name === "SIGINT") type("\u0003")
        else kill(name)
      })
      expect(signal).toBe(name)
      expect(shown.endsWith(LEAVE)).toBe(true)
    },
  )

  test("fits a small terminal, and follows when its size changes", async () => {
    let isResized = false
    const { shown } = await runTop(
      gateway,
      (text, { type, resize }) => {
        const screens = readScreens(`${text}${LEAVE}`)
        if (screens.length >= 1 && !isResized) {
          isResized = true
          resize(30, 3)
        }
        if (screens.some((lines) => lines.length === 3)) type("q")
      },
      { columns: 40, rows: 8 },
    )
    const [first = []] = readScreens(shown)
    const last = readScreens(shown).at(-1) ?? []
    expect(first.length).toBeLessThanOrEqual(8)
    for (const line of first) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(40)
    expect(last).toHaveLength(3)
    for (const line of last) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(30)
  })

  test("that is not allowed any more gives the terminal back before it says so", async () => {
    const own = await start()
    const made: Promise<unknown>[] = []
    const { shown, code } = await runTop(own, (text) => {
      if (text.includes("q ends this") && made.length === 0)
        made.push(run(["vk", "create", "first", "--app-dir", own.dir]))
    })
    await made[0]
    expect(code).toBe(findCode("denied"))
    expect(shown.slice(shown.lastIndexOf(LEAVE))).toContain("asyncgate top: ")
  })

  test("shows names of others without what a terminal would obey", async () => {
    const hostile = await make({ ...slow, model: "mock/\u001b]0;owned\u0007" })
    const { stdout } = await ag(["top"])
    expect(stdout).toContain("\\u001b]0;owned\\u0007")
    expect(stdout).not.toContain("\u001b")
    await ag(["cancel", hostile])
  })
})

test("vk ls and vk rm are vk list and vk revoke", async () => {
  const dir = tempDir()
  await run(["vk", "create", "laptop", "--app-dir", dir])
  expect((await run(["vk", "ls", "--app-dir", dir])).stdout).toBe((await run(["vk", "list", "--app-dir", dir])).stdout)
  expect(await run(["vk", "rm", "laptop", "--app-dir", dir])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("is revoked"),
  })
  expect((await run(["vk", "rm", "--app-dir", dir])).stderr).toContain("vk revoke needs a name")
})
