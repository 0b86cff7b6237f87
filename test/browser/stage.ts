// The stage of the dashboard's tests: a real browser, pages that are watched, and what may be wrong with a page.
import { afterAll, describe, expect, setDefaultTimeout } from "bun:test"
import { type Browser, type BrowserContext, type ConsoleMessage, chromium, type Page } from "playwright-core"
import { browserPath } from "../browser.ts"
import { afterTest } from "../cleanup.ts"

// A build that says nothing of a missing browser would let a page pass that nobody has opened.
if (browserPath === null && process.env["CI"] === "true") {
  throw new Error("there is no browser to open the dashboard in: install Debian's chromium (apt-get install chromium)")
}

/** For hooks that stand before the rows of a file: what the rows have does not count for them yet. */
export const PATIENCE_MS = 240_000
/** For one thing that a test waits for: a busy machine is no reason to fail, and what never comes is named before its test is ended. */
const WAIT_MS = PATIENCE_MS / 2

/** As `describe`, with a browser of its own; where there is none its rows are skipped, and say so. */
export function describeInBrowser(name: string, rows: () => void): void {
  // The first page waits for the browser to start.
  setDefaultTimeout(PATIENCE_MS)
  describe.skipIf(browserPath === null)(browserPath === null ? `${name} (SKIPPED: there is no chromium)` : name, () => {
    rows()
    afterAll(closeBrowser)
  })
}

const themes = ["dark", "light"] as const
const widths = [1100, 390] as const

export interface VisitOptions {
  theme?: (typeof themes)[number]
  width?: number
  /** With which key the reader is signed in. */
  token?: string
  /** Another tab of the same browser. */
  context?: BrowserContext
}

export interface Visit {
  page: Page
  context: BrowserContext
  /** What the page said to its console, threw, or was refused by its policy; and what it asked of other hosts. */
  complaints: string[]
  /** Every request so far, as "GET /path?query". */
  requested: string[]
}

let launched: Promise<Browser> | undefined

function launchBrowser(): Promise<Browser> {
  launched ??= chromium.launch({
    executablePath: browserPath ?? "",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
    timeout: WAIT_MS,
  })
  return launched
}

async function closeBrowser(): Promise<void> {
  await (await launched)?.close()
  launched = undefined
}

/** Opens an address of the dashboard in a tab that is closed when the test has finished. */
export async function visit(url: string, options: VisitOptions = {}): Promise<Visit> {
  const { theme = "light", width = 1100, token } = options
  const context =
    options.context ??
    (await (
      await launchBrowser()
    ).newContext({
      colorScheme: theme,
      viewport: { width, height: readHeight(width) },
      deviceScaleFactor: 1,
      reducedMotion: "reduce",
    }))
  context.setDefaultTimeout(WAIT_MS)
  if (options.context === undefined) afterTest(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  const requested: string[] = []
  const { host } = new URL(url)
  page.on("console", (message) => {
    if (!isOfBusyEngine(message)) complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`)
  })
  page.on("pageerror", (error) => complaints.push(`thrown: ${error.message}`))
  page.on("request", (request) => {
    const asked = new URL(request.url())
    if (asked.protocol === "data:" || asked.protocol === "blob:") return
    requested.push(`${request.method()} ${asked.pathname}${asked.search}`)
    if (host !== "" && asked.host !== host) complaints.push(`another host: ${request.url()}`)
  })
  await page.goto(token === undefined ? url : `${url}#token=${encodeURIComponent(token)}`)
  return { page, context, complaints, requested }
}

/** The gateway refuses to tell of its queues where its engine is silent for a second, as on a busy machine; the screens ask again. */
function isOfBusyEngine(message: ConsoleMessage): boolean {
  return message.text().includes("status of 503") && message.location().url.endsWith("/v1/async/queues")
}

/** The title is set once the screen has been drawn. */
export async function waitForTitle(page: Page, title: string): Promise<void> {
  await page.waitForFunction((wanted) => document.title === wanted, `${title} · asyncgate`)
}

/** WCAG 1.4.10: nobody has to scroll sideways at this width. */
const WIDTH_MIN = 320

/** Holds a page to what every screen must be: silent, within its width, and open to everybody. */
export async function expectSound({ page, complaints }: Visit): Promise<void> {
  expect(complaints).toEqual([])
  expect(await page.evaluate(findTooWide)).toEqual([])
  expect(await page.evaluate(findSqueezed)).toEqual([])
  expect(await findBarriers(page)).toEqual([])
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
  if (width >= 500) return
  await page.setViewportSize({ width: WIDTH_MIN, height })
  expect(await page.evaluate(findTooWide)).toEqual([])
  await page.setViewportSize({ width, height })
}

/** For a test that holds its page in every look. */
export const LOOKS_PATIENCE_MS = PATIENCE_MS * 2

/** The same in each theme and width, which the page takes on as it stands: as when a window is resized, or the night comes. */
export async function expectSoundInEveryLook(opened: Visit): Promise<void> {
  const { page } = opened
  for (const width of widths) {
    await page.setViewportSize({ width, height: readHeight(width) })
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme })
      await page.locator(`html[data-theme=${theme}]`).waitFor()
      await expectSound(opened)
    }
  }
}

function readHeight(width: number): number {
  return width < 500 ? 844 : 800
}

/** Runs in the page: what reaches over its right edge, where it can be scrolled to. */
function findTooWide(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth <= clientWidth) return []
  const over = [...document.querySelectorAll("body *")].filter(
    (each) => each.getBoundingClientRect().right > clientWidth,
  )
  return [`${scrollWidth} px`, ...over.map(({ tagName, className }) => `${tagName} ${className}`)]
}

/** Runs in the page: the headings of tables that have no room for their words. */
function findSqueezed(): string[] {
  const headings = [...document.querySelectorAll("table.data th")].filter((each) => each.checkVisibility())
  return headings.filter(({ clientHeight }) => clientHeight > 80).map(({ textContent }) => `squeezed: ${textContent}`)
}

interface Found {
  violations: { id: string; help: string; nodes: { target: unknown[]; failureSummary?: string }[] }[]
}

const axe = () => Bun.file(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir)).text()
const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

/** What axe finds against WCAG 2.2 AA. */
async function findBarriers(page: Page): Promise<string[]> {
  // The debugger runs it, so that the policy of the page does not matter.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await axe())
  const { violations } = await page.evaluate<Found>(
    `axe.run(document, { runOnly: ${JSON.stringify(standards)}, resultTypes: ["violations"] })`,
  )
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary ?? ""}`),
  )
}

/** The page believes that it is hidden, or seen again. */
export const setVisible = (page: Page, isVisible: boolean): Promise<void> =>
  page.evaluate(
    (state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true })
      document.dispatchEvent(new Event("visibilitychange"))
    },
    isVisible ? "visible" : "hidden",
  )
