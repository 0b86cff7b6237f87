// Every command, in one table. The command line, the help and docs/commands.md are made from it.
// Longer than 350 lines: it is one table, with a row for each command and no code.
import { commands, flags as servingFlags } from "../config/flags.ts"
import { webhookEvents, webhookForms } from "../webhooks/webhook.ts"
import { type Flag, filterFlags, priorities } from "./flag.ts"
import type { Input } from "./input.ts"

export interface Row {
  words: string
  /** As `ID...`; empty: none. */
  arguments: string
  summary: string
  flags: readonly Flag[]
  examples: readonly string[]
  /** It asks no gateway, so that its flags are all that it takes. */
  isLocal?: true
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

const json: Flag = { name: "--json", text: "print one JSON object" }
const jsonl: Flag = { name: "--jsonl", text: "print one JSON object a line" }
const quiet: Flag = { short: "-q", name: "--quiet", text: "print no progress and no hints" }
const change: readonly Flag[] = [
  { name: "--filter", value: "NAME=VALUE", isList: true, text: "instead of ids: all jobs that match, as in ps" },
  { name: "--all", text: "instead of ids: all jobs" },
  { name: "--dry-run", text: "only count them" },
  { name: "--yes", text: "do not ask before many jobs are changed" },
  quiet,
]

/** The flags with which a gateway starts, for commands that read its configuration. */
const serving: readonly Flag[] = servingFlags.map(({ name, variable, value, text }) => ({
  name: `--${name}`,
  value,
  text: `${text}; or ${variable}`,
}))
const appDir = serving.filter(({ name }) => name === "--app-dir")

const clientRows: readonly Row[] = [
  {
    words: "submit",
    arguments: "[TYPE] [TEXT]",
    summary: "make a job; prints its id, or with --wait or --stream its answer",
    flags: [
      { short: "-m", name: "--model", value: "PROVIDER/MODEL", text: "which model is asked" },
      { name: "--file", value: "FILE", isList: true, text: "an image, a sound, a document or a text for the request" },
      {
        name: "--set",
        value: "NAME=VALUE",
        isList: true,
        text: "a further member of the request: JSON, or else a text; of a form a text",
      },
      { name: "--body", value: "FILE", text: "the request as JSON, sent as it is; - reads standard input" },
      { name: "--wait", value: "[=SECONDS]", text: "wait for the end and print the answer" },
      { name: "--stream", text: "print the answer as it comes, also when the gateway restarts" },
      { short: "-o", name: "--output", value: "FILE", text: "with --wait: write the answer to a file" },
      { name: "--priority", value: "WORD", text: "low, normal or high", choices: priorities },
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
    words: "logs",
    arguments: "[ID]",
    summary: "tell what has happened to a job, or to the newest ones: attempts, waits, errors",
    flags: [
      { short: "-f", name: "--follow", text: "go on with what happens; of one job until its end, with its exit code" },
      ...filterFlags,
      { name: "--since", value: "TIME", text: "of jobs made in the last 90s, 5m, 2h or 1d" },
      { name: "--limit", value: "N", text: "of how many jobs at most (default 20)" },
      jsonl,
    ],
    examples: ["logs 01a1f8a3", "logs -f", "logs --state failed --since 1h --jsonl"],
    run: () => import("./logscommand.ts"),
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
    flags: [{ short: "-m", name: "--model", value: "PROVIDER/MODEL", text: "with another model" }, ...change],
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
    words: "wipe",
    arguments: "",
    summary: "delete all responses and all conversations of the caller",
    flags: [
      { name: "--dry-run", text: "only count the responses" },
      { name: "--yes", text: "do not ask before they are deleted" },
      quiet,
    ],
    examples: ["wipe --dry-run", "wipe --yes"],
    run: () => import("./wipecommand.ts"),
  },
  {
    words: "stats",
    arguments: "",
    summary: "show what is queued, running and done, or what was used and paid for",
    flags: [
      { name: "--window", value: "WINDOW", text: "10m (default) or 24h", choices: ["10m", "24h"] },
      {
        name: "--by",
        value: "WORDS",
        text: "what was used, by day, provider, model, type, owner or key, or some with commas",
      },
      { name: "--since", value: "TIME", text: "with --by: the UTC days of the last 12h, 7d (default 30d)" },
    ],
    examples: ["stats", "stats --window 24h --json", "stats --by model,day --since 7d"],
    run: () => import("./reportcommands.ts").then(({ stats }) => stats),
  },
  {
    words: "top",
    arguments: "",
    summary: "show rates, queues and running jobs on a screen that goes on; without a terminal once",
    flags: [],
    examples: ["top", "top | cat"],
    run: () => import("./topcommand.ts"),
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
    words: "ui",
    arguments: "",
    summary: "open the dashboard in a browser, signed in where there is a token; prints its address",
    flags: [{ name: "--print", text: "only print the address" }],
    examples: ["ui", "ui --print", "ui --token-file admin-token.txt"],
    run: () => import("./uicommand.ts"),
  },
  {
    words: "version",
    arguments: "",
    summary: "print the version; with --json also that of the gateway, where one answers",
    flags: [],
    examples: ["version --json"],
    run: () => import("./reportcommands.ts").then(({ version }) => version),
  },
  {
    words: "backup",
    arguments: "[FILE]",
    summary: "write everything of a gateway, running or not, into one file, and check it",
    flags: [...appDir, json],
    examples: ["backup", "backup /mnt/backups/asyncgate.backup"],
    isLocal: true,
    run: () => import("./backupcommand.ts"),
  },
  {
    words: "restore",
    arguments: "[FILE]",
    summary: "put a backup in place of what is there, which is kept; the gateway must be stopped",
    flags: [
      { name: "--yes", text: "do not ask before what is there is replaced" },
      { name: "--finish", text: "instead of FILE: finish a restore that was interrupted" },
      ...appDir,
      json,
    ],
    examples: ["restore asyncgate.backup", "restore asyncgate.backup --app-dir /srv/asyncgate --yes"],
    isLocal: true,
    run: () => import("./restorecommand.ts"),
  },
  {
    words: "migrate-to",
    arguments: "[URL]",
    summary:
      "move all jobs into an empty PostgreSQL database, by default that of ASYNCGATE_DATABASE; the gateway must be stopped",
    flags: [...appDir, json],
    examples: ["migrate-to postgres://asyncgate:PASSWORD@db.internal:5432/asyncgate"],
    isLocal: true,
    run: () => import("./movecommand.ts"),
  },
  {
    words: "doctor",
    arguments: "",
    summary: "look at everything that the gateway needs, and say what to do about what is wrong",
    flags: [
      { name: "--calls", text: "send each provider a short question, which it charges for" },
      { name: "--live", text: "only ask the running gateway whether it is well: for health checks" },
    ],
    examples: ["doctor", "doctor --calls", "doctor --live", "doctor --json"],
    run: () => import("./doctorcommand.ts"),
  },
  {
    words: "completion",
    arguments: "bash|zsh|fish [install]",
    summary: "print what makes a shell complete commands, flags and ids at Tab, or write it where the shell looks",
    flags: [{ name: "--dry-run", text: "with install: only print where" }],
    examples: ["completion zsh install", "completion fish install --dry-run"],
    isLocal: true,
    run: () => import("./completioncommand.ts"),
  },
]

const batchRows: readonly Row[] = [
  {
    words: "batch submit",
    arguments: "[FILE]",
    summary: "run thousands of requests as one batch; prints its id, or with --wait its results",
    flags: [
      { short: "-m", name: "--model", value: "PROVIDER/MODEL", text: "of a table or a text: which model is asked" },
      {
        name: "--template",
        value: "TEXT",
        text: "what is asked of each row, with {{COLUMN}}, or {{text}} of each line",
      },
      { name: "--type", value: "TYPE", text: "of a table or a text: the type of its requests (default chat)" },
      {
        name: "--set",
        value: "NAME=VALUE",
        isList: true,
        text: "of a table or a text: a further member of each request",
      },
      { name: "--id-column", value: "COLUMN", text: "which column is the custom_id (default row-1, row-2 and so on)" },
      { name: "--window", value: "TIME", text: "1h to 168h (default 24h), or immediate: at the usual priority" },
      { name: "--metadata", value: "NAME=VALUE", isList: true, text: "what is kept with it" },
      { name: "--wait", text: "wait for its end and print the results" },
      { short: "-o", name: "--output", value: "FILE", text: "with --wait: write the results to a file" },
      quiet,
    ],
    examples: [
      "batch submit requests.jsonl --wait -o results.jsonl",
      'batch submit words.csv -m mock/echo --template "Translate to French: {{word}}" --wait',
      "batch submit questions.txt -m mock/echo",
    ],
    run: () => import("./batchcommands.ts").then(({ submit }) => submit),
  },
  {
    words: "batch ls",
    arguments: "",
    summary: "list batches, the newest first",
    flags: [{ name: "--limit", value: "N", text: "how many at most (default 20)" }],
    examples: ["batch ls"],
    run: () => import("./batchcommands.ts").then(({ ls }) => ls),
  },
  {
    words: "batch get",
    arguments: "BATCH",
    summary: "tell how far a batch is, what it has cost, and what is wrong with its lines",
    flags: [{ name: "--wait", text: "wait for its end; the exit code is then that of the batch" }, quiet],
    examples: ["batch get batch_01a1f8a3", "batch get batch_01a1f8a3 --wait"],
    run: () => import("./batchcommands.ts").then(({ get }) => get),
  },
  {
    words: "batch cancel",
    arguments: "BATCH",
    summary: "cancel a batch; what is done stays in its results",
    flags: [],
    examples: ["batch cancel batch_01a1f8a3"],
    run: () => import("./batchcommands.ts").then(({ cancel }) => cancel),
  },
  {
    words: "batch results",
    arguments: "BATCH",
    summary: "print the results of a batch that has ended, a line for each request",
    flags: [
      { name: "--errors", text: "the requests that failed, and why, instead" },
      { short: "-o", name: "--output", value: "FILE", text: "write to a file" },
      quiet,
    ],
    examples: ["batch results batch_01a1f8a3 > results.jsonl", "batch results batch_01a1f8a3 --errors"],
    run: () => import("./batchcommands.ts").then(({ results }) => results),
  },
]

/** The flag of a file with a secret: arguments are seen by every user of the machine. */
const secretFile: Flag = {
  name: "--secret-file",
  value: "FILE",
  text: "a file with the secret (or ASYNCGATE_WEBHOOK_SECRET)",
}
const headersFile = (text: string): Flag => ({ name: "--headers-file", value: "FILE", text })
const form: Flag = {
  name: "--form",
  value: "FORM",
  text: "bifrost (default): jobs of any type; event: responses and batches, as OpenAI's events",
  choices: webhookForms,
}
const events = Object.values(webhookEvents).flat()

const webhookRows: readonly Row[] = [
  {
    words: "webhooks ls",
    arguments: "[ENDPOINT]",
    summary: "list the webhook endpoints, or what was delivered to one of them",
    flags: [{ name: "--limit", value: "N", text: "how many deliveries of the endpoint (default 20)" }],
    examples: ["webhooks ls", "webhooks ls orders"],
    run: () => import("./webhookcommands.ts").then(({ ls }) => ls),
  },
  {
    words: "webhooks add",
    arguments: "NAME URL",
    summary: "make a webhook endpoint and print its secret, this once",
    flags: [
      form,
      { name: "--event", value: "EVENT", isList: true, choices: events, text: "only this one of its form" },
      { name: "--all-jobs", text: "it is told of every job, and not only of those that name it" },
      { name: "--include-response", text: "send the answer or the error too, where it is not too long" },
      { name: "--allow-private-network", text: "its address may be in a network of your own, and its URL http" },
      headersFile("a file with headers that are sent along, each line NAME: VALUE"),
    ],
    examples: ["webhooks add orders https://example.com/webhook --all-jobs > secret.txt"],
    run: () => import("./webhookcommands.ts").then(({ add }) => add),
  },
  changeWebhook("rm", "delete a webhook endpoint with its deliveries"),
  changeWebhook("enable", "send to a webhook endpoint again"),
  changeWebhook("disable", "send nothing more to a webhook endpoint"),
  {
    words: "webhooks rotate",
    arguments: "ENDPOINT",
    summary: "make a new secret for a webhook endpoint and print it; the old one signs too for 24 hours",
    flags: [{ name: "--now", text: "the old one is void at once" }],
    examples: ["webhooks rotate orders > secret.txt", "webhooks rotate orders --now"],
    run: () => import("./webhookcommands.ts").then(({ rotate }) => rotate),
  },
  {
    words: "webhooks test",
    arguments: "ENDPOINT",
    summary: "send a sample to a webhook endpoint, and say what it answered",
    flags: [{ name: "--event", value: "EVENT", choices: events, text: "which event (default the first that it gets)" }],
    examples: ["webhooks test orders", "webhooks test orders --event async_job.failed"],
    run: () => import("./webhookcommands.ts").then(({ test }) => test),
  },
  {
    words: "webhooks resend",
    arguments: "DELIVERY",
    summary: "send a webhook again, under the same id; webhooks ls ENDPOINT lists them",
    flags: [],
    examples: ["webhooks resend ID"],
    run: () => import("./webhookcommands.ts").then(({ resend }) => resend),
  },
  {
    words: "webhooks listen",
    arguments: "",
    summary: "receive the webhooks of all jobs on this machine, show them, and pass them on until Ctrl-C",
    flags: [
      {
        name: "--forward-to",
        value: "URL",
        text: "the receiver that is being written, as http://127.0.0.1:3000/webhook",
      },
      { name: "--print-json", text: "print each webhook as JSON, one a line" },
      form,
      secretFile,
    ],
    examples: [
      "webhooks listen --forward-to http://127.0.0.1:3000/webhook",
      "webhooks listen --print-json | jq .event",
    ],
    run: () => import("./webhooklisten.ts"),
  },
  {
    words: "webhooks verify",
    arguments: "[BODYFILE]",
    summary: "say whether a webhook that was received is signed with a secret; - or nothing reads standard input",
    flags: [
      { name: "--header", value: "NAME=VALUE", isList: true, text: "a header that came with it" },
      headersFile("a file with the headers that came with it, each line NAME: VALUE"),
      secretFile,
      json,
    ],
    examples: ["webhooks verify body.json --headers-file headers.txt --secret-file secret.txt"],
    isLocal: true,
    run: () => import("./webhookverify.ts"),
  },
]

function changeWebhook(word: "rm" | "enable" | "disable", summary: string): Row {
  const run = () =>
    import("./webhookcommands.ts").then(({ remove, enable, disable }) => ({ rm: remove, enable, disable })[word])
  return {
    words: `webhooks ${word}`,
    arguments: "ENDPOINT",
    summary,
    flags: [],
    examples: [`webhooks ${word} orders`],
    run,
  }
}

const configRows: readonly Row[] = [
  {
    words: "config check",
    arguments: "",
    summary: "tell every mistake in config.json, the environment and the flags; exits with 2 where there is one",
    flags: [...serving, json],
    examples: ["config check", "config check --host 0.0.0.0", "config check --json"],
    isLocal: true,
    run: () => import("./configcommands.ts").then(({ check }) => check),
  },
  {
    words: "config show",
    arguments: "",
    summary: "print the settings with which a gateway would start, and where each comes from; no secrets",
    flags: [...serving, json],
    examples: ["config show", "config show --json"],
    isLocal: true,
    run: () => import("./configcommands.ts").then(({ show }) => show),
  },
  {
    words: "config path",
    arguments: "",
    summary: "print where config.json is, or would be",
    flags: [...appDir, json],
    examples: ["config path"],
    isLocal: true,
    run: () => import("./configcommands.ts").then(({ path }) => path),
  },
  {
    words: "config schema",
    arguments: "",
    summary: "print the JSON Schema of config.json, for editors",
    flags: [],
    examples: ["config schema > config.schema.json"],
    isLocal: true,
    run: () => import("./configcommands.ts").then(({ schema }) => schema),
  },
]

const dryRun: Flag = { name: "--dry-run", text: "only show what would be written and run" }

/** A command about the gateway as a service of the user's own. */
function describeService(word: "install" | "uninstall" | "status" | "logs", summary: string, flags: Flag[]): Row {
  const run = () => import("./servicecommand.ts").then((commands) => commands[word])
  const examples = [`service ${word}`, ...(word === "install" ? ["service install --port 9000 --dry-run"] : [])]
  return { words: `service ${word}`, arguments: "", summary, flags: [...flags, dryRun], examples, isLocal: true, run }
}

const installationRows: readonly Row[] = [
  {
    words: "update",
    arguments: "",
    summary: "put the newest release in the place of this program, once it is proved to be ours and to run",
    flags: [
      { name: "--check", text: "only tell whether there is one" },
      { name: "--to", value: "VERSION", text: "this version instead, which may be an older one" },
      ...appDir,
      json,
    ],
    examples: ["update", "update --check", "update --to 0.1.0"],
    isLocal: true,
    run: () => import("./updatecommand.ts"),
  },
  describeService(
    "install",
    "let the system start the gateway at log-in and after failures, as a service of your own",
    [...serving.filter(({ name }) => /^--(port|host|app-dir)$/.test(name)), json],
  ),
  describeService("uninstall", "stop the service and remove it; jobs and configuration stay", [json]),
  describeService("status", "tell whether the service runs; exits with 1 where it does not", [json]),
  describeService("logs", "print the log of the service", [
    { name: "--lines", value: "N", text: "how many of the last lines (default 100)" },
    { short: "-f", name: "--follow", text: "go on with what comes" },
  ]),
]

export const rows: readonly Row[] = [
  {
    words: "serve",
    arguments: "",
    summary: "start the gateway; no command means the same",
    flags: serving,
    examples: ["--port 9000"],
    run: null,
  },
  ...clientRows,
  ...batchRows,
  ...webhookRows,
  ...configRows,
  ...installationRows,
  ...commands.map(({ name, argument, text }) => ({
    words: name,
    arguments: argument ?? "",
    summary: text,
    flags: appDir,
    examples: [],
    run: null,
  })),
]
