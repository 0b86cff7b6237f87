// Reads the source as text and holds what the design says of it.
import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { endpoints } from "../src/endpoints/endpoints.ts"
import { rows } from "../src/providers/registry.ts"

const src = join(import.meta.dir, "../src")
const transpilers = {
  ts: new Bun.Transpiler({ loader: "ts", target: "bun" }),
  tsx: new Bun.Transpiler({ loader: "tsx", target: "browser" }),
}

interface File {
  path: string
  source: string
  /** Without comments and types. */
  code: string
  /** Files of src/ that it imports, for types too. */
  imports: string[]
  /** Those that it imports when it runs. */
  runtimeImports: string[]
  /** Packages and modules of Bun and Node. */
  packages: string[]
}

const files = [...new Bun.Glob("**/*.{ts,tsx}").scanSync(src)]
  .filter((path) => !path.endsWith(".d.ts"))
  .sort()
  .map(read)

function read(path: string): File {
  const source = readFileSync(join(src, path), "utf8")
  // The transpiler would run the macro.
  const plain = source.replaceAll(' with { type: "macro" }', "")
  const named = [...source.matchAll(/\b(?:from|import)\s*\(?"([^"]+)"/g)].map((match) => match[1] ?? "")
  const transpiler = transpilers[path.endsWith(".tsx") ? "tsx" : "ts"]
  const used = transpiler.scanImports(plain).map((entry) => entry.path)
  return {
    path,
    source,
    code: transpiler.transformSync(plain),
    imports: inside(path, named),
    runtimeImports: inside(path, used),
    packages: named.filter((name) => !name.startsWith(".")),
  }
}

/** The ones that lie in src/, as paths below it. What is only served, a script for a browser for one, is no part of the program. */
function inside(path: string, names: string[]): string[] {
  return names
    .filter((name) => name.startsWith(".") && !name.endsWith(".js"))
    .map((name) => join(dirname(path), name))
    .filter((target) => !target.startsWith("..") && !target.endsWith(".js"))
}

function fileAt(path: string): File {
  const file = files.find((candidate) => candidate.path === path)
  if (!file) throw new Error(`nothing at ${path}`)
  return file
}

/** Everything that runs when the file at `path` runs. */
function reachableFrom(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const next of fileAt(path).runtimeImports) reachableFrom(next, seen)
  return seen
}

/** The files that are left when those go, again and again, that import none of the rest: each of them leads into a circle. */
function circular(): File[] {
  let left = files
  for (let before = 0; before !== left.length; ) {
    before = left.length
    const paths = new Set(left.map(({ path }) => path))
    left = left.filter(({ imports }) => imports.some((target) => paths.has(target)))
  }
  return left
}

/** The files of the program that say `word`; those of the dashboard run in a browser and have homes of their own. */
function sayers(word: RegExp): string[] {
  return pick(word).filter((path) => !path.startsWith("ui/"))
}

function pick(word: RegExp): string[] {
  return files.filter(({ code }) => word.test(code)).map(({ path }) => path)
}

const rooms = [
  "http",
  "engine",
  "jobs",
  "providers",
  "webhooks",
  "batches",
  "endpoints",
  "auth",
  "config",
  "cli",
  "process",
  "release",
  "ui",
  "base",
  "main",
  "shell",
] as const
type Room = (typeof rooms)[number]

function findRoom(path: string): Room {
  const directory = rooms.find((room) => path.startsWith(`${room}/`))
  if (directory) return directory
  if (["main.ts", "gateway.ts", "opendata.ts", "serversettings.ts", "standby.ts"].includes(path)) return "main"
  return path.endsWith(".worker.ts") ? "shell" : "base"
}

/** Who may import whom. `base` is what lies directly in src/: call, clock, errors, json, log and their like. */
const arrows: Record<Room, readonly Room[]> = {
  main: rooms.filter((room) => room !== "ui"),
  shell: ["engine", "jobs", "providers", "webhooks", "auth", "process", "base"],
  // Of the store only what backups, restores, moves, updates and the doctor need: see below.
  cli: ["cli", "jobs", "config", "auth", "providers", "webhooks", "batches", "endpoints", "process", "release", "base"],
  http: ["http", "jobs", "providers", "webhooks", "batches", "endpoints", "auth", "base"],
  engine: ["engine", "jobs", "providers", "webhooks", "batches", "endpoints", "auth", "base"],
  jobs: ["jobs", "webhooks", "batches", "endpoints", "auth", "base"],
  providers: ["providers", "endpoints", "auth", "config", "base"],
  webhooks: ["webhooks", "batches", "providers", "auth", "base"],
  batches: ["batches", "base"],
  endpoints: ["endpoints", "base"],
  config: ["config", "webhooks", "auth", "process", "base"],
  auth: ["auth", "config", "base"],
  process: ["process", "base"],
  // What the release and the updater share knows nothing of the gateway.
  release: ["release", "base"],
  // It is served and not run: nothing of the program is in it, and nothing of it in the program.
  ui: ["ui"],
  base: ["base", "process"],
}
/** Where http/ and engine/ meet. */
const meeting = "engine/threads/protocol.ts"

test("what is checked here is all of the source", () => {
  expect(files.length).toBeGreaterThan(25)
  expect(new Set(files.map(({ path }) => findRoom(path)))).toEqual(new Set(rooms))
  const base = files.filter(({ path }) => findRoom(path) === "base").map(({ path }) => path)
  const shared = ["bytes", "call", "clock", "digest", "edits", "errors", "exactjson", "json", "jsonreader", "log"]
  expect(base).toEqual([...shared, "multipart", "multiparthead", "shell", "values"].map((name) => `${name}.ts`))
  // A runtime import is an import; a type import is no runtime import.
  for (const { imports, runtimeImports } of files) expect(imports).toEqual(expect.arrayContaining(runtimeImports))
  expect(fileAt(meeting).imports).toContain("jobs/job.ts")
  expect(fileAt(meeting).runtimeImports).toEqual([])
})

describe("imports", () => {
  test("point one way", () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((target) => !arrows[findRoom(path)].includes(findRoom(target)))
        .filter((target) => !(findRoom(path) === "http" && target === meeting))
        .map((target) => `${path} -> ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test("make no circle, those of types included", () => {
    const names = circular().map(({ path }) => path)
    const inCircle = (path: string) => names.includes(path)
    const arrows = circular().map(({ path, imports }) => `${path} -> ${imports.filter(inCircle).join(", ")}`)
    expect(arrows).toEqual([])
  })

  test("lead from commands to the database only in backups, restores, moves, updates and the doctor", () => {
    const users = files.filter(
      ({ path, imports }) => path.startsWith("cli/") && imports.some((to) => /^jobs\//.test(to)),
    )
    const others = users.filter(({ path }) => !/^cli\/(backup|restore|move|update|doctor)\w*\.ts$/.test(path))
    expect(others.map(({ path }) => path)).toEqual([])
    expect(users).not.toEqual([])
  })

  test("keep jobs, http and configuration out of a provider worker's thread", () => {
    const reached = [...reachableFrom("provider.worker.ts")]
    expect(reached).toContain("providers/passthrough.ts")
    expect(reached.filter((path) => /^(jobs|http|config)\//.test(path))).toEqual([])
    const packages = new Set(reached.flatMap((path) => fileAt(path).packages))
    expect([...packages].filter((name) => /sqlite|drizzle|elysia/.test(name))).toEqual([])
  })

  test.each([
    ["elysia", /^(elysia|@elysiajs\/)/, "http"],
    ["drizzle", /^drizzle-orm/, "jobs"],
    ["prom-client", /^prom-client$/, "http"],
    ["bun:sqlite", /^bun:sqlite$/, "jobs/sqlite"],
  ])("of %s have one home", (_, name, home) => {
    const users = files.filter(({ packages }) => packages.some((used) => name.test(used))).map(({ path }) => path)
    expect(users).not.toEqual([])
    expect(users.filter((path) => !path.startsWith(`${home}/`))).toEqual([])
  })
})

describe("words with one home", () => {
  test.each([
    ["Date.now", /\bDate\.now\b/, ["clock.ts"]],
    ["setTimeout", /\bsetTimeout\b/, ["clock.ts"]],
    ["the connection that writes", /\bopenWriter\(/, ["engine.worker.ts", "jobs/sqlite/database.ts"]],
    ["setInterval", /\bsetInterval\b/, ["clock.ts"]],
    ["new Date() of the moment", /\bnew Date\b(\(\)|(?!\())/, []],
    ["performance.now", /\bperformance\.now\b/, ["clock.ts"]],
    ["setImmediate", /\bsetImmediate\b/, ["clock.ts", "jobs/sqlite/sqlitereads.ts"]],
    ["Math.random", /\bMath\.random\b/, ["engine.worker.ts"]],
    ["randomUUIDv7", /\brandomUUIDv7\b/, ["jobs/ids.ts"]],
    ["process.env", /\b(process|Bun|import\.meta)\.env\b/, ["gateway.ts", "main.ts"]],
    ["process.exit", /\bprocess\.(exit|exitCode|abort|reallyExit)\b/, ["gateway.ts", "main.ts", "process/signals.ts"]],
    ["getRandomValues", /\bgetRandomValues\b/, ["clock.ts"]],
    ["process.stdout and process.stderr", /\bprocess\.(stdout|stderr)\b/, ["cli/terminal.ts"]],
    ["console", /\bconsole\b/, ["log.ts"]],
    // Bun.isStandaloneExecutable tells whether this is the program: on Windows the path inside it is another.
    ["the path inside the program", /\$bunfs|~BUN/, []],
    [
      "a call of fetch",
      /\bfetch\(/,
      [
        ...["cli/gatewayclient.ts", "cli/webhooklistener.ts", "http/forwarder.ts"],
        ...["providers/transport.ts", "release/releasefiles.ts"],
      ],
    ],
  ])("%s stands nowhere else", (_, word, homes) => {
    expect(sayers(word)).toEqual(homes)
  })

  test("package.json lends the program its version alone: whole, its scripts would be inside", () => {
    const takers = files.filter(({ source }) => /"[./]*\/package\.json"/.test(source))
    expect(takers.length).toBeGreaterThan(3)
    const whole = takers.filter(
      ({ source }) => !/^import \{ version( as \w+)? \} from "[./]*\/package\.json"/m.test(source),
    )
    expect(whole.map(({ path }) => path)).toEqual([])
  })

  test("the URL of a worker is made directly in src/, where the compiled binary finds it", () => {
    const makers = sayers(/\bnew Worker\(|\.worker\.ts\b/)
    expect(makers).toEqual(["engine.worker.ts", "gateway.ts", "main.ts"])
    for (const path of makers) expect(fileAt(path).code).toMatch(/new URL\("\.\/\w+\.worker\.ts", import\.meta\.url\)/)
  })

  test("no transaction waits: its callback is never async", () => {
    expect(sayers(/\btransaction\(\s*async\b/)).toEqual([])
    expect(sayers(/\btransaction\(/)).not.toEqual([])
  })

  test("nothing is exported as default, and there are no enums and no namespaces", () => {
    const wrong = /^\s*(export\s+default\b|(export\s+)?(declare\s+)?(const\s+)?(enum|namespace)\s+\w)/m
    expect(files.filter(({ source }) => wrong.test(source)).map(({ path }) => path)).toEqual([])
  })
})

describe("the dashboard", () => {
  test.each([
    ["fetch", /\bfetch\(/, ["ui/client.ts"]],
    ["timers", /\b(setTimeout|setInterval|requestAnimationFrame|requestIdleCallback)\b/, ["ui/ticks.ts"]],
    ["the present moment", /\bDate\.now\b|\bnew Date\b(\(\)|(?!\())|\bperformance\.now\b/, ["ui/ticks.ts"]],
    ["the tab's storage", /\bsessionStorage\b/, ["ui/session.ts"]],
    ["the browser's storage", /\blocalStorage\b/, ["ui/shortcuts.ts", "ui/theme.ts"]],
    [
      "text that becomes HTML or code",
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|DOMParser/i,
      [],
    ],
    // It writes programs, which print.
    ["console", /\bconsole\b/, ["ui/copyas.ts"]],
    ["another host", /\bhttps?:\/\//, []],
  ])("has one home for %s, or none", (_, word, homes) => {
    expect(pick(word).filter((path) => path.startsWith("ui/"))).toEqual(homes)
  })

  test("is made of Preact alone", () => {
    const packages = new Set(files.filter(({ path }) => findRoom(path) === "ui").flatMap((file) => file.packages))
    expect([...packages].toSorted()).toEqual(["@preact/signals", "preact", "preact/hooks"])
  })
})

test("no test pauses, and none leaves anything to unseeded chance", () => {
  const tests = [...new Bun.Glob("**/*.ts").scanSync(import.meta.dir)]
    .filter((path) => path !== basename(import.meta.path) && !/^(torture|drills)\//.test(path))
    .map((path) => ({ path, source: readFileSync(join(import.meta.dir, path), "utf8") }))
  const sayers = (word: RegExp) => tests.filter(({ source }) => word.test(source)).map(({ path }) => path)
  // A process that stands still must do so for real seconds.
  expect(sayers(/\b(Bun\.sleep|setTimeout)\b/)).toEqual(["program/standstill.test.ts"])
  expect(sayers(/\b(Math\.random|getRandomValues)\b/)).toEqual([])
  expect(sayers(/fc\.(assert|check)\((?![\s\S]*\bseed\b)/)).toEqual([])
})

describe("a provider's name", () => {
  /** `mock` stands for no upstream: it is the program's own, and its adapter has the same name. */
  const names = Object.keys(rows).filter((name) => name !== "mock")
  const elsewhere = files.filter(({ path }) => findRoom(path) !== "providers")
  /** Texts, templates and regular expressions, in code that has no comments. */
  const LITERAL =
    /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[(,=:!&|?{};[]\s*)\/(?![/*])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/g

  test("is no text outside src/providers/: neither alone nor in front of a model", () => {
    const found = elsewhere.flatMap(({ path, code }) =>
      [...code.matchAll(LITERAL)]
        .map(([literal]) => literal.slice(1, -1).split("/", 1)[0] ?? "")
        .filter((text) => names.includes(text))
        .map((text) => `${path}: ${text}`),
    )
    expect(found).toEqual([])
  })

  test("is no identifier outside src/providers/", () => {
    const word = new RegExp(`\\b(${names.join("|")})\\b`, "i")
    const found = elsewhere.filter(({ code }) => word.test(code.replace(LITERAL, '""'))).map(({ path }) => path)
    expect(found).toEqual([])
  })
})

test("a new request type needs the list and rows: no file names all types, but those that have an answer for any other", () => {
  const words = endpoints.map(({ requestType }) => new RegExp(`\\b${requestType}\\b`))
  const listers = files.filter(({ code }) => words.every((word) => word.test(code))).map(({ path }) => path)
  // What clients need of a type, of which its endpoint is made; what a model's name suggests; answers that depend on the request; rows; and how each is shown, others as JSON.
  const others = [
    "endpoints/clienttypes.ts",
    "providers/catalog.ts",
    "providers/mock/mockanswers.ts",
    "providers/rows/makers.ts",
    "ui/views/simplefields.ts",
    "ui/views/views.tsx",
  ]
  expect(listers.filter((path) => !others.includes(path))).toEqual([])
})

test("every file begins by saying what it owns", () => {
  expect(files.filter(({ source }) => !/^\/\/ [A-Z].{20,}/.test(source)).map(({ path }) => path)).toEqual([])
})

describe("names", () => {
  /** Words that only this house knew. What stands for each is in the decision on the field's words. */
  const privateWords =
    /\b((?<!hugging-)faces?|carriage|twins?|unsendable|neverBack|takeBack|endThere|cutOff|putBack|unwrite|mayPoll|letIn|letGo|startFor|doubtful|moot|lostIn|findings|taken up again|takes? up again|provider's own jobs?|jobs? of (its|their|the provider's) own|no flag)\b/i

  test("are those of HTTP, SQL, queues and AI APIs", () => {
    const documents = [...new Bun.Glob("{*.md,docs/**/*.md,scripts/*.ts}").scanSync(join(src, ".."))]
    const texts = [
      ...files.map(({ path, source }) => [`src/${path}`, source] as const),
      ...documents.map((path) => [path, readFileSync(join(src, "..", path), "utf8")] as const),
    ]
    const found = texts.flatMap(([path, text]) =>
      text.split("\n").flatMap((line, at) => (privateWords.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
    )
    expect(found).toEqual([])
  })

  test("of functions are verbs: none ends in Of", () => {
    const nouns = /\b(?:function|const) ([a-z]\w*Of)\b/
    const found = files.flatMap(({ path, source }) =>
      nouns.test(source) ? [`${path}: ${nouns.exec(source)?.[1]}`] : [],
    )
    expect(found).toEqual([])
  })
})

test.each([
  ["the program", (path: string) => findRoom(path) !== "ui"],
  ["the dashboard", (path: string) => findRoom(path) === "ui"],
])("no file of %s has the name of another", (_, isOne) => {
  const names = files.filter(({ path }) => isOne(path)).map(({ path }) => basename(path))
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  expect(twice).toEqual([])
})

describe("a file over 350 lines or a function over 80", () => {
  const long = files.flatMap(({ path, source }) => {
    const lines = source.trimEnd().split("\n")
    const functions = readFunctions(lines)
      .filter(({ length }) => length > 80)
      .map(({ name, from, length }) => ({
        what: `${path}: ${name}, ${length} lines`,
        above: lines.slice(from - 2, from),
      }))
    return lines.length > 350
      ? [{ what: `${path}: ${lines.length} lines`, above: lines.slice(0, 10) }, ...functions]
      : functions
  })

  test("is one of ten at most", () => {
    expect(long.length > 10 ? long.map(({ what }) => what) : []).toEqual([])
  })

  test("says why in a line of its own, above the function or at the head of the file", () => {
    const says = (line: string) => /^\s*\/\/ Longer than (350|80) lines: \S/.test(line)
    const unargued = long.filter(({ above }) => !above.some(says))
    expect(unargued.map(({ what }) => what)).toEqual([])
  })

  test("is found by the indentation of its braces, and what it defines counts for itself", () => {
    const body = Array.from({ length: 90 }, () => "    work()")
    const lengths = (lines: string[]) => readFunctions(lines).map(({ name, length }) => [name, length])
    expect(lengths(["export async function long(", "  given: string,", "): Promise<void> {", ...body, "}"])).toEqual([
      ["long", 94],
    ])
    expect(lengths(["const outer = (a: number) => {", "  function inner() {", ...body, "  }", "}"])).toEqual([
      ["outer", 2],
      ["inner", 92],
    ])
    expect(lengths(["  async method() {", "    if (true) {", "    }", "  }", "  list: {", "  }"])).toEqual([
      ["method", 4],
    ])
  })
})

interface Function {
  name: string
  /** The line that it begins at, from 0. */
  from: number
  to: number
  /** How many lines are its own: those of the functions that it defines are theirs. */
  length: number
}

/** The functions with a body of several lines, by the indentation that the formatter gives them. */
function readFunctions(lines: string[]): Function[] {
  const HEAD =
    /^(\s*)(?:export )?(?:(?:async )?function\*? (\w+)|(?:const|let) (\w+)\b.*= (?:async )?(?:\(|\w+ =>)|(?:async |get |\*)?(#?\w+)\(|(\w+): (?:async )?(?:\(|\w+ =>))/
  const KEYWORDS = /^\s*(?:if|for|while|switch|catch|return|else|do|try|throw|await|new|case|expect|super)\b/
  const BODY = /(?:\)(?:: .*)?|=>) \{$/
  const found = lines.flatMap((line, from): Function[] => {
    const head = HEAD.exec(line)
    if (!head || KEYWORDS.test(line)) return []
    const [, indent = "", ...names] = head
    // A signature of several lines ends where its body opens.
    const opening = line.endsWith("(") ? findLine(lines, from + 1, `${indent})`) : from
    if (!BODY.test(lines[opening] ?? "")) return []
    const to = findLine(lines, opening + 1, `${indent}}`)
    return [{ name: names.find((name) => name !== undefined) ?? "", from, to, length: to - from + 1 }]
  })
  // From the last on, so that what is inside is known before what it is inside of.
  for (const inner of found.toReversed()) {
    const outer = found.findLast(({ from, to }) => from < inner.from && inner.to < to)
    if (outer) outer.length -= inner.to - inner.from + 1
  }
  return found
}

/** The first line from there on that begins so. */
function findLine(lines: string[], from: number, start: string): number {
  const found = lines.findIndex((line, at) => at >= from && line.startsWith(start))
  return found < 0 ? lines.length : found
}
