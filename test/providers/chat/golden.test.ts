// What each native model is sent for a feature of OpenAI's chat, and what its documented answer becomes. The fixtures hold
// answers as the providers' documents show them, and what was reviewed against these documents:
// https://platform.claude.com/docs/en/api/messages, https://ai.google.dev/api/generate-content,
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference,
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
// `RECORD=1 bun test` of this file writes what is sent and what comes of it anew; the difference is then to be reviewed.
import { describe, expect, test } from "bun:test"
import { readGoldens, writeGoldens } from "../../fixtures/native/goldens.ts"
import requests from "../../fixtures/native/requests.json"
import { type Exercised, exercise, type Fields, PNG, playerNames, players } from "./exercise.ts"

const isRecording = process.env["RECORD"] === "1"
const features: Record<string, Fields> = requests

interface Golden {
  /** The provider's. */
  answer: Fields
  /** Null: nothing goes out. */
  sent?: Fields | null
  outcome?: Fields
  warnings?: string[]
}

describe.each(playerNames)("%s", (name) => {
  const goldens = readGoldens(name) as Record<string, Golden>

  test.each(Object.keys(features))("%s", async (feature) => {
    const golden = goldens[feature] as Golden
    const exercised = await exercise(players[name], features[feature] ?? {}, {
      answer: ({ path }) => (path === "/cat.png" ? picture() : Response.json(golden.answer)),
      // The address of the picture is the server's own, which is not on the public internet.
      policy: { resolve: async () => ["127.0.0.1"], isAllowed: () => true, fetch: toServer },
    })
    const { sent, outcome, warnings } = recordOf(exercised)
    if (isRecording) goldens[feature] = { answer: golden.answer, sent, outcome, warnings }
    else
      expect({ sent, outcome, warnings }).toEqual({
        sent: golden.sent,
        outcome: golden.outcome,
        warnings: golden.warnings,
      } as never)
    if (isRecording) writeGoldens(name, goldens)
  })
})

function picture(): Response {
  return new Response(Buffer.from(PNG, "base64"), { headers: { "content-type": "image/png" } })
}

const toServer = Object.assign(async () => picture(), { preconnect: () => {} })

/** What transport adds, and what depends on the server's port. */
const left = ["host", "connection", "accept-encoding", "content-length"]

function recordOf({ received, outcome, warnings }: Exercised) {
  const request = received[0]
  if (received.length > 1) throw new Error("more than one request went out")
  const headers = Object.entries(request?.headers ?? {}).filter(([name]) => !left.includes(name))
  const sent = request && {
    method: request.method,
    path: request.path,
    headers: Object.fromEntries(
      headers.map(([name, value]) => [name, value.replace(/Signature=[0-9a-f]{64}/, "Signature=…")]),
    ),
    body: JSON.parse(request.body),
  }
  const result = outcome.kind === "answered" ? { kind: outcome.kind, body: JSON.parse(outcome.body) } : { ...outcome }
  return { sent: sent ?? null, outcome: result as Fields, warnings }
}
