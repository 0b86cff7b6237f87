import { afterAll, expect, test } from "bun:test"
import { chat, launch } from "../harness.ts"

const gateway = await launch()
afterAll(() => gateway.dispose())

test("a submitted chat request is answered by the mock provider", async () => {
  const job = await gateway.end(await gateway.accept(chat()))
  expect(job.status).toBe("completed")
  expect(job.result.choices[0].message.content).toContain("Hello")
})
