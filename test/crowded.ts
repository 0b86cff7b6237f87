// A provider at which jobs wait: its model `limited` is over its rate, and its key for the model `narrow` takes one call at a time.
import { startUpstream, type Upstream } from "./upstream.ts"

/** Calls of `limited` are answered with 429, all others never. @param retryAfterSeconds what that 429 names */
export function startCrowded(retryAfterSeconds: number): Upstream {
  const headers = {
    "retry-after": String(retryAfterSeconds),
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "60s",
  }
  return startUpstream(({ body }) =>
    body.includes("limited") ? new Response("slow down", { status: 429, headers }) : new Promise(() => {}),
  )
}

/** Its entry in `providers`. */
export function describeCrowded({ url }: Upstream) {
  return {
    network_config: { base_url: url },
    keys: [
      { name: "first", value: "sk-first", models: ["limited"] },
      { name: "narrow", value: "sk-narrow", models: ["narrow"], concurrency: 1 },
    ],
  }
}
