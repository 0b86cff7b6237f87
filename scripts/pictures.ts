// `bun run pictures` takes the pictures of docs/dashboard.md: of the real program (the binary that ASYNCGATE_BINARY names, else the source),
// which works for a while on jobs that a provider on this machine answers. It needs Debian's chromium.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { type Browser, chromium } from "playwright-core"

interface Picture {
  name: string
  /** `JOB`: the job that was answered by its fallback. `HOOK`: the webhook endpoint. */
  path: string
  theme: "dark" | "light"
  /** A text that is there once all is. */
  shows: string
  /** Whether it follows what happens; by default it does. */
  isLive?: boolean
  height?: number
}

const pictures: readonly Picture[] = [
  { name: "overview", path: "/ui", theme: "dark", shows: "Last clean-up" },
  { name: "jobs", path: "/ui/jobs", theme: "light", shows: "mistral-large-latest", height: 540 },
  { name: "job", path: "/ui/jobs/JOB", theme: "light", shows: "The lighthouse", isLive: false, height: 700 },
  { name: "queues", path: "/ui/queues", theme: "light", shows: "gpt-4.1", height: 540 },
  { name: "webhook", path: "/ui/webhooks/HOOK", theme: "light", shows: "delivered", isLive: false, height: 560 },
  { name: "spend", path: "/ui/spend?by=model", theme: "dark", shows: "text-embedding-3-small", isLive: false },
]

const HEIGHT = 640
const WIDTH = 1060
/** A larger one is a failure: documents are read over slow lines too. */
const BYTES_MAX = 100 * 1024
const SEED_MS = 45_000
const PAUSE_MS = 350

const to = join(import.meta.dir, "../docs/pictures")
const program = process.env["ASYNCGATE_BINARY"]
  ? [resolve(process.env["ASYNCGATE_BINARY"])]
  : [process.execPath, join(import.meta.dir, "../src/main.ts")]
const callers = { search: "sk-bf-search-of-the-shop", reports: "sk-bf-reports-each-night" }

const questions = [
  "Which of these shoes are waterproof?",
  "Does the tent fit two people and a dog?",
  "What is the return policy for lamps?",
  "Compare the two cheapest stoves.",
  "Is the blue jacket warmer than the green one?",
]

const directory = mkdtempSync(join(tmpdir(), "asyncgate-pictures-"))
const provider = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: answer })
writeFileSync(join(directory, "config.json"), JSON.stringify(makeConfig(`http://127.0.0.1:${provider.port}`)))
const gateway = Bun.spawn([...program, "--port", "0", "--app-dir", directory, "--log-style", "json"], {
  stdin: "ignore",
  stdout: "pipe",
  stderr: "ignore",
})
try {
  const { url } = JSON.parse(await readLine(gateway.stdout)) as { url: string }
  const token = (await Bun.$`${program} admin-token rotate --app-dir ${directory}`.quiet().text()).trim()
  const job = await seed(url)
  const hook = await findWebhook(url, token)
  const browser = await chromium.launch({ executablePath: findBrowser(), args: ["--no-sandbox"] })
  mkdirSync(to, { recursive: true })
  for (const picture of pictures)
    await take(browser, picture, `${url}${picture.path.replace("JOB", job).replace("HOOK", hook)}#token=${token}`)
  await browser.close()
} finally {
  gateway.kill()
  await gateway.exited
  await provider.stop(true)
  rmSync(directory, { recursive: true, force: true })
}

async function take(
  browser: Browser,
  { name, theme, shows, isLive = true, height = HEIGHT }: Picture,
  address: string,
): Promise<void> {
  const page = await browser.newPage({
    colorScheme: theme,
    viewport: { width: WIDTH, height },
    reducedMotion: "reduce",
  })
  await page.goto(address)
  await page.getByText(shows).first().waitFor()
  if (isLive) await page.getByRole("button", { name: "Live", exact: true }).waitFor()
  const path = join(to, `${name}.png`)
  const { length } = await page.screenshot({ path })
  await page.close()
  process.stdout.write(`${String(length).padStart(7)} B  ${path}\n`)
  if (length > BYTES_MAX) process.exitCode = 1
}

function findBrowser(): string {
  const found = Bun.which("chromium") ?? Bun.which("google-chrome")
  if (found === null) throw new Error("there is no browser: apt-get install chromium")
  return found
}

function makeConfig(url: string): object {
  const own = (keys: string[]) => ({
    keys: keys.map((name) => ({ name, value: `sk-${name}`, weight: 1 })),
    network_config: { base_url: url, max_retries: 1, retry_backoff_initial: 400, retry_backoff_max: 900 },
  })
  const all = ["openai", "groq", "mistral"].map((name) => ({ provider: name, allowed_models: ["*"] }))
  const limits = { search: { day: { tokens: 500_000 } }, reports: { day: { cost: 5 }, month: { cost: 50 } } }
  const events = ["async_job.completed", "async_job.failed"]
  return {
    webhooks: [{ name: "orders", url: `${url}/webhook`, events, all_jobs: true }],
    providers: { openai: own(["team", "spare"]), groq: own(["groq"]), mistral: own(["mistral"]) },
    governance: {
      virtual_keys: Object.entries(callers).map(([name, value]) => ({
        id: `vk-${name}`,
        name,
        value,
        is_active: true,
        provider_configs: all,
        budgets: limits[name as keyof typeof limits],
      })),
    },
  }
}

/** The id of the endpoint. */
async function findWebhook(url: string, token: string): Promise<string> {
  const response = await fetch(`${url}/api/webhooks`, { headers: { authorization: `Bearer ${token}` } })
  const { endpoints } = (await response.json()) as { endpoints: { id: string }[] }
  return endpoints[0]?.id ?? ""
}

/** Jobs of every state. The id of one that its fallback has answered. */
async function seed(url: string): Promise<string> {
  const until = performance.now() + SEED_MS
  const post = async (key: keyof typeof callers, path: string, body: object) => {
    const headers = { "content-type": "application/json", "x-bf-vk": callers[key] }
    const response = await fetch(`${url}/v1/async${path}`, { method: "POST", headers, body: JSON.stringify(body) })
    const job = (await response.json()) as { id: string }
    if (response.status !== 202) throw new Error(JSON.stringify(job))
    return job.id
  }
  const ask = (key: keyof typeof callers, model: string, content: string, over = {}) =>
    post(key, "/chat/completions", { model, messages: [{ role: "user", content }], ...over })
  for (let count = 0; performance.now() < until; count += 1) {
    const question = questions[count % questions.length] ?? ""
    await ask("search", "openai/gpt-4o-mini", question)
    if (count % 3 === 0) await ask("reports", "mistral/mistral-large-latest", `Summarise: ${question}`)
    if (count % 4 === 1) await ask("search", "groq/llama-3.3-70b-versatile", question)
    if (count % 5 === 2)
      await post("search", "/embeddings", { model: "openai/text-embedding-3-small", input: question })
    if (count % 11 === 4) await ask("reports", "openai/gpt-4o-unknown", question)
    await Bun.sleep(PAUSE_MS)
  }
  const told = await ask("search", "openai/gpt-4o-busy", "Describe a lighthouse at dusk in two sentences.", {
    fallbacks: ["groq/llama-3.3-70b-versatile"],
  })
  for (let count = 0; count < 8; count += 1) await ask("reports", "openai/gpt-4.1", questions[count % 4] ?? "")
  for (let count = 0; count < 3; count += 1) await ask("search", "mistral/mistral-slow", questions[count] ?? "")
  await fetch(`${url}/v1/async/jobs/${told}`, { headers: { "x-bf-vk": callers.search, prefer: "wait=20" } })
  for (const model of ["mistral/mistral-large-latest", "openai/gpt-4o-unknown", "groq/llama-3.3-70b-versatile"])
    await ask("search", model, questions[0] ?? "")
  return told
}

/** The receiver of the webhooks, which does not take failures. */
async function receive(request: Request): Promise<Response> {
  const isFailure = request.headers.get("x-bifrost-event") === "async_job.failed"
  return isFailure ? new Response("orders are closed for the night", { status: 503 }) : new Response()
}

/** Plays the providers: each model has its own manner. */
async function answer(request: Request): Promise<Response> {
  if (new URL(request.url).pathname === "/webhook") return receive(request)
  const { model, input } = (await request.json()) as { model: string; input?: string }
  const refuse = (status: number, message: string, headers = {}) =>
    Response.json({ error: { message, type: "error", code: null } }, { status, headers })
  if (model === "gpt-4o-unknown") return refuse(404, `The model \`${model}\` does not exist`)
  if (model === "gpt-4o-busy") return refuse(503, "The engine is overloaded")
  if (model === "gpt-4.1") return refuse(429, "Rate limit reached", { "retry-after": "840" })
  await Bun.sleep(
    model === "mistral-slow"
      ? 120_000
      : 150 + (((request.headers.get("content-length") ?? "").length * 97 + performance.now()) % 900),
  )
  if (input !== undefined) {
    const embedding = Array.from({ length: 64 }, (_, at) => Math.round(Math.sin(at * 0.37) * 1000) / 1000)
    return Response.json({
      object: "list",
      model,
      data: [{ object: "embedding", index: 0, embedding }],
      usage: { prompt_tokens: 14, total_tokens: 14 },
    })
  }
  const content =
    "The lighthouse stands black against a sky of copper and slate. Its lamp wakes, and the first beam walks out over the water."
  return Response.json({
    id: `chatcmpl-${performance.now()}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 412, completion_tokens: 186, total_tokens: 598 },
  })
}

async function readLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  for await (const piece of stream) {
    text += decoder.decode(piece, { stream: true })
    if (text.includes("\n")) break
  }
  return text.split("\n", 1)[0] ?? ""
}
