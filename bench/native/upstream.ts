// Plays every provider of the native benchmark at once: what is asked shows by the path. `bun bench/native/upstream.ts`

const TEXT = "x".repeat(400)

/** The end of a path -> the answer in the form of whoever is asked there. */
const answers: [path: RegExp, answer: object][] = [
  [
    /\/chat\/completions$/,
    {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: TEXT }, finish_reason: "stop" }],
      usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 },
    },
  ],
  [
    /\/messages$/,
    {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text: TEXT }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 20 },
    },
  ],
  [
    /:generateContent$/,
    {
      candidates: [{ content: { role: "model", parts: [{ text: TEXT }] }, finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 20, totalTokenCount: 30 },
      modelVersion: "m",
      responseId: "r-1",
    },
  ],
  [
    /\/converse$/,
    {
      output: { message: { role: "assistant", content: [{ text: TEXT }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 10, outputTokens: 20, totalTokens: 30 },
      metrics: { latencyMs: 1 },
    },
  ],
]

const ready = answers.map(([path, answer]) => [path, JSON.stringify(answer)] as const)
const headers = { "content-type": "application/json" }

const { port } = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    await request.arrayBuffer()
    const { pathname } = new URL(request.url)
    const found = ready.find(([path]) => path.test(pathname))
    return found ? new Response(found[1], { headers }) : new Response("nobody", { status: 404 })
  },
})
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`)
