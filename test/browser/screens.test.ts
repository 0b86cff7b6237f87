// Every screen of the dashboard in a real browser, dark and light, wide and narrow: silent, within its width, open to everybody.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { chat, type Gateway, launch } from "../harness.ts"
import {
  describeInBrowser,
  expectSoundInEveryLook,
  LOOKS_PATIENCE_MS,
  PATIENCE_MS,
  visit,
  waitForTitle,
} from "./stage.ts"

/** `:id` stands for a job. `shows`: a text that is there once the screen has all that it shows. */
const screens = [
  { path: "/ui", title: "Overview", shows: "Last clean-up" },
  { path: "/ui/jobs", title: "Jobs", shows: "4 jobs" },
  { path: "/ui/jobs/:id", title: "Job", shows: "[mock answer" },
  { path: "/ui/compare?a=:id&b=:id", title: "Compare", shows: "Both are the same" },
  { path: "/ui/playground?type=chat_completion&job=:id", title: "Playground", shows: "[mock answer" },
  { path: "/ui/playground?type=image_edit", title: "Playground", shows: "Choose the file of" },
  { path: "/ui/spend", title: "Spend", shows: "without a known cost" },
]

let gateway: Gateway
let job = ""
beforeAll(async () => {
  gateway = await launch()
  job = await gateway.accept(chat())
  await gateway.end(job)
  await gateway.end(await gateway.accept(chat({ mock: { status: 400 } })))
  await gateway.end(await gateway.accept(chat({ model: `mock/${"a-model-with-a-long-name-".repeat(8)}` })))
  await gateway.accept(chat({ mock: { hang: true } }))
}, PATIENCE_MS)
afterAll(() => gateway.dispose())

describeInBrowser("every screen", () => {
  test.each(screens)(
    "$path, dark and light, wide and narrow",
    async ({ path, title, shows }) => {
      const opened = await visit(gateway.url + path.replaceAll(":id", job))
      await opened.page.getByText(shows).first().waitFor()
      expect(await opened.page.getByRole("heading", { level: 1 }).textContent()).toBe(title)
      await waitForTitle(opened.page, title)
      await expectSoundInEveryLook(opened)
    },
    LOOKS_PATIENCE_MS,
  )
})
