// Streams of images, of transcriptions and of speech, with the whole program between OpenAI's client and a provider on loopback.
import { afterAll, describe, expect, test } from "bun:test"
import OpenAI, { toFile } from "openai"
import { launch } from "../harness.ts"
import { type Handler, startUpstream } from "../upstream.ts"

const upstream = startUpstream()
const custom = { base_provider_type: "openai", is_key_less: true }
const gateway = await launch({
  config: {
    providers: { up: { custom_provider_config: custom, network_config: { base_url: upstream.url, max_retries: 0 } } },
  },
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none", maxRetries: 0 })
const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 }

function event(data: { type: string }, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
}

/** Answers with a stream of these events, the last when `end` resolves. */
function streams(events: string[], end: Promise<void> = Promise.resolve()): Handler {
  return () => {
    let at = 0
    const source = new ReadableStream({
      async pull(controller) {
        if (at === events.length - 1) await end
        const text = events[at++]
        if (text === undefined) controller.close()
        else controller.enqueue(new TextEncoder().encode(text))
      },
    })
    return new Response(source, { headers: { "content-type": "text/event-stream" } })
  }
}

async function readLastJob() {
  const page = (await (await gateway.fetch("/v1/async/jobs?limit=1")).json()) as { data: { id: string }[] }
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the wire says
  return (await (await gateway.fetch(`/v1/async/jobs/${page.data[0]?.id}`)).json()) as any
}

const image = { created_at: 7, size: "1024x1024", quality: "low", background: "opaque", output_format: "png" }
const partial = { type: "image_generation.partial_image", b64_json: "aQ==", partial_image_index: 0, ...image }
const completed = { type: "image_generation.completed", b64_json: "ag==", ...image, usage }

test("an image is seen while it is made, and is stored as without a stream", async () => {
  const end = Promise.withResolvers<void>()
  upstream.answer(streams([event(partial, partial.type), event(completed, completed.type)], end.promise))
  const stream = await openai.images.generate({
    model: "up/gpt-image-1",
    prompt: "a cat",
    stream: true,
    partial_images: 1,
  })
  const seen: string[] = []
  for await (const { type } of stream) {
    seen.push(type)
    end.resolve()
  }
  expect(seen).toEqual([partial.type, completed.type])
  expect(JSON.parse(upstream.received.at(-1)?.body ?? "")).toMatchObject({ stream: true, partial_images: 1 })
  const { created_at: created, ...more } = image
  expect((await readLastJob()).result).toMatchObject({ created, ...more, data: [{ b64_json: "ag==" }], usage })
})

test("an image that comes whole is one event", async () => {
  upstream.answer(() => Response.json({ created: 7, data: [{ b64_json: "ag==" }], usage }))
  const stream = await openai.images.generate({ model: "up/dall-e-3", prompt: "a cat", stream: true })
  expect(await Array.fromAsync(stream)).toMatchObject([{ type: "image_generation.completed", b64_json: "ag==" }])
})

const delta = (text: string) => event({ type: "transcript.text.delta", delta: text } as { type: string })
const done = { type: "transcript.text.done", text: "Hello there", usage: { type: "tokens", ...usage } }

test("a sound is written down while it is heard, in a form that goes out as it came", async () => {
  const end = Promise.withResolvers<void>()
  upstream.answer(streams([delta("Hello"), delta(" there"), event(done)], end.promise))
  const file = await toFile(Buffer.from("sound"), "sound.wav")
  const stream = await openai.audio.transcriptions.create({ model: "up/gpt-4o-transcribe", file, stream: true })
  let text = ""
  for await (const said of stream) {
    if (said.type === "transcript.text.delta") text += said.delta
    if (text === "Hello there") end.resolve()
  }
  expect(text).toBe("Hello there")
  expect(upstream.received.at(-1)?.body).toContain('name="stream"')
  expect((await readLastJob()).result).toMatchObject({ text: "Hello there", usage })
})

const pieces = ["SUQz", "BAAA"]
const spoken = pieces.map((audio) => event({ type: "speech.audio.delta", audio } as { type: string }))
const speaking = { model: "up/gpt-4o-mini-tts", input: "Hi", voice: "alloy", stream_format: "sse" } as const

async function speak() {
  const response = await openai.audio.speech.create(speaking)
  expect(response.headers.get("content-type")).toBe("text/event-stream")
  const events = (await response.text()).split("\n\n").slice(0, -1)
  return events.map((text) => JSON.parse(text.slice("data: ".length)))
}

test("speech comes in pieces, and its bytes are stored as without a stream", async () => {
  upstream.answer(streams([...spoken, event({ type: "speech.audio.done", usage } as { type: string })]))
  expect((await speak()).map(({ type, audio }) => audio ?? type)).toEqual([...pieces, "speech.audio.done"])
  expect(JSON.parse(upstream.received.at(-1)?.body ?? "").stream_format).toBe("sse")
  const job = await readLastJob()
  expect(job.result).toMatchObject({ audio: pieces.join(""), usage })
  const content = await gateway.fetch(`/v1/async/jobs/${job.id}/content`)
  expect(content.headers.get("content-type")).toBe("audio/mpeg")
  expect(Buffer.from(await content.arrayBuffer()).toString("base64")).toBe(pieces.join(""))
})

test("speech that comes as bytes is made a stream", async () => {
  upstream.answer(
    () => new Response(Buffer.from(pieces.join(""), "base64"), { headers: { "content-type": "audio/mpeg" } }),
  )
  expect((await speak()).map(({ type, audio }) => audio ?? type)).toEqual([pieces.join(""), "speech.audio.done"])
})

test("speech that breaks off after its first piece ends with an error, and is not stored", async () => {
  upstream.answer(streams(spoken))
  const events = await speak()
  expect(events.at(-1).error.message).toContain("broke off before its end")
  expect((await readLastJob()).status).toBe("failed")
})

describe("a stream that comes although nobody reads one any more is still", () => {
  const submit = (path: string, body: FormData | object) =>
    gateway.fetch(`/v1/${path}`, {
      method: "POST",
      ...(body instanceof FormData
        ? { body }
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    })

  test("a transcription", async () => {
    upstream.answer(streams([delta("Hello there"), event(done)]))
    const form = new FormData()
    form.set("model", "up/gpt-4o-transcribe")
    form.set("file", new File(["sound"], "sound.wav"))
    expect(await (await submit("audio/transcriptions", form)).json()).toMatchObject({ text: "Hello there", usage })
  })

  test("speech", async () => {
    upstream.answer(streams([...spoken, event({ type: "speech.audio.done", usage } as { type: string })]))
    const { stream_format: _, ...plain } = speaking
    await submit("audio/speech", plain)
    expect((await readLastJob()).result).toMatchObject({ audio: pieces.join(""), usage })
  })

  test("an image", async () => {
    upstream.answer(streams([event(partial, partial.type), event(completed, completed.type)]))
    const response = await submit("images/generations", { model: "up/gpt-image-1", prompt: "a cat" })
    expect(await response.json()).toMatchObject({ data: [{ b64_json: "ag==" }], usage })
  })
})
