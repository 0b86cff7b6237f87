// Many large answers at once: memory for them is bounded, the providers' servers wait, and nothing is lost or held up.
import { afterEach, expect, setDefaultTimeout, test } from "bun:test"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import { configFor, startUpstream, type Upstream } from "../upstream.ts"

setDefaultTimeout(240_000)

const COUNT = 10
const CHARS = 20_000_000

let gateway: Gateway | undefined
let upstream: Upstream | undefined
afterEach(async () => {
  await gateway?.dispose()
  await upstream?.stop()
})

function readAnswer(n: number): string {
  const message = { role: "assistant", content: String(n % 10).repeat(CHARS) }
  return JSON.stringify({
    id: `c${n}`,
    object: "chat.completion",
    choices: [{ index: 0, message, finish_reason: "stop" }],
  })
}

test("answers of 200 MB that come at once are all stored, are told of, and hold up no submit", async () => {
  const allThere = Promise.withResolvers<void>()
  const server = startUpstream(async (_, n) => {
    if (n === COUNT - 1) allThere.resolve()
    await allThere.promise
    // Every second one does not say how long it is.
    const text = readAnswer(n)
    const body = n % 2 === 0 ? text : new Blob([text]).stream()
    return new Response(body, { headers: { "content-type": "application/json" } })
  })
  upstream = server
  const running = await launch({ config: configFor(server, { max_retries: 0 }) })
  gateway = running
  const ids = await Promise.all(Array.from({ length: COUNT }, () => running.accept(chat({ model: "up/m" }))))
  await allThere.promise
  const others: string[] = []
  let left = COUNT
  while (left > 0) {
    others.push(await running.accept(chat()))
    left = COUNT - running.count("jobs", "provider = 'up' AND completed_at IS NOT NULL")
  }
  const seen = new Set<string>()
  for (const id of ids) {
    const job: Job = await running.end(id)
    expect(job.status).toBe("completed")
    const { content } = job.result.choices[0].message
    expect(content).toHaveLength(CHARS)
    expect(content).toBe(content[0].repeat(CHARS))
    seen.add(content[0])
  }
  expect(seen.size).toBe(COUNT)
  for (const id of others) expect((await running.end(id)).status).toBe("completed")
  expect(running.log()).toContain("answers come faster than they are stored")
  expect(running.log()).toContain("answers are stored as fast as they come again")
})
