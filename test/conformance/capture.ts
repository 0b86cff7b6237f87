// Asks the whole program, all at once, and keeps what reaches the providers.
import { findJobsPath } from "../../src/endpoints/clienttypes.ts"
import { getEndpoint } from "../../src/endpoints/endpoints.ts"
import { type Job, launch } from "../harness.ts"
import { readBody } from "../matrix/cell.ts"
import { config, env } from "../matrix/expected.ts"
import { type Arrived, openInternet } from "../matrix/internet.ts"
import type { Question } from "./questions.ts"

export interface Captured extends Question {
  /** What was sent, in its order. */
  arrived: Arrived[]
  /** Why nothing was sent: the error of the submit, or, late, of the job. Null: something was. */
  refusal: (Refusal & { isLate: boolean }) | null
}

interface Refusal {
  message: string
  param?: string
}

/** The answers without which nothing more is asked; all others are told that they are wrong, which ends a job at once. */
function answer({ method, url }: Arrived): Response {
  if (url.endsWith("/v2/upload")) return Response.json({ upload_url: "https://cdn.assemblyai.com/upload/f756988d" })
  return Response.json({ error: { message: `no answer to ${method} ${url}` } }, { status: 400 })
}

export async function capture(questions: readonly Question[]): Promise<Captured[]> {
  const captured = questions.map((question): Captured => ({ ...question, arrived: [], refusal: null }))
  const internet = await openInternet((arrived) => {
    const [, at] = /^case-(\d+)$/.exec(arrived.headers["x-request-id"] ?? "") ?? []
    if (at !== undefined) captured[Number(at)]?.arrived.push(arrived)
    return answer(arrived)
  })
  const gateway = await launch({ config, env: { ...env, ...internet.env } })
  try {
    await Promise.all(
      captured.map(async (entry, at) => {
        const { provider, requestType, model, asked } = entry
        const { body, headers } = readBody(`${provider}/${model}`, asked)
        const response = await gateway.fetch(`/v1/async${findJobsPath(getEndpoint(requestType))}`, {
          method: "POST",
          headers: { "x-request-id": `case-${at}`, prefer: "wait=60", ...headers },
          body,
        })
        const job = (await response.json()) as Job
        const { error } = response.status === 202 ? await gateway.end(job.id) : job
        if (entry.arrived.length === 0) entry.refusal = { ...(error.error ?? error), isLate: job.id !== undefined }
      }),
    )
  } finally {
    await gateway.dispose()
    await internet.stop()
  }
  return captured
}
