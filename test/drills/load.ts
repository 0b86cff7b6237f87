// The clients of a drill: they submit at an even rate, to all gateways by turns, and remember what they were told.
import { CHAT, chat } from "../harness.ts"

/** What became of a submit. `unknown`: nobody knows whether it is stored. */
export type Answer = "accepted" | "refused" | "unknown"

export interface Submit {
  /** Its `x-request-id`, and its question. */
  requestId: string
  /** The address that it was sent to. */
  to: string
  answer: Answer | null
  /** Milliseconds since the load began. */
  sentAt: number
  answeredAt: number
  /** Of an accepted one. */
  id: string
  /** Of another: the status and the words, or how the connection broke. */
  why: string
}

export interface Load {
  submits: Submit[]
  /** Sends no more, and waits for the answers. */
  stop(): Promise<void>
  /** The longest time between two accepted submits while it ran. */
  longestSilence(): number
  /** Within what time half of the accepted submits were answered, and 99 of a hundred. */
  readLatencies(): { halfMs: number; mostMs: number }
  /** Milliseconds since it began. */
  now(): number
  /** How late the submits were sent at worst: this process, or the machine, was too busy. */
  latestMs(): number
}

const TICK_MS = 5
const NOT_KNOWN = "not known"

/** @param list the addresses, as they are at the moment @param clientMs how long an answer is waited for */
export function startLoad(list: () => string[], rate: number, clientMs: number): Load {
  const submits: Submit[] = []
  const out = new Set<Promise<void>>()
  const begunAt = performance.now()
  const now = () => performance.now() - begunAt
  let stoppedAt: number | null = null
  let latestMs = 0

  function send(): void {
    const urls = list()
    const requestId = crypto.randomUUID()
    const to = urls[submits.length % urls.length] ?? ""
    const submit: Submit = { requestId, to, answer: null, sentAt: now(), answeredAt: 0, id: "", why: "" }
    submits.push(submit)
    const sent = exchange(submit, clientMs).then(() => {
      submit.answeredAt = now()
      out.delete(sent)
    })
    out.add(sent)
  }

  async function run(): Promise<void> {
    for (; stoppedAt === null; await Bun.sleep(TICK_MS)) {
      const dueMs = now()
      latestMs = Math.max(latestMs, dueMs - (submits.length * 1000) / rate)
      while (submits.length < (dueMs * rate) / 1000) send()
    }
  }

  const running = run()
  return {
    submits,
    now,
    async stop() {
      stoppedAt = now()
      await running
      while (out.size > 0) await Promise.all(out)
    },
    longestSilence() {
      const until = stoppedAt ?? now()
      const times = submits
        .filter(({ answer, answeredAt }) => answer === "accepted" && answeredAt < until)
        .map(({ answeredAt }) => answeredAt)
        .sort((a, b) => a - b)
      const moments = [0, ...times, until]
      return moments.reduce((longest, at, index) => Math.max(longest, at - (moments[index - 1] ?? at)), 0)
    },
    readLatencies() {
      const times = submits
        .filter(({ answer }) => answer === "accepted")
        .map(({ sentAt, answeredAt }) => answeredAt - sentAt)
        .sort((a, b) => a - b)
      const find = (part: number) => times[Math.floor(times.length * part)] ?? 0
      return { halfMs: find(0.5), mostMs: find(0.99) }
    },
    latestMs: () => latestMs,
  }
}

async function exchange(submit: Submit, clientMs: number): Promise<void> {
  try {
    const response = await fetch(`${submit.to}${CHAT}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": submit.requestId },
      body: JSON.stringify(chat({ model: "up/m", messages: [{ role: "user", content: submit.requestId }] })),
      signal: AbortSignal.timeout(clientMs),
    })
    const text = await response.text()
    if (response.status === 202) {
      submit.id = JSON.parse(text).id
      submit.answer = "accepted"
    } else {
      submit.why = `${response.status} ${text}`
      submit.answer = response.status === 503 && text.includes(NOT_KNOWN) ? "unknown" : "refused"
    }
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: unknown }
    submit.why = `no answer: ${name === "TimeoutError" ? name : code}`
    submit.answer = "unknown"
  }
}
