// JSON bodies that are too large to be read in one go: accepted as they are, refused as soon as they cost more than their bytes.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { describeHere, expectRefusal, openWire, virtualKeys, type Wire } from "./gateway.ts"
import { type Recorder, startRecorder } from "./recorder.ts"
import { chat, findType, types } from "./types.ts"

const MB = 1024 * 1024

let upstream: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  wire = await openWire({ providers: { up: { network_config: { base_url: upstream.url, max_retries: 0 } } } })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

/** A body in pieces and without its length. */
const chunked = (text: string | Uint8Array) => new Blob([text as Bun.BlobPart]).stream()
const post = (path: string, body: Bun.BodyInit, headers: Record<string, string> = {}) =>
  wire.fetch(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body })

/** `"name":"xxx…"` of so many megabytes. */
const padding = (megabytes: number, text = "x") => `"user":"${text.repeat((megabytes * MB) / text.length)}"`
/** A chat request whose other members are this text. */
const chatWith = (members: string, model = "up/m") =>
  `{ "model" : "${model}", "messages":[{"role":"user","content":"Hi"}],${members}, "z":1.0 }`

describeHere("a body of several megabytes", () => {
  test.each(types.filter(({ form }) => form === "json"))("of $requestType is run as a small one is", async (type) => {
    const job = await wire.run(type, { user: "x".repeat(2 * MB) })
    expect(job.status).toBe("completed")
    expect(type.isResult(job.result)).toBe(true)
  })

  const texts: [name: string, text: string][] = [
    ["one long text", chatWith(padding(3))],
    ["a text of escape sequences", chatWith(padding(2, '\\"\\n\\u00e9'))],
    ["a text of other letters", chatWith(padding(2, "日本語é😀"))],
    ["many small values", chatWith(`"metadata":[${'{"a":[1,-2.5e3,true,null,"b"]}, \n'.repeat(70_000)}0]`)],
    ["white space", chatWith(`"a":1${" \n\t".repeat(500_000)}`)],
  ]
  test.each(texts)("reaches the provider byte for byte, with or without its length: %s", async (_, text) => {
    for (const body of [text, chunked(text)]) {
      const response = await post(chat.path, body, { prefer: "wait=60" })
      expect(((await response.json()) as Job).status).toBe("completed")
      expect(upstream.last().bytes.toString() === text.replace("up/m", "m")).toBe(true)
    }
  })

  test("is the same request again with the same Idempotency-Key, and another one is refused", async () => {
    const send = (text: string) => post(chat.path, text, { "idempotency-key": "large", "x-bf-vk": virtualKeys.a })
    const text = chatWith(padding(2), "mock/echo")
    const first = (await (await send(text)).json()) as Job
    const again = await send(text)
    expect(again.headers.get("idempotent-replayed")).toBe("true")
    expect(((await again.json()) as Job).id).toBe(first.id)
    await expectRefusal(await send(`${text} `), { status: 422, message: /./, code: "idempotency_mismatch" })
  })

  test("leaves nothing behind when it is refused, whatever for", async () => {
    // What was refused before is cleared away once a later job is stored.
    const rows = async () => {
      const { id } = await wire.accept(chat)
      await wire.fetch(`${chat.path}/${id}`, { method: "DELETE" })
      return ["jobs", "uploads"].map((table) => wire.own.count(table))
    }
    const before = await rows()
    for (const text of [
      chatWith(padding(2), "nobody/m"),
      chatWith(`"a":[${"{},".repeat(600_000)}1]`),
      `${chatWith(padding(2))}}`,
      chatWith(padding(2)).slice(0, -1),
    ])
      expect((await post(chat.path, text)).status).toBeOneOf([400, 413])
    expect(await rows()).toEqual(before)
  })
})

describe("a body that costs more than its bytes is refused", () => {
  const tooMany = {
    status: 413,
    message: "the body has more than 500000 values: send less at a time",
    code: "request_too_large",
  }
  const wrong = (message: RegExp | string) => ({ status: 400, message, code: "invalid_json" })
  const rows: [name: string, text: string | Uint8Array, refusal: Parameters<typeof expectRefusal>[1]][] = [
    ["500,001 objects", `{"a":[${"{},".repeat(500_000)}{}]}`, tooMany],
    ["as many lists", `{"a":[${"[],".repeat(500_000)}[]]}`, tooMany],
    ["as many members", `{"a":1${',"b":1'.repeat(500_000)}}`, tooMany],
    ["as many texts", `{"a":[${'"",'.repeat(600_000)}""]}`, tooMany],
    ["as many numbers", `{"a":[${"1,".repeat(600_000)}1]}`, tooMany],
    [
      "1001 levels",
      `{"a":${"[".repeat(1000)}1${"]".repeat(1000)},${padding(2)}}`,
      wrong(/^the body nests more than 1000 deep/),
    ],
    ["no end of brackets", "[".repeat(3 * MB), wrong(/^the body nests more than 1000 deep/)],
    [
      "no UTF-8",
      Buffer.concat([Buffer.from(`{${padding(2)},"b":"`), Buffer.from([0xff]), Buffer.from('"}')]),
      wrong(/is not UTF-8/),
    ],
    [
      "a letter that is cut off",
      Buffer.concat([Buffer.from(`{${padding(2)}`), Buffer.from([0xc3])]),
      wrong(/is not UTF-8/),
    ],
    ["a list", `[${padding(2).slice(7)}]`, wrong("the body must be a JSON object: { … }")],
    [
      "a comma too much",
      `{${padding(2)},}`,
      wrong(`the body is not valid JSON: "}" is not expected at character ${2 * MB + 12}`),
    ],
    ["no end", `{${padding(2)}`, wrong("the body breaks off before its end")],
    ["NULs", "\0".repeat(2 * MB), wrong(/is not valid JSON/)],
  ]
  test.each(rows)("%s", async (_, body, refusal) => {
    await expectRefusal(await post(chat.path, body as Bun.BodyInit), refusal)
    await expectRefusal(await post(chat.path, chunked(body)), refusal)
  })

  test("and one with as many values as it may have is not", async () => {
    const head = '{"model":"mock/echo","messages":[{"role":"user","content":"x"}],"a":['
    // The object, its members and what is in them are the first seven.
    const text = `${head}${"{},".repeat(500_000 - 8)}{}]}`
    expect((await post(chat.path, text)).status).toBe(202)
  })
})

describe("a member that the gateway reads", () => {
  const spellings = (name: string) =>
    [
      name[0]?.toUpperCase() + name.slice(1),
      name.toUpperCase(),
      `${name}\\u0000`,
      `${name}\\u0000x`,
      `${name}[]`,
      ` ${name}`,
      name.replace("s", "\u017f"),
      name.replace("k", "\u212a"),
    ].filter((spelling) => spelling !== name)
  const read = ["model", "stream", "fallbacks", "messages", "service_tier"]

  test.each(read.flatMap((name) => spellings(name).map((spelling) => [spelling, name])))(
    "is not read by another server in another spelling: %j is refused, in a small and in a large body",
    async (spelling = "", name = "") => {
      for (const more of ["", `,${padding(2)}`]) {
        const text = `{"model":"mock/echo","messages":[{"role":"user","content":"x"}],"${spelling}":"up/big"${more}}`
        const error = await expectRefusal(await post(chat.path, text), {
          status: 400,
          message: new RegExp(`could be read as ${name}: send it as ${name}, or not at all$`),
          code: "invalid_request",
        })
        expect(error.extra_fields.request_type).toBe("chat_completion")
      }
    },
  )

  test("is not given twice, also where an escape sequence hides it or the body is large", async () => {
    for (const more of ["", `,${padding(2)}`]) {
      const text = `{"model":"mock/echo","mod\\u0065l":"up/big","messages":[{"role":"user","content":"x"}]${more}}`
      await expectRefusal(await post(chat.path, text), { status: 400, message: "model is given twice: send it once" })
    }
  })

  test.each(types.filter(({ form }) => form === "multipart"))(
    "is not read by another server in another spelling of a form's fields: $requestType",
    async (type) => {
      for (const name of ["Model", "MODEL", "model[]", " model", "Stream", "Fallbacks"]) {
        if (name === "Stream" && type.stream === null) continue
        const response = await wire.submit(type, { [name]: "up/big" })
        await expectRefusal(response, { status: 400, message: /could be read as .*: send it as / })
      }
    },
  )

  test("and one that only resembles it passes through", async () => {
    const speech = findType("speech")
    for (const name of ["models", "model_", "modèle", "Stream_Options", "x-model"])
      expect((await wire.submit(speech, { [name]: "a" })).status).toBe(202)
  })
})

describe("what comes from outside and is kept has a bound, which its refusal says", () => {
  const long = (count: number) => "m".repeat(count)
  const rows: [name: string, over: Record<string, unknown>, message: string | RegExp, param: string][] = [
    ["a model", { model: `mock/${long(508)}` }, "model has 513 characters: send at most 512", "model"],
    ["a model of 2 MB", { model: `mock/${long(2 * MB)}` }, /^model has 2097157 characters/, "model"],
    ["a provider", { model: `${long(513)}/m` }, "model has 515 characters: send at most 512", "model"],
    [
      "a fallback's model",
      { fallbacks: ["mock/a", `mock/${long(508)}`] },
      "fallbacks[1] has 513 characters: send at most 512",
      "fallbacks[1]",
    ],
    ["the fallbacks", { fallbacks: Array(17).fill("mock/a") }, "fallbacks has 17 models: send at most 16", "fallbacks"],
    ["5000 fallbacks", { fallbacks: Array(5000).fill("nobody/a") }, /^fallbacks has 5000 models/, "fallbacks"],
  ]
  test.each(rows)("%s", async (_, over, message, param) => {
    await expectRefusal(await wire.submit(chat, over), { status: 400, message, param })
  })

  test("up to which all are accepted", async () => {
    const model = `mock/${long(507)}`
    expect((await wire.submit(chat, { model, fallbacks: Array(16).fill(model) })).status).toBe(202)
  })

  test("a form's fallbacks, and the names of its parts", async () => {
    const type = findType("transcription")
    const fallbacks = JSON.stringify(Array(17).fill("mock/a"))
    await expectRefusal(await wire.submit(type, { fallbacks }), {
      status: 400,
      message: /has 17 models: send at most 16/,
    })
    await expectRefusal(await wire.submit(type, { [long(513)]: "a" }), {
      status: 400,
      message: /has a name of 513 characters: send at most 512$/,
    })
  })

  test("an x-request-id", async () => {
    await expectRefusal(await wire.submit(chat, {}, { "x-request-id": long(513) }), {
      status: 400,
      message: "x-request-id has 513 characters: send at most 512",
      param: "x-request-id",
    })
    expect((await wire.submit(chat, {}, { "x-request-id": long(512) })).status).toBe(202)
  })

  test("and no refusal repeats more of it than a line", async () => {
    const big = long(3000)
    const responses = [
      await wire.submit(chat, { model: `${long(500)}/x` }),
      await wire.submit(chat, { model: `openai/${long(500)}` }),
      await wire.submit(chat, { [`Model\0${big}`]: 1 }),
      await wire.submit(chat, {}, { "content-type": big }),
      await wire.submit(chat, {}, { "content-encoding": big }),
      await wire.submit(chat, { model: "openai/m" }, { "x-bf-api-key": big }),
      await wire.submit(chat, {}, { "x-bf-async-webhook": big }),
      await wire.submit(chat, {}, { origin: `http://${big}` }),
      await wire.submit(chat, {}, { [`x-bf-eh-${big}`]: big }),
      await wire.fetch(`/${big}`),
      await wire.fetch(`/v1/models?provider=${big}`),
      await wire.fetch(`/v1/async/jobs/cancel?${big}=1`, { method: "POST", headers: { "x-bf-vk": virtualKeys.a } }),
    ]
    for (const response of responses) {
      const { error } = (await response.json()) as Job
      expect(response.status).toBeWithin(400, 416)
      expect(error.message.length).toBeLessThan(450)
    }
  })
})
