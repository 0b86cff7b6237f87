import { describe, expect, test } from "bun:test"
import { createLog, type LogLevel, type LogStyle, logLevels, logStyles } from "../src/log.ts"

/** A log and the lines it has written. */
function recorder(style: LogStyle, level: LogLevel = "debug") {
  const lines: string[] = []
  const log = createLog({ level, style, now: () => Date.UTC(2026, 10, 20), write: (line) => lines.push(line) })
  return { log, lines }
}

function readLine(style: LogStyle, event: string, fields?: Record<string, unknown>): string {
  const { log, lines } = recorder(style)
  log.info(event, fields)
  return lines.join("")
}

describe("levels", () => {
  test.each(logLevels)("%s and what is graver is written, the rest is not", (level) => {
    const { log, lines } = recorder("json", level)
    for (const each of logLevels) log[each]("event")
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(logLevels.slice(logLevels.indexOf(level)))
  })
})

describe("a json line", () => {
  test("holds time, level, event and the fields, in this order, and ends with the line", () => {
    expect(readLine("json", "attempt ended", { job: "j-1", status: 200, next: null })).toBe(
      '{"time":"2026-11-20T00:00:00.000Z","level":"info","event":"attempt ended","job":"j-1","status":200,"next":null}\n',
    )
  })
})

describe("a pretty line", () => {
  test("holds the time of day, level, event and the fields as key=value", () => {
    expect(readLine("pretty", "attempt ended", { job: "j-1", status: 200, list: ["a", 1] })).toBe(
      '00:00:00.000 info  attempt ended job=j-1 status=200 list=["a",1]\n',
    )
    expect(readLine("pretty", "stopped")).toBe("00:00:00.000 info  stopped\n")
  })

  test.each([
    ["two words", '"two words"'],
    ["", '""'],
    ['a"b', '"a\\"b"'],
    ["a\nerror forged line", '"a\\nerror forged line"'],
    ["\u001b[31mred", '"\\u001b[31mred"'],
  ])("quotes a text that could pass for something else: %j", (text, shown) => {
    expect(readLine("pretty", "event", { text })).toEndWith(` text=${shown}\n`)
  })
})

describe.each(logStyles)("%s: redaction", (style) => {
  const names = [
    "authorization",
    "proxy-authorization",
    "Authorization",
    "api_key",
    "apiKey",
    "x-api-key",
    "key",
    "keys",
    "secret",
    "client_secret",
    "access_token",
    "password",
    "Set-Cookie",
    "value",
    "body",
    "result",
    "prompt",
    "messages",
  ]

  test.each(names)("what goes by the name %s is never written, at any depth", (name) => {
    const line = readLine(style, "event", {
      [name]: "sk-1",
      list: [{ deep: { [name]: { inner: "sk-2" } } }],
      job: "j-1",
    })
    expect(line).not.toContain("sk-")
    expect(line.split("[redacted]")).toHaveLength(3)
    expect(line).toContain("j-1")
  })

  test.each(["job", "provider", "model", "error", "status", "attempt", "outcome", "monkey"])(
    "%s is written",
    (name) => {
      expect(readLine(style, "event", { [name]: "shown" })).toContain("shown")
    },
  )
})
