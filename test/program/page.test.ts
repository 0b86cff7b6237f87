// The page at /docs in a real browser: a newcomer who opens an operation and presses Execute gets what the operation is for.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { findJobsPath } from "../../src/endpoints/clienttypes.ts"
import { described } from "../../src/endpoints/endpoint.ts"
import { endpoints } from "../../src/endpoints/endpoints.ts"
import { type Browser, browserPath, launchBrowser, type Page } from "../browser.ts"
import { type Gateway, type Job, launch } from "../harness.ts"

const readmePath = join(import.meta.dir, "../../README.md")

// A build that says nothing of a missing browser would let a page pass that nobody has opened.
if (browserPath === null && process.env["CI"] === "true") {
  throw new Error("there is no browser to open the page in: install Debian's chromium (apt-get install chromium)")
}
const title = browserPath === null ? "the page (skipped: there is no chromium on this machine)" : "the page"

/** An operation, and what the reader has to choose or to enter before Execute is pressed. */
interface Press {
  /** Under which heading it is. */
  tag: string
  method: string
  path: string
  contentType?: string
  /** The field of a form that a file is chosen in. */
  file?: string
  /** It wants the id of a job. */
  isOfJob?: boolean
  expected: string
  /** The fields that have a value of themselves. */
  filled: string[]
}

const submits = endpoints.map(described).flatMap(({ summary, forms, example, parts = {}, ...endpoint }) =>
  forms.map((form): Press => {
    const submit = { tag: summary, method: "post", path: `/v1/async${findJobsPath(endpoint)}`, expected: "202" }
    if (form === "json") return { ...submit, contentType: "application/json", filled: ["body"] }
    const [file = ""] = Object.keys(parts)
    const filled = Object.keys(example).filter((name) => !(name in parts))
    return { ...submit, contentType: "multipart/form-data", file, filled: filled.toSorted() }
  }),
)
const chat = "/v1/async/chat/completions/{job_id}"
const jobs = "/v1/async/jobs"
const ofChat = { tag: "chat completion", isOfJob: true, expected: "200", filled: [] }
const ofJob = { ...ofChat, tag: "jobs" }
const others: Press[] = [
  { method: "get", path: chat, ...ofChat },
  { method: "post", path: `${chat}/cancel`, ...ofChat },
  { method: "get", path: `${jobs}/{job_id}`, ...ofJob },
  { method: "delete", path: `${jobs}/{job_id}`, ...ofJob, expected: "204" },
  { tag: "jobs", method: "get", path: jobs, expected: "200", filled: [] },
  { tag: "models", method: "get", path: "/v1/models", expected: "200", filled: [] },
  { tag: "health", method: "get", path: "/metrics", expected: "200", filled: [] },
]
const cancelAll: Press = { tag: "jobs", method: "post", path: `${jobs}/cancel`, expected: "200", filled: [] }

/** What the page is driven with, in the page itself. */
const helpers = `
  window.until = async (find) => {
    for (const began = performance.now(); performance.now() - began < 60_000; ) {
      const found = find()
      if (found) return found
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
    throw new Error("waited a minute for " + find)
  }
  window.toggle = (tag) => document.querySelector('.opblock-tag[data-tag="' + tag + '"]').click()
  window.operation = (method, path) =>
    [...document.querySelectorAll(".opblock-" + method)].find(
      (block) => block.querySelector(".opblock-summary-path").dataset.path === path,
    )
  window.put = (element, value, event) => {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value").set.call(element, value)
    element.dispatchEvent(new Event(event, { bubbles: true }))
  }
  window.unfold = async (tag, find, contentType) => {
    toggle(tag)
    const block = await until(find)
    if (!block.classList.contains("is-open")) block.querySelector(".opblock-summary-control").click()
    // What is pressed before the operation has been read out of the document is lost.
    await until(() => block.querySelector(".btn.execute") && !block.querySelector(".opblock-loading-animation"))
    block.querySelector(".btn-clear")?.click()
    await until(() => block.querySelector(".btn-clear") === null)
    if (!contentType) return
    put(await until(() => block.querySelector(".body-param-content-type select")), contentType, "change")
    const body = contentType === "application/json" ? "textarea.body-param__text" : '[data-property-name="model"] input'
    await until(() => block.querySelector(body)?.value)
  }
  window.padlocks = () =>
    [...document.querySelectorAll(".opblock .authorization__btn")].map((button) => button.getAttribute("aria-label"))
  window.filled = (block) =>
    [...block.querySelectorAll("[data-property-name], [data-param-name], .body-param")]
      .filter((row) => [...row.querySelectorAll("input, select, textarea")].some(({ type, value }) => type !== "checkbox" && value !== ""))
      .map(({ dataset }) => dataset.propertyName ?? dataset.paramName ?? "body")
      .sort()
  window.enter = (block, id) => {
    const input = block.querySelector('[data-param-name="job_id"] input')
    put(input, id, "input")
    // What is typed counts a moment later, or when the field is left.
    input.dispatchEvent(new Event("focusout", { bubbles: true }))
  }
  window.execute = async (block) => {
    block.querySelector(".btn.execute").click()
    const row = await until(() => block.querySelector(".live-responses-table tbody .response"))
    const status = row.querySelector(".response-col_status").firstChild.textContent.trim()
    return status.startsWith("2") ? status : status + " " + row.textContent
  }
`

describe.skipIf(browserPath === null)(title, () => {
  let gateway: Gateway
  let browser: Browser
  let pages: Page[]
  const results = new Map<Press, { status: string; filled: string[] }>()
  const padlocks = new Set<string>()

  beforeAll(async () => {
    gateway = await launch()
    browser = await launchBrowser(browserPath ?? "")
    // Two, because each has a process of its own.
    pages = await Promise.all([openDocs(), openDocs()])
    const waiting = [...submits, ...others]
    await Promise.all(
      pages.map(async (page) => {
        for (let next = waiting.shift(); next; next = waiting.shift()) results.set(next, await press(page, next))
      }),
    )
  }, 300_000)
  afterAll(async () => {
    await browser.close()
    await gateway.dispose()
  })

  async function openDocs(): Promise<Page> {
    const page = await browser.open(`${gateway.url}/docs`)
    await page.evaluate(`(async () => { ${helpers}; await until(() => document.querySelector(".opblock-tag")) })()`)
    // What is folded is not drawn, and drawing is all that takes time.
    await page.evaluate(`document.querySelector(".models-control").click()`)
    return page
  }

  async function press(page: Page, { tag, method, path, contentType = "", file, isOfJob }: Press) {
    const block = `operation("${method}", "${path}")`
    await page.evaluate(`unfold("${tag}", () => ${block}, "${contentType}")`)
    for (const state of await page.evaluate<string[]>(`padlocks()`)) padlocks.add(state)
    const filled = await page.evaluate<string[]>(`filled(${block})`)
    if (file) await page.choose(`${block}.querySelector('[data-property-name="${file}"] input[type=file]')`, readmePath)
    if (isOfJob) await page.evaluate(`enter(${block}, "${await endedJob()}")`)
    const status = await page.evaluate<string>(`execute(${block})`)
    await page.evaluate(`toggle("${tag}")`)
    return { status, filled }
  }

  async function endedJob(): Promise<string> {
    const body = { model: "mock/echo", messages: [{ role: "user", content: "Hello" }] }
    const response = await gateway.submit(body, { prefer: "wait=10" })
    return ((await response.json()) as Job).id
  }

  test.each(submits.map((submit) => [submit.path, submit.contentType, submit] as const))(
    "a submit to %s as %s is accepted on its first press, with the example filled in and nothing else",
    (_path, _type, submit) => {
      expect(results.get(submit)).toEqual({ status: submit.expected, filled: submit.filled })
    },
  )

  test.each(others.map((other) => [other.method, other.path, other] as const))(
    "%s %s answers on its first press",
    (_method, _path, other) => {
      expect(results.get(other)).toEqual({ status: other.expected, filled: other.filled })
    },
  )

  test("cancelling all of one's jobs answers on its first press", async () => {
    const [page] = pages
    expect(await press(page as Page, cancelAll)).toEqual({ status: cancelAll.expected, filled: [] })
  }, 240_000)

  test("every job that was submitted so has ended well", async () => {
    const { data }: Job = await (await gateway.fetch(`${jobs}?limit=100`)).json()
    expect(data.length).toBeGreaterThan(submits.length)
    expect(data.filter((job: Job) => job.status !== "completed")).toEqual([])
  })

  test("no padlock is closed before the reader has entered a key", () => {
    expect([...padlocks]).toEqual(["authorization button unlocked"])
  })

  test("what was pressed sent no header that nobody asked for", () => {
    const sent = pages.flatMap(({ requested }) => requested).filter(({ url }) => url.includes("/v1/"))
    const names = new Set(sent.flatMap(({ headers }) => Object.keys(headers).map((name) => name.toLowerCase())))
    const usual = ["accept", "content-type", "referer", "user-agent"]
    expect([...names].filter((name) => !usual.includes(name) && !name.startsWith("sec-ch-ua"))).toEqual([])
  })

  test("nothing was asked of any other host, and nothing went wrong", () => {
    const urls = pages.flatMap(({ requested }) => requested.map(({ url }) => new URL(url)))
    const origins = new Set(urls.map(({ origin, protocol }) => (protocol === "data:" ? protocol : origin)))
    expect([...origins].toSorted()).toEqual(["data:", gateway.url])
    expect(pages.flatMap(({ complaints }) => complaints)).toEqual([])
  })
})
