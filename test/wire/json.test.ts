// How bodies are parsed: the cases of JSONTestSuite, each as a whole body and as the value of a member of a valid request.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import cases from "../fixtures/json-cases.json" with { type: "json" }
import { expectRefusal, openWire, testHere, type Wire } from "./gateway.ts"
import { chat } from "./types.ts"

let wire: Wire
beforeAll(async () => {
  wire = await openWire()
})
afterAll(() => wire.dispose())

interface Case {
  /** For people: the bytes, as far as they can be shown. */
  shown: string
  bytes: Buffer
}

const decode = (list: string[]): Case[] =>
  list.map((base64) => {
    const bytes = Buffer.from(base64, "base64")
    return { shown: JSON.stringify(bytes.toString("latin1")).slice(0, 60), bytes }
  })

const start = Buffer.from(JSON.stringify({ model: chat.model, ...chat.members }).replace(/\}$/, ',"x":'))
const wrapped = ({ bytes }: Case) =>
  wire.post(chat.path, new Uint8Array(Buffer.concat([start, bytes, Buffer.from("}")])))
const whole = ({ bytes }: Case) => wire.post(chat.path, new Uint8Array(bytes))

describe("JSON that must parse", () => {
  test.each(decode(cases.must_parse))("$shown is accepted as a member's value", async (given) => {
    expect((await wrapped(given)).status).toBe(202)
  })

  test.each(decode(cases.must_parse))("$shown alone is no request: 400", async (given) => {
    await expectRefusal(await whole(given), { status: 400, message: /must be a JSON object|is required/ })
  })
})

describe("text that is not JSON", () => {
  test.each(decode(cases.must_not_parse))("$shown as a member's value is refused with 400", async (given) => {
    await expectRefusal(await wrapped(given), { status: 400, message: /./, code: "invalid_json" })
  })

  test.each(decode(cases.must_not_parse))("$shown alone is refused with 400", async (given) => {
    await expectRefusal(await whole(given), { status: 400, message: /./, code: "invalid_json" })
  })
})

describe("bytes that are no UTF-8 text", () => {
  test.each(decode(cases.not_utf8))("$shown are refused with 400, wrapped or not", async (given) => {
    await expectRefusal(await wrapped(given), { status: 400, message: /./, code: "invalid_json" })
    await expectRefusal(await whole(given), { status: 400, message: /./, code: "invalid_json" })
  })
})

describe("JSON that a parser may take or refuse", () => {
  test.each(decode(cases.free))("$shown is accepted or refused, and nothing breaks", async (given) => {
    expect((await wrapped(given)).status).toBeOneOf([202, 400])
    expect((await whole(given)).status).toBe(400)
  })
})

test("after all of them the gateway still serves", async () => {
  expect((await wire.run(chat)).status).toBe("completed")
})

testHere("and none of them has left a line in its log", () => {
  expect(wire.own.log()).toBe("")
})
