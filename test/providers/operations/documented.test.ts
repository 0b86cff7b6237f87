// What each operation sends for a request in OpenAI's form, and what the documented answer becomes: byte by byte, as the
// document that each case names has it.
import { expect, test } from "bun:test"
import { getEndpoint } from "../../../src/endpoints/endpoints.ts"
import type { OperationName } from "../../../src/providers/adapternames.ts"
import { operations } from "../../../src/providers/operations/operationadapters.ts"
import bedrock from "../../fixtures/operations/bedrock.json"
import cohere from "../../fixtures/operations/cohere.json"
import google from "../../fixtures/operations/google.json"
import others from "../../fixtures/operations/others.json"
import sound from "../../fixtures/operations/sound.json"
import { exercise, type Fields, jsonIn, type Received, requestTypeOf, resultIn } from "./exercise.ts"

interface FilePart {
  name: string
  fileName: string
  type?: string | null
  base64: string
}

interface Case {
  source: string
  operation: OperationName
  model: string
  /** Where it is not what the operation's name says. */
  type?: string
  request?: Fields
  form?: { fields: [string, string][]; files: FilePart[] }
  sent: {
    path: string
    headers: Record<string, string>
    /** JSON; the parts of a form; or bytes. */
    body?: Fields
    form?: [string, string | FilePart][]
    bytes?: string
  }
  answer: Fields | { type: string; base64: string }
  answerHeaders?: Record<string, string>
  result: Fields
  content?: { type: string; base64: string }
}

const cases = [cohere, others, google, bedrock, sound].flatMap((file) =>
  Object.entries(file as unknown as Record<string, Case>),
)

test.each(cases)("%s", async (_, given) => {
  const { operation, model, request, form, type, sent, answer, answerHeaders, result, content } = given
  const exercised = await exercise(
    {
      operation,
      model,
      requestType: type ?? requestTypeOf(operation),
      ...(request === undefined ? {} : { request }),
      ...(form === undefined ? {} : { form: { fields: form.fields, files: form.files.map(fileOf) } }),
    },
    () =>
      isBinary(answer)
        ? new Response(Buffer.from(answer.base64, "base64"), { headers: { "content-type": answer.type } })
        : Response.json(answer, { headers: answerHeaders ?? {} }),
  )
  expect(exercised.received).toHaveLength(1)
  const [received] = exercised.received as [Received]
  expect({ method: received.method, path: received.path }).toEqual({ method: "POST", path: sent.path })
  expect(received.headers.toJSON()).toMatchObject({
    ...{ "user-agent": "asyncgate", "x-request-id": "request-1", "idempotency-key": "job-1" },
    ...Object.fromEntries(Object.entries(sent.headers).map(([name, value]) => [name, expect.stringContaining(value)])),
  })
  if (sent.body !== undefined) expect(jsonIn(received)).toEqual(sent.body)
  if (sent.bytes !== undefined) expect(received.bytes.toString("base64")).toBe(sent.bytes)
  if (sent.form !== undefined) expect(await partsOf(received)).toEqual(sent.form as unknown[])
  expect(received.headers.get("content-length")).toBe(String(received.bytes.length))
  expect(resultIn(exercised)).toEqual(result)
  const { outcome } = exercised
  if (outcome.kind !== "answered") throw new Error("not answered")
  expect(
    outcome.content && { type: outcome.content.type, base64: Buffer.from(outcome.content.bytes).toString("base64") },
  ).toEqual(content)
  // It is what the endpoint promises.
  const made = { contentType: "application/json", bytes: Buffer.from(outcome.body), content: outcome.content }
  expect(getEndpoint(type ?? requestTypeOf(operation)).read(made, () => request ?? {})).toEqual({
    result: outcome.body,
    ...(outcome.content === undefined ? {} : { content: outcome.content }),
  })
  expect(Object.keys(JSON.parse(outcome.body)).at(-1)).toBe("extra_fields")
})

test("every operation has a case, and every case a document", () => {
  const named = cases.map(([, { operation }]) => operation as string)
  expect(Object.keys(operations).filter((name) => !named.includes(name) && !isSameAs(name, named))).toEqual([])
  expect(cases.filter(([, { source }]) => !source.startsWith("https://"))).toEqual([])
})

/** Google's two providers differ in address and key only. */
function isSameAs(name: string, named: string[]): boolean {
  const [, kind] = name.split("-")
  return ["gemini", "vertex"].some(
    (provider) => name.startsWith(provider) && named.includes(`${provider === "gemini" ? "vertex" : "gemini"}-${kind}`),
  )
}

function isBinary(answer: Case["answer"]): answer is { type: string; base64: string } {
  return "base64" in answer && Object.keys(answer).length === 2
}

function fileOf({ name, fileName, type, base64 }: FilePart) {
  return { name, fileName, bytes: Buffer.from(base64, "base64"), ...(type ? { type } : {}) }
}

async function partsOf({ headers, bytes }: Received): Promise<unknown[]> {
  const data = await new Response(bytes, { headers: { "content-type": headers.get("content-type") ?? "" } }).formData()
  return await Promise.all(
    [...data].map(async ([name, value]) =>
      typeof value === "string"
        ? [name, value]
        : [
            name,
            {
              name,
              fileName: value.name,
              type: value.type,
              base64: Buffer.from(await value.bytes()).toString("base64"),
            },
          ],
    ),
  )
}
