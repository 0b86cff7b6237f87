// Completion in real shells, each on a terminal of its own: what is offered, and that nothing on the line is evaluated.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Shell, scripts, shells } from "../../src/cli/completionscripts.ts"
import { findCode } from "../../src/cli/exitcodes.ts"
import { afterTest, newDir, removeDir, tempDir } from "../cleanup.ts"
import { runClient } from "../commands.ts"
import { chat, type Gateway, launch, plainEnv, program } from "../harness.ts"

const present = shells.filter((shell) => Bun.which(shell) !== null)
for (const shell of shells)
  if (!present.includes(shell)) process.stderr.write(`${shell} is absent: its completion is not tried\n`)

let gateway: Gateway
let id: string
/** Where `asyncgate` is found. */
let bin: string

beforeAll(async () => {
  gateway = await launch()
  id = await gateway.accept(chat({ model: "mock/named" }))
  await gateway.end(id)
  // What others have chosen.
  await gateway.end(await gateway.accept(chat({ model: "mock/\u001b]0;owned\u0007\t$(touch owned)\n`touch owned`" })))
  bin = newDir()
  const words = program.map((word) => `'${word}'`).join(" ")
  // What a line has become is seen when it is sent off.
  writeFileSync(
    join(bin, "asyncgate"),
    `#!/bin/sh
case $1 in
completion) exec ${words} "$@" ;;
__complete) printf '<%s>' "$@" >> "$HOME/asked"; exec ${words} "$@" ;;
esac
printf 'typed'; printf '<%s>' "$@"; echo
`,
  )
  chmodSync(join(bin, "asyncgate"), 0o755)
})
afterAll(async () => {
  await gateway.dispose()
  removeDir(bin)
})

/** On a busy machine an answer takes longer than anybody would wait for it. */
const patient = { ASYNCGATE_COMPLETION_MS: "60000" }

/** What a shell would get at Tab. @param words those after `asyncgate`, the last one under the cursor */
async function ask(words: string[], env: Record<string, string> = {}, shell: string[] = ["fish"]): Promise<string[]> {
  const { stdout, stderr, code } = await runClient(gateway, ["__complete", ...shell, ...words], {
    env: { ...patient, ...env },
  })
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 })
  return stdout.split("\n").filter((line) => line !== "")
}

const values = (lines: string[]) => lines.map((line) => line.split("\t")[0] ?? "")

describe("what is offered", () => {
  test.each([
    [["su"], ["submit"]],
    [
      ["config", "s"],
      ["show", "schema"],
    ],
    [
      ["vk", ""],
      ["create", "list", "revoke"],
    ],
    [["help", "exit"], []],
    [
      ["ps", "--st"],
      ["--status", "--state"],
    ],
    [
      ["ps", "--status", "p"],
      ["pending", "processing"],
    ],
    [
      ["ps", "--status=p"],
      ["--status=pending", "--status=processing"],
    ],
    [
      ["rm", "--filter", "stat"],
      ["status=", "state="],
    ],
    [["rm", "--filter", "state=f"], ["state=failed"]],
    [["submit", "image_e"], ["image_edit"]],
    [["submit", "-m", "mock/ec"], ["mock/echo"]],
    [["ps", "--provider", "moc"], ["mock"]],
    [["completion", "z"], ["zsh"]],
    [["completion", "zsh", ""], ["install"]],
    [["--log-l"], ["--log-level"]],
    [["submit", "--body", ""], [":files"]],
    [["submit", "--file=a"], [":files"]],
    [["submit", "-o", ""], [":files"]],
    [["submit", "--", "--st"], []],
    [["wait", "--timeout", ""], []],
    [["nothing", ""], []],
  ])("after %j is %j", async (words, wanted) => {
    expect(values(await ask(words))).toEqual(wanted)
  })

  test("are all commands, and flags that are not on the line yet with what they do", async () => {
    expect(values(await ask([""]))).toContain("admin-token")
    const flags = await ask(["ps", "--json", "--j"])
    expect(values(flags)).toEqual(["--jsonl"])
    expect(flags[0]).toBe("--jsonl\tprint one JSON object a line")
    expect(values(await ask(["rm", "--filter", "state=failed", "--fil"]))).toEqual(["--filter"])
  })

  test("are ids of jobs with how they are; of cancel those that have not ended", async () => {
    expect(await ask(["get", id.slice(0, 30)])).toContain(`${id}\tcompleted mock/named`)
    const open = await gateway.accept(chat({ mock: { latency_ms: 600_000 } }))
    expect(values(await ask(["cancel", ""]))).toEqual([open])
    expect(values(await ask(["retry", ""]))).not.toContain(open)
    await gateway.fetch(`/v1/async/jobs/${open}/cancel`, { method: "POST" })
  })

  test("has no character that a shell or a terminal would obey, whoever chose it", async () => {
    for (const words of [
      ["get", ""],
      ["submit", "-m", ""],
      ["ps", "--model", ""],
    ]) {
      const lines = await ask(words)
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines) expect(line).toMatch(/^[\w./@,=:+-]+(\t[^\p{Cc}]*)?$/u)
    }
  })

  test("is nothing where no gateway answers in time, and never of an address on the line", async () => {
    let asked = 0
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        asked++
        return new Promise<Response>(() => {})
      },
    })
    afterTest(() => server.stop(true))
    const url = `http://127.0.0.1:${server.port}`
    expect(await ask(["get", ""], { ASYNCGATE_URL: url, ASYNCGATE_COMPLETION_MS: "300" })).toEqual([])
    expect(asked).toBeLessThanOrEqual(1)
    asked = 0
    await ask(["get", "--url", url, ""], { ASYNCGATE_TOKEN: "sk-bf-secret" })
    expect(asked).toBe(0)
    expect(await ask(["get", ""], { APP_DIR: join(bin, "none") })).toEqual([])
    expect(existsSync(join(bin, "none"))).toBe(false)
  })

  test("for bash is what is behind the last = or :, with descriptions only in lists that are shown", async () => {
    const bash = (type: string, words: string[]) => ask(words, {}, ["bash", type])
    expect(await bash("9", ["ps", "--status", "=", "p"])).toEqual(["pending", "processing"])
    expect(await bash("9", ["ps", "--status", "="])).toContain("pending")
    expect(await bash("9", ["rm", "--filter", "state", "=", "f"])).toEqual(["failed"])
    expect(await bash("9", ["ps", "--wait", "=", ""])).not.toContain("pending")
    expect(await bash("9", ["get", id.slice(0, 30)])).toContain(id)
    expect(await bash("63", ["get", id.slice(0, 30)])).toContain(`${id}  (completed mock/named)`)
    expect(await bash("9", ["ps", "--status", '"comp'])).toEqual(["completed"])
  })
})

/** A key after which the line is empty, and this is shown: what was typed before has been dealt with. */
const GIVE_UP = "\u0018q"
const GIVEN_UP = "given-up-42"

/** How each is started without the files of this machine, and how it takes the script and the key. */
const starts: Record<Shell, { args: string[]; prepare: string }> = {
  bash: {
    args: ["--norc", "--noprofile", "-i"],
    prepare: `eval "$(asyncgate completion bash)"; bind -x '"\\C-xq": READLINE_LINE=; echo given-up-$((40+2))'`,
  },
  zsh: {
    args: ["-f", "-i"],
    prepare: `eval "$(asyncgate completion zsh)"; bindkey "^I" complete-word; give-up() { BUFFER=; zle -M given-up-$((40+2)) }; zle -N give-up; bindkey "^Xq" give-up`,
  },
  fish: {
    args: ["--no-config", "-i"],
    prepare: `asyncgate completion fish | source; bind \\cxq 'commandline ""; echo given-up-(math 40+2)'`,
  },
}

interface Session {
  /** Types it, and returns what is shown from then on, once it holds `words`. */
  type(text: string, words: string | RegExp): Promise<string>
  home: string
}

/** A shell on a terminal, with the completion loaded. */
async function openShell(shell: Shell): Promise<Session> {
  const home = mkdtempSync(join(tempDir(), "home-"))
  let shown = ""
  let look = () => {}
  const child = Bun.spawn([shell, ...starts[shell].args], {
    cwd: home,
    env: {
      ...plainEnv(),
      HOME: home,
      // Where zsh keeps what it has found of completions: finding it takes longest.
      ZDOTDIR: bin,
      XDG_CONFIG_HOME: home,
      XDG_DATA_HOME: home,
      APP_DIR: gateway.dir,
      ...patient,
      PATH: `${bin}:${process.env["PATH"]}`,
      TERM: "xterm",
      PS1: "> ",
    },
    terminal: {
      cols: 200,
      rows: 50,
      data(terminal, data) {
        const text = new TextDecoder().decode(data)
        // fish asks its terminal what it is, and waits for the answer.
        if (text.includes("\u001b[0c") || text.includes("\u001b[c")) terminal.write("\u001b[?62;c")
        shown += text
        look()
      },
    },
  })
  afterTest(() => {
    child.kill("SIGKILL")
    return child.exited
  })
  const session: Session = {
    home,
    type(text, words) {
      shown = ""
      return new Promise((resolve) => {
        look = () => {
          const isThere = typeof words === "string" ? shown.includes(words) : words.test(shown)
          if (isThere) resolve(shown)
        }
        child.terminal?.write(text)
      })
    },
  }
  await session.type(`${starts[shell].prepare}\r${GIVE_UP}`, GIVEN_UP)
  return session
}

describe.each(present)("in %s", (shell) => {
  test("Tab completes a command, a flag, a choice and an id, and shows what there is", async () => {
    const { type } = await openShell(shell)
    await type("asyncgate subm\t\r", "typed<submit>")
    await type("asyncgate config che\t\r", "typed<config><check>")
    await type("asyncgate ps --prov\t\r", "typed<ps><--provider>")
    await type("asyncgate ps --status comp\t\r", "typed<ps><--status><completed>")
    await type("asyncgate ps --status=comp\t\r", "typed<ps><--status=completed>")
    await type("asyncgate rm --filter stat\te=f\t\r", "typed<rm><--filter><state=failed>")
    await type(`asyncgate get ${id.slice(0, 34)}\t\r`, `typed<get><${id}>`)
    const shown = await type(`asyncgate ps --st\t\t\t${GIVE_UP}`, GIVEN_UP)
    for (const text of ["--state", "--status", "pending, processing", "queued, running"]) expect(shown).toContain(text)
    expect(await type(`asyncgate get \t\t\t${GIVE_UP}`, GIVEN_UP)).toContain("completed mock/named")
  })

  test("Tab completes the name of a file where one is taken, and not elsewhere", async () => {
    const { type, home } = await openShell(shell)
    writeFileSync(join(home, "request-of-mine.json"), "{}")
    await type("asyncgate submit --body request-of\t\r", "typed<submit><--body><request-of-mine.json>")
    await type("asyncgate ps --status request-of\t\r", "typed<ps><--status><request-of>")
  })

  test("nothing on the line is evaluated at Tab, wherever it stands", async () => {
    const { type, home } = await openShell(shell)
    const hostile = [
      "asyncgate get $(touch made) \t\t",
      "asyncgate get `touch made` \t\t",
      'asyncgate get "$(touch made)" \t\t',
      "asyncgate get ; touch made \t\t",
      "asyncgate get '$(touch made)' --st\t\t",
      "asyncgate ps --model $(touch made) --st\t\t",
      'asyncgate ps --status "$(touch made)\t\t',
      "asyncgate ps --status '`touch made`\t\t",
      "asyncgate ps --filter=x$(touch made)\t\t",
      "asyncgate get $'x\\ntouch made' \t\t",
      "asyncgate get 'a\rtouch made\r' \t\t",
      "asyncgate get --url=http://x/$(touch made) \t\t",
      "asyncgate get a\\;touch\\ made \t\t",
      "asyncgate get <(touch made) \t\t",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell that must not read it
      "asyncgate get ${x:=$(touch made)} \t\t",
      "asyncgate get $((a[$(touch made)])) \t\t",
      'asyncgate rm --filter "x=$(touch made)" \t\t',
    ]
    for (const line of hostile) {
      await type(`${line}${GIVE_UP}`, GIVEN_UP)
      if (line.includes("\r")) await type(`'\r${GIVE_UP}`, GIVEN_UP)
      expect({ line, made: existsSync(join(home, "made")) }).toEqual({ line, made: false })
    }
    // It was asked with such words, each as it stood there.
    const asked = readFileSync(join(home, "asked"), "utf8")
    for (const word of ["<$(touch made)>", "<--model>", "<--st>"]) expect(asked).toContain(word)
  })

  test("what others have chosen changes neither the line nor the terminal", async () => {
    const { type, home } = await openShell(shell)
    const shown = await type(`asyncgate get \t\t\t${GIVE_UP}`, GIVEN_UP)
    expect(shown).not.toContain("\u001b]0;owned")
    await type(`asyncgate submit -m mock/\t\t${GIVE_UP}`, GIVEN_UP)
    expect(existsSync(join(home, "owned"))).toBe(false)
  })
})

describe("the command completion", () => {
  test.each(shells)(
    "%s writes the script where the shell looks, says where, and with --dry-run only says so",
    async (shell) => {
      const home = tempDir()
      const env = { HOME: home, XDG_DATA_HOME: "", XDG_CONFIG_HOME: "", BASH_COMPLETION_USER_DIR: "" }
      const dry = await runClient(null, ["completion", shell, "install", "--dry-run"], { env })
      const path = dry.stdout.trim()
      expect(path.startsWith(home)).toBe(true)
      expect(existsSync(path)).toBe(false)
      for (const _ of [1, 2]) {
        const { stdout, code } = await runClient(null, ["completion", shell, "install"], { env })
        expect({ stdout, code }).toEqual({ stdout: dry.stdout, code: 0 })
        expect(readFileSync(path, "utf8")).toBe(scripts[shell])
      }
      writeFileSync(path, "# of somebody else\n")
      const refused = await runClient(null, ["completion", shell, "install"], { env })
      expect(refused).toMatchObject({ stdout: "", code: 1, stderr: expect.stringContaining("move it away") })
      expect(readFileSync(path, "utf8")).toBe("# of somebody else\n")
    },
  )

  test.each([
    [["completion", "tcsh"], "bash, zsh, fish"],
    [["completion", "bash", "remove"], "completion bash install"],
    [["completion"], "completion bash|zsh|fish"],
  ])("refuses %j and says what to write", async (args, words) => {
    const { stdout, stderr, code } = await runClient(null, args)
    expect({ stdout, code }).toEqual({ stdout: "", code: findCode("usage") })
    expect(stderr).toContain(words)
  })
})
