// The providers in a real browser: which can be called, with which keys, and how their last calls ended.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { chat, type Gateway, launch } from "../harness.ts"
import { completion, startUpstream, type Upstream } from "../upstream.ts"
import {
  describeInBrowser,
  expectSoundInEveryLook,
  LOOKS_PATIENCE_MS,
  PATIENCE_MS,
  visit,
  waitForTitle,
} from "./stage.ts"

/** Their ends are in no port and in no name of a file. */
const secrets = { good: "sk-good-0123456789abwxyz", bad: "sk-bad-fedcba987654zyxw", slow: "sk-slow-001122334455qzjx" }

let upstream: Upstream
let gateway: Gateway
beforeAll(async () => {
  upstream = startUpstream(({ headers }) => {
    if (headers["authorization"]?.includes("good")) return completion()
    if (headers["authorization"]?.includes("slow"))
      return new Response("slow down", { status: 429, headers: { "retry-after": "600" } })
    return Response.json({ error: { code: "invalid_api_key", message: "Incorrect API key" } }, { status: 401 })
  })
  const key = (name: keyof typeof secrets, over: object) => ({ name, value: secrets[name], models: [name], ...over })
  gateway = await launch({
    config: {
      providers: {
        up: {
          network_config: { base_url: upstream.url },
          keys: [key("good", { weight: 2 }), key("bad", { concurrency: 7 }), key("slow", {})],
          concurrency_and_buffer_size: { concurrency: 50 },
        },
      },
    },
    env: { OPENAI_API_KEY: "sk-env-aabbccddeeff0011" },
  })
  await gateway.end(await gateway.accept(chat({ model: "up/good" })))
  await gateway.end(await gateway.accept(chat({ model: "up/bad" })))
  await gateway.accept(chat({ model: "up/slow" }))
  while (!(await (await gateway.fetch("/v1/async/providers")).text()).includes('"status":429'));
}, PATIENCE_MS)
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

describeInBrowser("the providers", () => {
  test(
    "are open to everybody, dark and light, wide and narrow",
    async () => {
      const opened = await visit(`${gateway.url}/ui/providers`)
      await opened.page.getByRole("table", { name: "Keys of up" }).waitFor()
      await waitForTitle(opened.page, "Providers")
      await expectSoundInEveryLook(opened)
    },
    LOOKS_PATIENCE_MS,
  )

  test("are shown with each key by its name: open or until when closed, and how its last call ended", async () => {
    const { page } = await visit(`${gateway.url}/ui/providers`)
    const panel = page.locator("section.panel").filter({ has: page.getByRole("heading", { name: "up", exact: true }) })
    const row = (name: string) => panel.getByRole("row").filter({ has: page.getByTitle(name, { exact: true }) })
    await panel.getByText("0 of 50").waitFor()
    const good = row("good")
    expect(await good.locator("td[data-name=Now]").textContent()).toBe("Open")
    expect(await good.locator("td[data-name=Weight]").textContent()).toBe("2")
    expect(await good.locator("td[data-name=From]").textContent()).toBe("config.json")
    expect(await good.locator("td[data-name='Last calls']").textContent()).toBe("Succeeded")
    expect(await row("bad").locator("td[data-name='In flight']").textContent()).toBe("0 of 7")
    await row("bad").getByText("the key was refused (invalid_api_key)").waitFor()
    await row("slow")
      .getByText(/^Closed, opens in \d+ min \d\d s$/)
      .waitFor()
    await page.getByText("environment OPENAI_API_KEY").waitFor()
    const text = await page.content()
    for (const value of Object.values(secrets)) expect(text).not.toContain(value.slice(-4))
  })

  test("lead to a trial with a model that a key is for", async () => {
    const { page } = await visit(`${gateway.url}/ui/providers`)
    const link = page.getByRole("link", { name: "Try it with up" })
    expect(await link.getAttribute("href")).toBe("/ui/playground?model=up%2Fgood")
  })
})
