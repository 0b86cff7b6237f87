// The thread that sends webhooks: signs each, posts it once, and reports what came of it. It knows no job and no retry policy.
import { systemClock } from "./clock.ts"
import { type FromSender, type ToSender, unframe } from "./engine/threads/protocol.ts"
import { postWebhook, resolveHost } from "./webhooks/post.ts"
import { signWebhook } from "./webhooks/signing.ts"

declare const self: Worker

/** Nothing is aborted: every try ends within its own time, and a stop ends the thread. */
const { signal } = new AbortController()

self.onmessage = ({ data }: MessageEvent<string>) => void post(data)

async function post(frame: string): Promise<void> {
  const { header, body } = unframe<ToSender>(frame)
  const { id, url, secrets, timeoutMs, rules } = header
  const signed = signWebhook(secrets, id, Math.floor(systemClock.wall() / 1000), body)
  const headers = { ...header.headers, ...signed }
  const outcome = await postWebhook(
    { url, headers, body, timeoutMs, rules },
    { fetch, clock: systemClock, signal, resolve: resolveHost },
  )
  self.postMessage({ id, outcome } satisfies FromSender)
}
