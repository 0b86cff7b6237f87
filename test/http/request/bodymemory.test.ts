import { expect, test } from "bun:test"
import { GatewayError } from "../../../src/errors.ts"
import { createBodyMemory } from "../../../src/http/request/bodymemory.ts"

const MB = 1024 * 1024

test("bodies hold together no more than they may: the one that is over is refused, and may come again", () => {
  const memory = createBodyMemory(10 * MB)
  const [one, other] = [memory.share(), memory.share()]
  one.growTo(4 * MB)
  other.growTo(6 * MB)
  try {
    one.growTo(4 * MB + 1)
    throw new Error("it was not refused")
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError)
    expect(error).toMatchObject({ code: "server_busy", retryAfter: 2 })
    expect((error as GatewayError).message).toMatch(/hold 10 MB of memory, which is the limit: send the request again/)
  }
  expect(() => memory.check(1)).toThrow(GatewayError)
  // What was refused has taken nothing, and what is given back is free.
  one.giveBack()
  other.growTo(10 * MB)
  other.giveBack()
  other.giveBack()
  expect(() => memory.check(10 * MB)).not.toThrow()
  expect(() => memory.check(10 * MB + 1)).toThrow(GatewayError)
})
