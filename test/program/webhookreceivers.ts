// What the tests of webhooks share: how the API is asked, and how three libraries that receivers use check what has come.
import OpenAI from "openai"
import { Webhook as StandardWebhook } from "standardwebhooks"
import { Webhook as SvixWebhook } from "svix"
import type { Gateway, Job } from "../harness.ts"
import type { Received } from "../upstream.ts"

const openai = new OpenAI({ apiKey: "none" })

/** By the names of their packages. Each throws where a webhook is not signed with the secret. */
export const verifiers: Record<string, (secret: string, received: Received) => unknown> = {
  standardwebhooks: (secret, { body, headers }) => new StandardWebhook(secret).verify(body, headers),
  svix: (secret, { body, headers }) => new SvixWebhook(secret).verify(body, headers),
  openai: (secret, { body, headers }) => openai.webhooks.unwrap(body, headers, secret),
}

/** Whether each of the three libraries takes a webhook that was received. */
export async function verify(secret: string, received: Received): Promise<boolean[]> {
  return await Promise.all(
    Object.values(verifiers).map(async (check) => {
      try {
        await check(secret, received)
        return true
      } catch {
        return false
      }
    }),
  )
}

export interface Answer {
  status: number
  body: Job
}

/** Asks /api/webhooks… @param path what follows it */
export async function manage(
  gateway: Gateway,
  method: string,
  path = "",
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await gateway.fetch(`/api/webhooks${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

let made = 0

/** Makes an endpoint for both events, with `over` laid over it. */
export async function makeEndpoint(
  gateway: Gateway,
  url: string,
  over: Record<string, unknown> = {},
): Promise<{ id: string; name: string; secret: string }> {
  const name = `hook-${++made}`
  const events = ["async_job.completed", "async_job.failed"]
  const { status, body } = await manage(gateway, "POST", "", { name, url, events, ...over })
  if (status !== 201) throw new Error(`not made: ${JSON.stringify(body)}`)
  return { id: body.endpoint.id, name: body.endpoint.name, secret: body.secret }
}

/** The deliveries of an endpoint, once they are as `isDone` wants them. */
export async function untilDeliveries(gateway: Gateway, id: string, isDone: (page: Job) => boolean): Promise<Job> {
  for (;;) {
    const { body } = await manage(gateway, "GET", `/${id}/deliveries`)
    if (isDone(body)) return body
  }
}

/** The page of an endpoint once its newest delivery has had so many tries. */
export function untilTried(gateway: Gateway, id: string, tries = 1): Promise<Job> {
  return untilDeliveries(gateway, id, ({ groups }) => groups[0]?.attempts >= tries)
}
