// Plays cases through the whole program, all at once, and holds of each that what reached the provider and what came of it is its cell's.
import { expect } from "bun:test"
import { findJobsPath } from "../../src/endpoints/clienttypes.ts"
import { getEndpoint } from "../../src/endpoints/endpoints.ts"
import { type Gateway, type Job, launch } from "../harness.ts"
import { type Case, type Part, readBody, type Step } from "./cell.ts"
import { config, env, expected } from "./expected.ts"
import { type Arrived, type Internet, openInternet } from "./internet.ts"

/** One submission, and all that came of it. */
export interface Played extends Case {
  arrived: Arrived[]
  /** The status of the submission's answer, the job it told of, and that job's full view. */
  status: number
  job: Job
  view: Job
}

export interface Stage {
  gateway: Gateway
  internet: Internet
  /** What reached the internet and belongs to no case. */
  strays: string[]
  played: Map<Case, Played>
  stop(): Promise<void>
}

export async function play(cases: readonly Case[]): Promise<Stage> {
  // By the request's id, which goes along to the provider.
  const plays = new Map<string, Played>()
  const strays: string[] = []
  const internet = await openInternet((arrived) => {
    const played = plays.get(arrived.headers["x-request-id"] ?? "")
    const step = played?.cell.steps[played.arrived.push(arrived) - 1]
    if (step) return step.answer()
    strays.push(`${arrived.method} ${arrived.url}`)
    return Response.json({ error: { message: "nobody expected this" } }, { status: 400 })
  })
  const gateway = await launch({ config, env: { ...env, ...internet.env } })
  const played = await Promise.all(
    cases.map(async (one, at): Promise<[Case, Played]> => {
      const entry: Played = { ...one, arrived: [], status: 0, job: null, view: null }
      plays.set(`case-${at}`, entry)
      await submit(gateway, `case-${at}`, entry)
      return [one, entry]
    }),
  )
  return {
    gateway,
    internet,
    strays,
    played: new Map(played),
    async stop() {
      await gateway.dispose()
      await internet.stop()
    },
  }
}

async function submit(gateway: Gateway, id: string, played: Played): Promise<void> {
  const { provider, requestType, cell } = played
  const { body, headers } = readBody(`${provider}/${cell.model}`, cell.asked)
  const response = await gateway.fetch(`/v1/async${findJobsPath(getEndpoint(requestType))}`, {
    method: "POST",
    headers: { "x-request-id": id, prefer: "wait=60", ...headers },
    body,
  })
  played.status = response.status
  played.job = await response.json()
  if (played.job.id === undefined) return
  played.view = await (await gateway.fetch(`/v1/async/jobs/${played.job.id}`)).json()
}

/** That a submission went as its cell says. */
export async function holds({ provider, requestType, cell, arrived, status, job, view }: Played): Promise<void> {
  expect({ status, error: job.error }).toEqual({ status: 200, error: undefined })
  expect(arrived.map(({ method, url }) => `${method} ${url}`)).toEqual(
    cell.steps.map(({ method, url }) => `${method} ${url}`),
  )
  for (const [at, step] of cell.steps.entries()) await arrivesAs(step, arrived[at], provider, job.id)
  const { extra_fields, ...result } = job.result
  expect(result).toEqual(cell.result)
  expect(extra_fields).toMatchObject({ request_type: requestType, provider, model_requested: cell.model })
  expect(view).toMatchObject({ request_type: requestType, provider, model: cell.model, status: "completed" })
  expect(view.warnings).toEqual(cell.warnings ?? [])
}

/** All headers that a key has ever gone out in. */
const authorising = [
  ...["authorization", "x-api-key", "api-key", "x-goog-api-key", "xi-api-key", "api-subscription-key"],
  ...["cf-aig-authorization", "x-hume-api-key", "x-key"],
]

async function arrivesAs(step: Step, arrived: Arrived | undefined, provider: string, jobId: string): Promise<void> {
  if (arrived === undefined) throw new Error(`${step.url} was not asked`)
  const { authorisation, headers } = expected[provider] ?? {}
  const { headers: received, url } = arrived
  expect(received["host"]).toBe(new URL(url).host)
  const authorised = authorising.filter((name) => received[name] !== undefined).map((name) => [name, received[name]])
  expect(authorised).toEqual(authorisation ? [[authorisation.header, authorisation.value]] : [])
  const own = Object.entries(headers ?? {}).map(([name, value]) => [name, value.replace("{jobId}", jobId)])
  expect(received).toMatchObject({
    ...{ "user-agent": "asyncgate", "idempotency-key": expect.stringContaining(jobId) },
    ...Object.fromEntries(own),
    ...step.headers,
  })
  await hasBody(step, arrived)
}

async function hasBody({ sent, headers }: Step, { headers: received, bytes }: Arrived): Promise<void> {
  if (sent === undefined) return expect(bytes.length).toBe(0)
  if ("form" in sent) return expect(await formIn(received, bytes)).toEqual(sent.form as Part[])
  if ("base64" in sent) return expect(bytes.toString("base64")).toBe(sent.base64)
  expect(received["content-type"]).toBe(headers?.["content-type"] ?? "application/json")
  if ("text" in sent) expect(bytes.toString()).toBe(sent.text)
  else expect(JSON.parse(bytes.toString())).toEqual(sent.json)
}

async function formIn(headers: Arrived["headers"], bytes: Buffer): Promise<Part[]> {
  const form = await new Response(new Uint8Array(bytes), {
    headers: { "content-type": headers["content-type"] ?? "" },
  }).formData()
  return await Promise.all(
    [...form].map(async ([name, value]): Promise<Part> => {
      if (typeof value === "string") return [name, value]
      const base64 = Buffer.from(await value.arrayBuffer()).toString("base64")
      return [name, { fileName: value.name, type: value.type, base64 }]
    }),
  )
}
