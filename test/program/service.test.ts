// The gateway as a service: what is written for each system is read back by that system's own rules, and the commands are run in order.
import { describe, expect, test } from "bun:test"
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findCode } from "../../src/cli/exitcodes.ts"
import { isOfProgram, type Start, writePropertyList, writeTask, writeUnit } from "../../src/cli/servicefiles.ts"
import { findManager } from "../../src/cli/servicemanager.ts"
import { tempDir } from "../cleanup.ts"
import { type Ran, runClient } from "../commands.ts"
import { program, start } from "../harness.ts"

// biome-ignore lint/suspicious/noTemplateCurlyInString: systemd would replace it
const hostile = "/a b/$HOME ${X} $$ %h %% \"q\" 'x' \\n \\ ; # & <b> ü/data"

function makeStart(over: Partial<Start> = {}): Start {
  return {
    command: ["/opt/asyncgate", "serve", "--app-dir", hostile, "--port", "9000"],
    ...{ stopWithinS: 40, environmentFile: "/a b/%h/service.env", logFile: "/a b/&/asyncgate.log" },
    ...over,
  }
}

describe("a unit of systemd", () => {
  const SYSTEMD = "/lib/systemd/systemd"
  const isRoot = process.getuid?.() === 0
  const noSystemd = !existsSync(SYSTEMD)
    ? `there is no ${SYSTEMD}`
    : Bun.which("systemd-analyze") === null || (isRoot && Bun.which("su") === null)
      ? "there is no systemd-analyze or no su"
      : null
  if (noSystemd !== null) process.stderr.write(`skipped, what needs systemd: ${noSystemd}\n`)

  /** What systemd makes of the command: its words, as it prints them for a shell. */
  function readCommand(unit: string): string[] {
    const dir = tempDir()
    mkdirSync(join(dir, "run"), { mode: 0o777 })
    for (const path of [dir, join(dir, "run")]) chmodSync(path, 0o777)
    writeFileSync(join(dir, "asyncgate.service"), unit)
    const dump = `umask 077; mkdir ${dir}/run/own; XDG_RUNTIME_DIR=${dir}/run/own HOME=${dir}/run SYSTEMD_UNIT_PATH=${dir}: exec ${SYSTEMD} --user --test --unit=asyncgate.service --log-target=console`
    const ran = Bun.spawnSync(isRoot ? ["su", "nobody", "-s", "/bin/sh", "-c", dump] : ["sh", "-c", dump])
    const text = ran.stdout.toString() + ran.stderr.toString()
    const own = text.slice(text.indexOf("Unit asyncgate.service:"))
    const [, line = ""] = /-> ExecStart:\s+Command Line: (.*)/.exec(own) ?? []
    const words = Bun.spawnSync(["sh", "-c", `printf '%s\\0' ${line}`]).stdout.toString()
    return words.split("\0").slice(0, -1)
  }

  test.skipIf(noSystemd !== null)("is read by systemd as what was meant, whatever stands in a path", () => {
    const start = makeStart({ command: ["/opt/a b$HOME%h ü/asyncgate", "serve", "--app-dir", hostile] })
    const [first, ...words] = readCommand(writeUnit(start))
    expect(first).toBe("/opt/a b$HOME%h ü/asyncgate")
    // It replaces variables later, and $$ by $.
    expect(words.map((word) => word.replaceAll("$$", "$"))).toEqual(start.command.slice(1))
    for (const word of words) expect(word.replaceAll("$$", "")).not.toContain("$")
  })

  test.skipIf(noSystemd !== null)("has no mistake that systemd finds", () => {
    const dir = tempDir()
    const unit = join(dir, "asyncgate.service")
    const verify = (text: string) => {
      writeFileSync(unit, text)
      const ran = Bun.spawnSync(["systemd-analyze", "--user", "verify", unit], {
        env: { ...process.env, XDG_RUNTIME_DIR: dir },
      })
      return ran.stdout.toString() + ran.stderr.toString()
    }
    const text = writeUnit(makeStart({ command: [process.execPath, "serve", hostile] }))
    expect(verify(text)).toBe("")
    // It tells mistakes, and still ends with 0.
    expect(verify(text.replace("Restart=on-failure", "Restart=on-fallure"))).toContain("on-fallure")
  })

  test("starts again after failures, but not after those that a start does not mend, and is not killed in its grace", () => {
    const unit = writeUnit(makeStart())
    for (const line of [
      ...["Type=exec", "Restart=on-failure", "RestartPreventExitStatus=2 3 4 5", "TimeoutStopSec=40"],
      ...["MemoryDenyWriteExecute=no", "StandardOutput=null", "EnvironmentFile=-/a b/%%h/service.env"],
    ])
      expect(unit.split("\n")).toContain(line)
  })

  test("is refused for a program that systemd would not start", () => {
    for (const path of ['/a"b/asyncgate', "/a'b/asyncgate", "/a\\b/asyncgate"])
      expect(() => writeUnit(makeStart({ command: [path] }))).toThrow("move")
  })
})

describe("a property list of launchd", () => {
  test.skipIf(Bun.which("python3") === null)("is read by a reader of property lists as what was meant", () => {
    const code = "import plistlib,sys,json; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))"
    const text = writePropertyList(makeStart(), "asyncgate")
    const { stdout } = Bun.spawnSync(["python3", "-c", code], { stdin: Buffer.from(text) })
    expect(JSON.parse(stdout.toString())).toEqual({
      Label: "asyncgate",
      ProgramArguments: makeStart().command,
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 30,
      ExitTimeOut: 40,
      Umask: 0o77,
      StandardOutPath: "/dev/null",
      StandardErrorPath: "/a b/&/asyncgate.log",
    })
  })
})

describe("a task of Windows", () => {
  const command = ["C:\\Program Files\\a & b\\asyncgate.exe", "serve", "--app-dir", "D:\\data\\"]
  const logFile = "C:\\logs ü\\service.log"

  test.skipIf(Bun.which("python3") === null)("is XML with the line that cmd takes", () => {
    const code =
      "import sys,json,xml.dom.minidom as m; d=m.parseString(sys.stdin.buffer.read()); print(json.dumps([[e.firstChild.data for e in d.getElementsByTagName(n)] for n in ('Command','Arguments','UserId','ExecutionTimeLimit')]))"
    const text = writeTask(makeStart({ command, logFile }), "HOME\\<u>")
    const stdin = Buffer.from(`\uFEFF${text}`, "utf16le")
    const { stdout, stderr } = Bun.spawnSync(["python3", "-c", code], { stdin })
    expect(stderr.toString()).toBe("")
    const line =
      '/d /s /c ""C:\\Program Files\\a & b\\asyncgate.exe" "serve" "--app-dir" "D:\\data\\\\" >nul 2>>"C:\\logs ü\\service.log""'
    expect(JSON.parse(stdout.toString())).toEqual([["cmd.exe"], [line], ["HOME\\<u>", "HOME\\<u>"], ["PT0S"]])
  })

  test("is refused for a path in which Windows would replace a part", () => {
    expect(() => writeTask(makeStart({ command: ["C:\\%TEMP%\\asyncgate.exe"] }), "u")).toThrow("without %")
  })
})

test.each([
  ["linux", "/home/u/.config/systemd/user/asyncgate.service", "systemctl --user restart asyncgate.service"],
  ["darwin", "/home/u/Library/LaunchAgents/asyncgate.plist", "launchctl kickstart -k gui/501/asyncgate"],
  ["win32", "C:\\l\\asyncgate\\service.xml", "schtasks /End /TN asyncgate; schtasks /Run /TN asyncgate"],
] as const)("the manager of %s has its file, and its command to start anew", (platform, file, restart) => {
  const env = { LOCALAPPDATA: "C:\\l", USERNAME: "u" }
  const manager = findManager({ platform, home: "/home/u", uid: 501, env })
  expect(manager?.file).toBe(file)
  expect(manager?.restart.map((words) => words.join(" ")).join("; ")).toBe(restart)
  expect(manager?.describe(makeStart({ command: ["/p"], logFile: "/l" }))).toContain("asyncgate service install")
})

test.each<[string, (start: Start) => string]>([
  ["systemd", writeUnit],
  ["launchd", (start) => writePropertyList(start, "asyncgate")],
  ["Windows", (start) => writeTask(start, "HOME\\me")],
])("what %s starts is found by its path, and by no other that begins or ends so", (_, write) => {
  const text = write(makeStart({ command: ["/opt/a&b/asyncgate", "serve", "--app-dir", "/opt/a&b/asyncgate.data"] }))
  const found = ["/opt/a&b/asyncgate", "/opt/a&b/asyncgate.d", "/opt/a&b", "b/asyncgate"].map((program) =>
    isOfProgram(text, program),
  )
  expect(found).toEqual([true, false, false, false])
})

test("a system without a manager that is known has none", () => {
  expect(findManager({ platform: "freebsd", home: "/home/u", uid: 1, env: {} })).toBe(null)
})

/** A systemctl that does what a file beside it says, and writes down how it was called. It knows no unit and starts nothing. */
const SYSTEMCTL = `#!/bin/sh
here=$(dirname "$0")
echo "systemctl $*" >> "$here/calls"
case "$*" in
*show-environment*) [ ! -e "$here/nobus" ] || { echo "Failed to connect to bus: No medium found" >&2; exit 1; } ;;
*is-failed*) [ -e "$here/gaveup" ] ;;
*restart*)
  [ ! -e "$here/refuses" ] || { echo "Unit asyncgate.service has a bad unit file setting." >&2; exit 1; }
  [ -e "$here/gaveup" ] || { mkdir -p "$APP_DIR"; echo $PPID > "$APP_DIR/asyncgate.pid"; echo http://127.0.0.1:9 > "$APP_DIR/asyncgate.url"; } ;;
*status*) [ ! -e "$here/stopped" ] || { echo "inactive (dead)"; exit 3; }; echo "active (running)" ;;
esac
`

/** A user with a home directory and that systemctl. */
function makeUser() {
  const home = tempDir()
  const bin = join(home, "bin")
  const appDir = join(home, "data dir")
  mkdirSync(bin)
  writeFileSync(join(bin, "systemctl"), SYSTEMCTL, { mode: 0o755 })
  writeFileSync(join(bin, "journalctl"), '#!/bin/sh\necho "journalctl $*"\n', { mode: 0o755 })
  const unit = join(home, ".config/systemd/user/asyncgate.service")
  const env = { HOME: home, PATH: `${bin}:/usr/bin:/bin`, APP_DIR: appDir }
  return {
    ...{ home, appDir, unit, bin, env },
    service: (...args: string[]): Promise<Ran> => runClient(null, ["service", ...args], { env }),
    /** Lets systemctl behave so from now on. */
    set: (word: "nobus" | "gaveup" | "refuses" | "stopped") => writeFileSync(join(bin, word), ""),
    calls: () => (existsSync(join(bin, "calls")) ? readFileSync(join(bin, "calls"), "utf8").trim().split("\n") : []),
    readUnit: () => readFileSync(unit, "utf8"),
  }
}

describe.skipIf(process.platform !== "linux")("service", () => {
  test("install writes the unit, starts it, and says where it runs and how it stays", async () => {
    const { service, calls, readUnit, appDir, unit } = makeUser()
    const ran = await service("install", "--port", "9000", "--host", "localhost")
    expect({ code: ran.code }).toEqual({ code: 0 })
    expect(ran.stdout).toContain(`written: ${unit}\n`)
    for (const words of ["http://127.0.0.1:9", "loginctl enable-linger", "service.env"])
      expect(ran.stderr).toContain(words)
    expect(readUnit()).toContain(`"serve" "--app-dir" "${appDir}" "--port" "9000" "--host" "localhost"\n`)
    for (const word of program) expect(readUnit()).toContain(`"${word}"`)
    const commands = ["daemon-reload", "enable asyncgate.service", "restart asyncgate.service"]
    expect(calls()).toEqual(["show-environment", ...commands].map((words) => `systemctl --user ${words}`))
    for (const words of commands) expect(ran.stdout).toContain(`run: systemctl --user ${words}`)
  })

  test("install --dry-run shows the same and does nothing; --json is one object", async () => {
    const { service, calls, unit, appDir } = makeUser()
    const dry = await service("install", "--dry-run")
    expect(dry).toMatchObject({ code: 0, stderr: "" })
    expect(dry.stdout).toContain("would be run: systemctl")
    const json = JSON.parse((await service("install", "--dry-run", "--json")).stdout)
    expect(json).toMatchObject({ manager: "systemd", file: unit, is_done: false, url: null })
    expect(dry.stdout).toContain(json.text)
    expect([calls(), existsSync(unit), existsSync(appDir)]).toEqual([[], false, false])
    const done = JSON.parse((await service("install", "--json")).stdout)
    expect(done).toMatchObject({ ...json, is_done: true, url: "http://127.0.0.1:9" })
  })

  test("install gives running calls the time of config.json, and refuses a configuration that would not start", async () => {
    const { service, readUnit, appDir, unit } = makeUser()
    mkdirSync(appDir)
    writeFileSync(join(appDir, "config.json"), '{"client":{"shutdown_grace_in_seconds":100}}')
    await service("install")
    expect(readUnit()).toContain("TimeoutStopSec=130\n")
    writeFileSync(join(appDir, "config.json"), '{"client":{"shutdown_grace_in_seconds":"long"}}')
    const wrong = [["install"], ["install", "--port", "many"], ["install", "--host", "0.0.0.0"]]
    for (const args of wrong)
      expect(await service(...args)).toMatchObject({
        code: findCode("usage"),
        stderr: expect.stringContaining("write"),
      })
    expect(existsSync(unit)).toBe(true)
  })

  test("install again writes the file anew, but not one that somebody else wrote", async () => {
    const { service, readUnit, unit } = makeUser()
    await service("install")
    expect((await service("install", "--port", "9001")).code).toBe(0)
    expect(readUnit()).toContain('"9001"')
    writeFileSync(unit, "[Service]\nExecStart=/usr/bin/true\n")
    expect(await service("install")).toMatchObject({ code: 1, stderr: expect.stringContaining("move it away") })
    expect(readUnit()).toContain("/usr/bin/true")
  })

  test("install leaves nothing where the service cannot be started", async () => {
    const { service, set, unit, calls } = makeUser()
    set("refuses")
    const ran = await service("install")
    expect(ran).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("bad unit file setting") })
    expect(existsSync(unit)).toBe(false)
    expect(calls().at(-1)).toBe("systemctl --user daemon-reload")
  })

  test("install says so where the service has given up, and where its log is", async () => {
    const { service, set } = makeUser()
    set("gaveup")
    expect(await service("install")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("asyncgate service logs"),
    })
  })

  test("install refuses a directory whose gateway runs already", async () => {
    const gateway = await start()
    const { service, calls } = makeUser()
    const ran = await service("install", "--app-dir", gateway.dir)
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(`at ${gateway.url}: stop it first`) })
    expect(calls()).toEqual([])
  })

  test("without systemd, or without a bus of the user, nothing is written and it is said what to do", async () => {
    const { service, set, unit } = makeUser()
    set("nobus")
    const ran = await service("install")
    expect(ran).toMatchObject({ code: 1, stdout: "" })
    for (const words of ["No medium found", "enable-linger", "XDG_RUNTIME_DIR"]) expect(ran.stderr).toContain(words)
    const none = { HOME: tempDir(), PATH: tempDir() }
    expect(await runClient(null, ["service", "install"], { env: none })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/there is no systemctl here.*--dry-run/),
    })
    expect([existsSync(unit), existsSync(join(none.HOME, ".config"))]).toEqual([false, false])
  })

  test("install refuses a program that npx or bunx keeps in a cache, and says so of a Bun", async () => {
    const { env } = makeUser()
    const cache = join(tempDir(), "_npx")
    mkdirSync(cache)
    const [file = "", ...words] = program
    copyFileSync(realpathSync(Bun.which(file) ?? file), join(cache, "kept"))
    const ran = Bun.spawnSync([join(cache, "kept"), ...words, "service", "install"], { env })
    expect(ran.stderr.toString()).toMatch(/lies in a cache that may be emptied: .*npm install -g /)
  })

  test("status tells whether it runs, and logs prints what the journal has", async () => {
    const { service, set, unit } = makeUser()
    await service("install")
    expect(await service("status")).toMatchObject({ code: 0, stdout: "active (running)\n" })
    const json = { manager: "systemd", file: unit, is_running: true, output: "active (running)" }
    expect(JSON.parse((await service("status", "--json")).stdout)).toEqual(json)
    expect((await service("logs", "--lines", "7", "-f")).stdout).toBe(
      "journalctl --user-unit=asyncgate.service --lines=7 --no-pager --follow\n",
    )
    expect((await service("logs", "--dry-run")).stdout).toContain("would be run: journalctl")
    set("stopped")
    const stopped = await service("status")
    expect(stopped).toMatchObject({ code: 1, stdout: "inactive (dead)\n" })
    expect(stopped.stderr).toContain("asyncgate service logs")
    expect((await service("logs", "--lines", "many")).code).toBe(findCode("usage"))
  })

  test("uninstall stops it and removes the file; jobs and configuration stay", async () => {
    const { service, unit, calls, appDir } = makeUser()
    await service("install")
    const dry = await service("uninstall", "--dry-run")
    expect(dry.stdout).toBe(
      `would be run: systemctl --user disable --now asyncgate.service\nwould be run: rm ${unit}\nwould be run: systemctl --user daemon-reload\n`,
    )
    expect(existsSync(unit)).toBe(true)
    expect(await service("uninstall")).toMatchObject({ code: 0, stderr: expect.stringContaining("stay") })
    expect([existsSync(unit), existsSync(appDir)]).toEqual([false, true])
    expect(calls().slice(-2)).toEqual([
      "systemctl --user disable --now asyncgate.service",
      "systemctl --user daemon-reload",
    ])
  })

  test.each(["uninstall", "status", "logs"])("%s without a service says how to make one", async (word) => {
    const { service } = makeUser()
    expect(await service(word)).toMatchObject({
      ...{ code: 1, stdout: "" },
      stderr: expect.stringContaining("asyncgate service install makes one"),
    })
  })

  test.each([[["install", "more"]], [["start"]], [[]], [["install", "--url", "http://127.0.0.1:1"]]])(
    "%j is used wrongly, and is told what there is",
    async (args) => {
      const ran = await makeUser().service(...args)
      expect(ran).toMatchObject({
        code: findCode("usage"),
        stdout: "",
        stderr: expect.stringContaining("service install"),
      })
    },
  )
})
