// The memory of what a request continues, which counts as that of a body.
import { expect, test } from "bun:test"
import type { Received } from "../../src/http/intake/received.ts"
import { createBodyMemory } from "../../src/http/request/bodymemory.ts"
import { putHistory } from "../../src/http/responses/historyinput.ts"
import { catchError } from "../catcherror.ts"

const naming = { param: "conversation", id: "conv_1", marker: "asyncgate_conversation" }
const MEMORY = 1000

function open() {
  const memory = createBodyMemory(MEMORY)
  const settled: boolean[] = []
  const text = JSON.stringify({ input: "Hello", conversation: "conv_1" })
  const body: Received = {
    submission: { form: "json", fields: JSON.parse(text), files: [] },
    names: ["input", "conversation"],
    ...{ text, form: null, digest: "" },
    settle: (isAccepted) => settled.push(isAccepted),
  }
  const join = (bytes: number) => {
    const read = async (_: object, growTo: (bytes: number) => void) => {
      growTo(bytes)
      return { items: [{ role: "user", content: "x".repeat(bytes) }], find: () => undefined }
    }
    return putHistory(body, naming, read, { bodyBytesMax: 100_000, bodyMemory: memory })
  }
  return { memory, settled, join }
}

test("is held until the job is stored, and then free", async () => {
  const { memory, settled, join } = open()
  const joined = await join(500)
  expect(() => memory.check(MEMORY - 600)).toThrow("limit")
  joined.settle(true)
  memory.check(MEMORY)
  expect(settled).toEqual([true])
})

test("is refused where there is no room for it, with the body settled and nothing held", async () => {
  const { memory, settled, join } = open()
  expect(await catchError(join(MEMORY + 1))).toMatchObject({ code: "server_busy" })
  memory.check(MEMORY)
  expect(settled).toEqual([false])
})

test("counts as long as the text that is made of it", async () => {
  const { memory, join } = open()
  expect(await catchError(join(MEMORY - 10))).toMatchObject({ code: "server_busy" })
  memory.check(MEMORY)
})
