// How the gateway is written down for each system's manager of services: a systemd user unit, a launchd property list, a scheduled
// task of Windows. Pure.

/** What the manager starts, and how. No text may hold a control character. */
export interface Start {
  /** The program and its arguments. */
  command: readonly string[]
  /** Seconds that a stop may take until the manager kills the process. */
  stopWithinS: number
  /** Holds variables as NAME=value, one a line; it need not exist. Only systemd reads it. */
  environmentFile: string
  /** Where the log goes; systemd has its own. */
  logFile: string
}

const MARK = 'Written by "asyncgate service install"'

/** Whether the file was written by this program, and not by somebody else. */
export function isOurs(text: string): boolean {
  return text.includes(MARK)
}

/** Whether a file of ours starts this program, however its path is written there. */
export function isOfProgram(text: string, program: string): boolean {
  const written = [
    `"${escapeSpecifiers(program)}"`,
    `<string>${escapeXml(program)}</string>`,
    `"${escapeXml(program)}"`,
  ]
  return isOurs(text) && written.some((path) => text.includes(path))
}

/**
 * A unit of the user's own systemd, which needs no rights of an administrator.
 * @throws Error with a sentence: systemd takes no such path
 */
export function writeUnit({ command, stopWithinS, environmentFile }: Start): string {
  const [program = "", ...words] = command
  if (/["'\\]/.test(program))
    throw new Error(`systemd starts no program whose path has quotes or backslashes: move ${program} elsewhere`)
  return `# ${MARK}, which writes it anew. What should stay goes into: systemctl --user edit asyncgate
[Unit]
Description=asyncgate, a local AI gateway
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
Type=exec
ExecStart=${[escapeProgram(program), ...words.map(escapeWord)].join(" ")}
# Variables as keys of providers, NAME=value on each line. The file need not exist.
EnvironmentFile=-${escapeSpecifiers(environmentFile)}
Restart=on-failure
RestartSec=2
# Wrong configuration, a directory in use, a newer or a damaged database: starting again mends none of them.
RestartPreventExitStatus=2 3 4 5
# Running calls get their time first: client.shutdown_grace_in_seconds.
TimeoutStopSec=${stopWithinS}
# The banner can hold a new admin token, which belongs in no journal. The log is on standard error.
StandardOutput=null
StandardError=journal
UMask=0077
NoNewPrivileges=yes
# JavaScript is compiled while it runs.
MemoryDenyWriteExecute=no

[Install]
WantedBy=default.target
`
}

/** systemd replaces %h and its like in every value. */
function escapeSpecifiers(text: string): string {
  return text.replaceAll("%", "%%")
}

/** In the path of the program, $ is no variable; in arguments it is. */
function escapeProgram(path: string): string {
  return `"${escapeSpecifiers(path)}"`
}

function escapeWord(word: string): string {
  const quoted = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "$$$$")
  return `"${escapeSpecifiers(quoted)}"`
}

/** launchd cannot be told which exit codes are final, so that it waits between two starts. */
const THROTTLE_S = 30

/** An agent of the user's own launchd. */
export function writePropertyList({ command, stopWithinS, logFile }: Start, label: string): string {
  const text = (value: string) => `<string>${escapeXml(value)}</string>`
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${MARK}, which writes it anew. -->
<plist version="1.0">
<dict>
  <key>Label</key>${text(label)}
  <key>ProgramArguments</key>
  <array>
${command.map((word) => `    ${text(word)}\n`).join("")}  </array>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ThrottleInterval</key><integer>${THROTTLE_S}</integer>
  <key>ExitTimeOut</key><integer>${stopWithinS}</integer>
  <key>Umask</key><integer>63</integer>
  <key>StandardOutPath</key>${text("/dev/null")}
  <key>StandardErrorPath</key>${text(logFile)}
</dict>
</plist>
`
}

/**
 * A scheduled task that starts when the user logs on. `cmd` is between them because a task has no file for its output.
 * @param user as DOMAIN\name
 * @throws Error with a sentence: Windows would replace a part of such a path
 */
export function writeTask({ command, logFile }: Start, user: string): string {
  const strange = [...command, logFile].find((word) => /[%"]/.test(word))
  if (strange !== undefined)
    throw new Error(`Windows replaces what stands between percent signs: choose a path without % for ${strange}`)
  const line = `/d /s /c "${command.map(quoteForWindows).join(" ")} >nul 2>>${quoteForWindows(logFile)}"`
  return `<?xml version="1.0" encoding="UTF-16"?>
<!-- ${MARK}, which writes it anew. -->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>asyncgate, a local AI gateway</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled><UserId>${escapeXml(user)}</UserId></LogonTrigger></Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${escapeXml(user)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>10</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>cmd.exe</Command><Arguments>${escapeXml(line)}</Arguments></Exec>
  </Actions>
</Task>
`
}

/** A backslash in front of the closing quote would take its meaning. */
function quoteForWindows(word: string): string {
  return `"${word.replace(/\\+$/, "$&$&")}"`
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}
