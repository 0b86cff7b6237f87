// How much of an answer goes over the connection: long pages of lists are compressed for clients that take them so.
import { afterAll, describe, expect, test } from "bun:test"
import { chat, launch } from "../harness.ts"

const gateway = await launch()
afterAll(() => gateway.dispose())

describe("a long page of the list", () => {
  const ask = (codings: string) =>
    fetch(`${gateway.url}/v1/async/jobs?limit=100`, { headers: { "accept-encoding": codings }, decompress: false })

  test("comes compressed, ten times smaller, for who takes that, and plain for who does not", async () => {
    for (let count = 0; count < 60; count += 1) await gateway.accept(chat())
    const plain = await ask("identity")
    const short = await ask("gzip, br")
    expect([plain, short].map(({ headers }) => headers.get("content-encoding"))).toEqual([null, "gzip"])
    expect(short.headers.get("vary")).toBe("accept-encoding")
    const [text, bytes] = [await plain.text(), new Uint8Array(await short.arrayBuffer())]
    expect(bytes.length).toBeLessThan(text.length / 4)
    const ids = (page: string) => JSON.parse(page).data.map(({ id }: { id: string }) => id)
    expect(ids(new TextDecoder().decode(Bun.gunzipSync(bytes)))).toEqual(ids(text))
  })

  test("is not compressed where gzip is refused, or where it is short", async () => {
    expect((await ask("gzip;q=0")).headers.get("content-encoding")).toBeNull()
    const short = await fetch(`${gateway.url}/v1/async/jobs?limit=3`, {
      headers: { "accept-encoding": "gzip" },
      decompress: false,
    })
    expect(short.headers.get("content-encoding")).toBeNull()
  })
})
