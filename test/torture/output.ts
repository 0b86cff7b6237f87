// Whoever reads the gateway's output goes away, stops reading, or has no space for it: service goes on, and nothing is lost.
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from "node:fs"
import { join } from "node:path"
import { freePort, type Launch } from "./process.ts"
import type { Section } from "./report.ts"
import { openRoom } from "./room.ts"
import { openSite, type Run } from "./site.ts"

const CALM_MS = 700
/** With broken output so many more jobs are accepted, most of which end and would be logged, within this time. */
const MORE = 80
const TROUBLE_MS_MAX = 10_000
const ROOM_MB = 1
/** Of a pipe in Linux, and more. */
const PIPE_BYTES = 1024 * 1024

interface Output {
  launch: Launch
  /** Breaks it under load. */
  break(): void
  /** Makes it work again; what had been written by then can be read afterwards. */
  mend?: { now(): void; text(): string }
  close(): void
}

/** How output breaks; null: this machine has no such thing. */
const outputs: Record<string, (stage: string) => Output | null> = {
  "the reader of both closes": (stage) => openReaders(stage, "closes", ["stdout", "stderr"]),
  "the reader of the log stalls": (stage) => openReaders(stage, "stalls", ["stderr"]),
  "the reader of both stalls": (stage) => openReaders(stage, "stalls", ["stdout", "stderr"]),
  "the terminal is closed": openTerminal,
  "both are full from the start": openFullDevice,
  "the log's disk fills": openSmallDisk,
}

/** @param only how it is to break; by default in every way */
export async function tortureByOutput(run: Run, only = Object.keys(outputs)): Promise<Section[]> {
  const sections: Section[] = []
  for (const name of only) {
    const open = outputs[name]
    if (open === undefined) throw new Error(`output does not break by ${name}`)
    const output = open(run.stage)
    const section = `output: ${name}`
    if (output === null) sections.push({ name: section, skipped: "this machine does not allow it" })
    else sections.push(await breakOutput(run, section, output))
  }
  return sections
}

async function breakOutput(run: Run, name: string, output: Output): Promise<Section> {
  const directory = join(run.stage, name.replaceAll(/[^a-z]+/g, "-"))
  const mix = { seed: run.seed, hasFaults: true, hasActs: true, length: 200, callMs: 50 }
  const env = { LOG_LEVEL: "debug" }
  const launch = { ...output.launch, env }
  const site = await openSite(run, { directory, mix, launch, port: freePort(), unendedMax: 300 })
  const { ledger } = site
  const child = await site.start()
  site.load.submitting(true)
  await Bun.sleep(CALM_MS)
  output.break()
  const brokeAt = Date.now()
  const goal = ledger.accepted() + MORE
  const isOver = () => child.exitCode() !== null
  await site.until(() => isOver() || ledger.accepted() >= goal, TROUBLE_MS_MAX)
  if (ledger.accepted() < goal) ledger.problem("service does not go on", `within ${Date.now() - brokeAt} ms`)
  const figures: Record<string, string | number> = {
    [`until ${MORE} more jobs were accepted`]: ledger.accepted() < goal ? "NEVER" : `${Date.now() - brokeAt} ms`,
  }
  if (output.mend) {
    output.mend.now()
    await Bun.sleep(CALM_MS)
    figures["the log says afterwards"] = findDroppedLine(output.mend.text()) ?? "NOTHING"
    if (findDroppedLine(output.mend.text()) === null) ledger.problem("no line says how many lines were dropped", name)
  }
  if (isOver()) ledger.problem("the process ended", `exit code ${child.exitCode()}`)
  if (isOver()) {
    site.relaunch({ env })
    await site.start()
  }
  const { endedAfterMs, verdict } = await site.finish(Date.now())
  figures["last submit until the last end"] = endedAfterMs === null ? "NEVER" : `${endedAfterMs} ms`
  output.close()
  return { name, figures, verdict }
}

function findDroppedLine(text: string): string | null {
  const line = text.split("\n").find((candidate) => /dropped|not written|lost/i.test(candidate) && /\d/.test(candidate))
  return line?.slice(0, 200) ?? null
}

type Stream = "stdout" | "stderr"

/** Pipes: those that are named break, the others are read by nobody and never full. */
function openReaders(stage: string, what: "closes" | "stalls", streams: Stream[]): Output {
  const pipes = streams.map((stream) => openPipe(join(stage, `${stream}-that-${what}-${streams.length}`)))
  const devNull = openSync("/dev/null", "w")
  const findFd = (stream: Stream) => pipes[streams.indexOf(stream)]?.writer ?? devNull
  let timer: Timer | null = setInterval(() => pipes.forEach(drain), 5)
  const stopReading = () => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }
  return {
    launch: { output: { stdout: findFd("stdout"), stderr: findFd("stderr") } },
    break() {
      stopReading()
      if (what === "closes") for (const { reader } of pipes) closeSync(reader)
      else pipes.forEach(fill)
    },
    close() {
      for (const { reader, writer } of pipes) {
        if (what === "stalls") closeSync(reader)
        closeSync(writer)
      }
      closeSync(devNull)
    },
  }
}

interface Pipe {
  path: string
  reader: number
  writer: number
}

function openPipe(path: string): Pipe {
  const { success, stderr } = Bun.spawnSync(["mkfifo", path])
  if (!success) throw new Error(`no pipe: ${stderr}`)
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { path, reader, writer: openSync(path, "w") }
}

function drain({ reader }: Pipe): void {
  try {
    while (readSync(reader, new Uint8Array(65_536)) > 0) {}
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EAGAIN") throw error
  }
}

/** Until not a byte more goes in: a page that is begun takes small writes still. */
function fill({ path }: Pipe): void {
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  for (const step of [4096, 1]) {
    try {
      for (let sent = 0; sent < PIPE_BYTES; sent += step) writeSync(writer, "x".repeat(step))
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN") throw error
    }
  }
  closeSync(writer)
}

/** As under nohup: nobody stops the program when its terminal goes. */
function openTerminal(): Output {
  const terminal = new Bun.Terminal({ cols: 80, rows: 24, data() {} })
  return {
    launch: { output: { terminal }, wrap: ["sh", "-c", `trap "" HUP; exec "$@"`, "sh"] },
    break: () => terminal.close(),
    close() {},
  }
}

/** A device that never has space. */
function openFullDevice(): Output {
  const device = openSync("/dev/full", "w")
  return {
    launch: { output: { stdout: device, stderr: device } },
    break() {},
    close: () => closeSync(device),
  }
}

/** The log on a small disk, which fills and has space again. */
function openSmallDisk(stage: string): Output | null {
  const room = openRoom(join(stage, "log-disk"), ROOM_MB)
  if ("reason" in room) return null
  process.prependOnceListener("exit", room.close)
  const path = join(room.path, "log")
  const log = openSync(path, "a")
  return {
    launch: { output: { stdout: log, stderr: log } },
    break: () => room.fill(),
    mend: { now: room.empty, text: () => readFileSync(path, "utf8") },
    close() {
      closeSync(log)
      room.close()
    },
  }
}
