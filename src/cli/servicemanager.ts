// The manager of services of each system: where it keeps what describes a service, and the commands that it understands. Pure.
import { win32 } from "node:path"
import type { Env } from "../config/variables.ts"
import { type Start, writePropertyList, writeTask, writeUnit } from "./servicefiles.ts"

/** A program with its arguments. */
export type Words = readonly string[]

export interface Manager {
  name: "systemd" | "launchd" | "the task scheduler of Windows"
  /** The file that describes the service. */
  file: string
  encoding: "utf8" | "utf16le"
  /** Null: the manager keeps the log. */
  logFile: string | null
  /** @throws Error with a sentence: a path that this manager does not take */
  describe(start: Start): string
  /** Fails where the manager cannot be reached. */
  probe: Words
  /** What to do where it cannot. */
  remedy: string
  /** After the file is written; begins it anew where it runs already. */
  install: readonly Words[]
  /** Before the file is removed. */
  uninstall: readonly Words[]
  /** After it is removed. */
  forget: readonly Words[]
  restart: readonly Words[]
  /** Ends with 0 while the service runs. */
  status: Words
  /** Ends with 0 where the service has given up; null: the manager does not say. */
  isFailed: Words | null
  readLog(lines: number, isFollowed: boolean): Words
  /** What the user may want to know after the installation. */
  hint: string
}

interface System {
  platform: NodeJS.Platform
  home: string
  /** Null: the system has none. */
  uid: number | null
  env: Env
}

const LABEL = "asyncgate"
const UNIT = `${LABEL}.service`

/** Null: a system without a manager that this program knows. */
export function findManager(system: System): Manager | null {
  switch (system.platform) {
    case "linux":
      return describeSystemd(system)
    case "darwin":
      return describeLaunchd(system)
    case "win32":
      return describeTaskScheduler(system)
    default:
      return null
  }
}

function describeSystemd({ home, uid, env }: System): Manager {
  const systemctl = (...words: string[]) => ["systemctl", "--user", ...words]
  return {
    name: "systemd",
    file: `${env["XDG_CONFIG_HOME"] || `${home}/.config`}/systemd/user/${UNIT}`,
    encoding: "utf8",
    logFile: null,
    describe: writeUnit,
    probe: systemctl("show-environment"),
    remedy: `sign in as this user at the machine or over ssh, not with su or sudo; or run sudo loginctl enable-linger $(id -un), and set XDG_RUNTIME_DIR=/run/user/${uid}`,
    install: [systemctl("daemon-reload"), systemctl("enable", UNIT), systemctl("restart", UNIT)],
    uninstall: [systemctl("disable", "--now", UNIT)],
    forget: [systemctl("daemon-reload")],
    restart: [systemctl("restart", UNIT)],
    status: systemctl("--no-pager", "--full", "status", UNIT),
    isFailed: systemctl("is-failed", "--quiet", UNIT),
    readLog: (lines, isFollowed) => [
      ...["journalctl", `--user-unit=${UNIT}`, `--lines=${lines}`, "--no-pager"],
      ...(isFollowed ? ["--follow"] : []),
    ],
    hint: "it stops when you log out; to let it run from the start of the machine on: sudo loginctl enable-linger $(id -un)",
  }
}

function describeLaunchd({ home, uid }: System): Manager {
  const file = `${home}/Library/LaunchAgents/${LABEL}.plist`
  const logFile = `${home}/Library/Logs/${LABEL}.log`
  const domain = `gui/${uid}`
  return {
    name: "launchd",
    file,
    encoding: "utf8",
    logFile,
    describe: (start) => writePropertyList(start, LABEL),
    probe: ["launchctl", "print", domain],
    remedy: "sign in at the screen of this Mac: launchd starts agents of users only there",
    // What is not loaded cannot be booted out, and bootstrap refuses what is loaded.
    install: [
      ["sh", "-c", `launchctl bootout ${domain}/${LABEL} 2>/dev/null; exec launchctl bootstrap ${domain} "$0"`, file],
    ],
    uninstall: [["launchctl", "bootout", `${domain}/${LABEL}`]],
    forget: [],
    restart: [["launchctl", "kickstart", "-k", `${domain}/${LABEL}`]],
    status: ["launchctl", "print", `${domain}/${LABEL}`],
    isFailed: null,
    readLog: (lines, isFollowed) => ["tail", "-n", String(lines), ...(isFollowed ? ["-F"] : []), logFile],
    hint: `nothing shortens its log: ${logFile}`,
  }
}

function describeTaskScheduler({ home, env }: System): Manager {
  const directory = win32.join(env["LOCALAPPDATA"] || win32.join(home, "AppData", "Local"), LABEL)
  const file = win32.join(directory, "service.xml")
  const logFile = win32.join(directory, "service.log")
  const schtasks = (word: string, ...words: string[]) => ["schtasks", word, "/TN", LABEL, ...words]
  const user = [env["USERDOMAIN"], env["USERNAME"]].filter(Boolean).join("\\")
  return {
    name: "the task scheduler of Windows",
    file,
    encoding: "utf16le",
    logFile,
    describe: (start) => writeTask(start, user),
    probe: ["schtasks", "/Query", "/FO", "LIST"],
    remedy: "ask the administrator of this machine whether users may have scheduled tasks",
    install: [schtasks("/Create", "/XML", file, "/F"), schtasks("/Run")],
    uninstall: [schtasks("/End"), schtasks("/Delete", "/F")],
    forget: [],
    restart: [schtasks("/End"), schtasks("/Run")],
    status: schtasks("/Query", "/V", "/FO", "LIST"),
    isFailed: null,
    readLog: (lines, isFollowed) => [
      ...["powershell", "-NoProfile", "-Command"],
      `Get-Content -LiteralPath '${logFile.replaceAll("'", "''")}' -Tail ${lines}${isFollowed ? " -Wait" : ""}`,
    ],
    hint: `nothing shortens its log: ${logFile}`,
  }
}
