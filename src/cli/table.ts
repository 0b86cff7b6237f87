// Every command, in one table. The command line, the help and docs/commands.md are made from it.
import { commands, flags as servingFlags } from "../config/flags.ts"
import { type Flag, filterFlags } from "./flag.ts"
import type { Input } from "./input.ts"

export interface Row {
  words: string
  /** As `ID...`; empty: none. */
  arguments: string
  summary: string
  flags: readonly Flag[]
  examples: readonly string[]
  /** Null: the gateway's own entry runs it. */
  run: (() => Promise<{ run(input: Input): Promise<number> }>) | null
}

/** Flags of every command that talks to a gateway. */
export const clientFlags: readonly Flag[] = [
  { name: "--url", value: "URL", text: "the gateway's address (or ASYNCGATE_URL); else that of the app directory" },
  { name: "--token-file", value: "FILE", text: "a file with a virtual key or the admin token (or ASYNCGATE_TOKEN)" },
  { name: "--app-dir", value: "DIR", text: "the app directory of the gateway (or APP_DIR)" },
  { name: "--json", text: "print what the API answers, and nothing else" },
]

const jsonl: Flag = { name: "--jsonl", text: "print one JSON object a line" }
const quiet: Flag = { short: "-q", name: "--quiet", text: "print no progress and no hints" }
const change: readonly Flag[] = [
  { name: "--filter", value: "NAME=VALUE", isList: true, text: "instead of ids: all jobs that match, as in ps" },
  { name: "--all", text: "instead of ids: all jobs" },
  { name: "--dry-run", text: "only count them" },
  { name: "--yes", text: "do not ask before many jobs are changed" },
  quiet,
]

const clientRows: readonly Row[] = [
  {
    words: "submit",
    arguments: "[TYPE] [TEXT]",
    summary: "make a job; prints its id, or with --wait or --stream its answer",
    flags: [
      { short: "-m", name: "--model", value: "MODEL", text: "provider/model" },
      { name: "--file", value: "FILE", isList: true, text: "an image, a sound, a document or a text for the request" },
      {
        name: "--set",
        value: "NAME=VALUE",
        isList: true,
        text: "a further member of the request: JSON, or else a text; of a form a text",
      },
      { name: "--body", value: "FILE", text: "the request as JSON, sent as it is; - reads standard input" },
      { name: "--wait", value: "[=SECONDS]", text: "wait for the end and print the answer" },
      { name: "--stream", text: "print the answer as it comes" },
      { short: "-o", name: "--output", value: "FILE", text: "with --wait: write the answer to a file" },
      { name: "--priority", value: "WORD", text: "low, normal or high" },
      { name: "--cancel-after", value: "TIME", text: "give up after 90s, 5m, 2h or 1d" },
      { name: "--idempotency-key", value: "KEY", text: "the same key again is the same job" },
      { name: "--header", value: "NAME=VALUE", isList: true, text: "a further header of the request; no key" },
      quiet,
    ],
    examples: [
      'submit -m mock/echo "Hello" --wait',
      "submit chat -m mock/echo - < prompt.txt",
      "submit speech -m mock/tts --set voice=alloy --wait -o hello.wav Hello",
      "submit transcription -m mock/whisper --file talk.wav --wait",
      "submit chat --body request.json",
    ],
    run: () => import("./submitcommand.ts"),
  },
  {
    words: "wait",
    arguments: "ID...",
    summary: "wait until jobs have ended; its exit code is theirs",
    flags: [
      { name: "--timeout", value: "TIME", text: "give up after 90s, 5m or 2h; the jobs go on" },
      { name: "--any", text: "return with the first that ends" },
      jsonl,
      quiet,
    ],
    examples: ["wait 01a1f8a3", "wait --any --timeout 5m $(asyncgate ps -q)"],
    run: () => import("./waitcommand.ts"),
  },
  {
    words: "ps",
    arguments: "",
    summary: "list jobs, the newest first",
    flags: [
      ...filterFlags,
      { name: "--since", value: "TIME", text: "made in the last 90s, 5m, 2h or 1d" },
      { name: "--limit", value: "N", text: "how many at most (default 20)" },
      { short: "-q", name: "--quiet", text: "print only ids" },
      { name: "--watch", text: "show them again and again, on a terminal" },
      jsonl,
    ],
    examples: ["ps", "ps --state failed --since 1h", "ps -q --status pending --limit 100", "ps --jsonl"],
    run: () => import("./pscommand.ts"),
  },
  {
    words: "get",
    arguments: "ID",
    summary: "print the answer of a job: a text, or else JSON; sounds and images as bytes",
    flags: [
      { name: "--request", text: "print what was asked instead" },
      { short: "-o", name: "--output", value: "FILE", text: "write to a file" },
      { name: "--index", value: "N", text: "which image of several, from 0" },
      quiet,
    ],
    examples: ["get 01a1f8a3", "get 01a1f8a3 -o picture.png", "get 01a1f8a3 --request"],
    run: () => import("./getcommand.ts"),
  },
  {
    words: "cancel",
    arguments: "[ID...]",
    summary: "cancel jobs that have not ended",
    flags: change,
    examples: ["cancel 01a1f8a3", "cancel --filter status=pending --filter provider=mock --dry-run"],
    run: () => import("./changecommands.ts").then(({ cancel }) => cancel),
  },
  {
    words: "retry",
    arguments: "[ID...]",
    summary: "do jobs again that have ended, each as a new job; prints the new ids",
    flags: [{ short: "-m", name: "--model", value: "MODEL", text: "with another provider/model" }, ...change],
    examples: ["retry 01a1f8a3", "retry --filter error_code=request_timed_out --yes"],
    run: () => import("./changecommands.ts").then(({ retry }) => retry),
  },
  {
    words: "rm",
    arguments: "[ID...]",
    summary: "delete jobs with their answers",
    flags: change,
    examples: ["rm 01a1f8a3", "rm --filter status=failed --yes"],
    run: () => import("./changecommands.ts").then(({ remove }) => remove),
  },
  {
    words: "stats",
    arguments: "",
    summary: "show what is queued, running and done",
    flags: [{ name: "--window", value: "WINDOW", text: "10m (default) or 24h" }],
    examples: ["stats", "stats --window 24h --json"],
    run: () => import("./reportcommands.ts").then(({ stats }) => stats),
  },
  {
    words: "queues",
    arguments: "",
    summary: "show what waits, and what it waits for",
    flags: [jsonl],
    examples: ["queues"],
    run: () => import("./reportcommands.ts").then(({ queues }) => queues),
  },
  {
    words: "models",
    arguments: "[PROVIDER]",
    summary: "list the models that can be asked",
    flags: [jsonl],
    examples: ["models", "models mock"],
    run: () => import("./reportcommands.ts").then(({ models }) => models),
  },
  {
    words: "version",
    arguments: "",
    summary: "print the version; with --json also that of the gateway, where one answers",
    flags: [],
    examples: ["version --json"],
    run: () => import("./reportcommands.ts").then(({ version }) => version),
  },
]

export const rows: readonly Row[] = [
  {
    words: "serve",
    arguments: "",
    summary: "start the gateway; no command means the same",
    flags: servingFlags.map(({ name, variable, value, text }) => ({
      name: `--${name}`,
      value,
      text: `${text}; or ${variable}`,
    })),
    examples: ["--port 9000"],
    run: null,
  },
  ...clientRows,
  ...commands.map(({ name, argument, text }) => ({
    words: name,
    arguments: argument ?? "",
    summary: text,
    flags: servingFlags
      .filter(({ name: flag }) => flag === "app-dir")
      .map(({ value, variable, text }) => ({ name: "--app-dir", value, text: `${text}; or ${variable}` })),
    examples: [],
    run: null,
  })),
]
