// The rules of the retry policy: which outcome leads to which verdict, and what the documents say about that. Data only.
import type { Outcome } from "../call.ts"

type Verdict = "succeed" | "await" | "back off" | "wait" | "stand by" | "rotate" | "repeat" | "isolate" | "fail"

interface Rule {
  when: string
  matches(outcome: Outcome): boolean
  verdict: Verdict
  effect: string
}

/**
 * Statuses below 500 that a later try can make better. 424: a model behind the API failed; 498: a tier without promises has no room
 * now. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, https://console.groq.com/docs/errors
 */
const passing = [408, 409, 424, 425, 498]

/** Whether a refusal passes: a later try may succeed. */
export function isPassing({ status, isPassing }: Extract<Outcome, { kind: "refused" }>): boolean {
  return status >= 500 || passing.includes(status) || isPassing === true
}

/** Read from the top; the first rule that matches decides. docs/jobs.md shows this table. */
export const rules: readonly Rule[] = [
  {
    when: "2xx",
    matches: (o) => o.kind === "answered",
    verdict: "succeed",
    effect: "the answer is stored; the job is completed",
  },
  {
    when: "the provider has accepted an upstream job",
    matches: (o) => o.kind === "pending",
    verdict: "await",
    effect: "the upstream job is polled until it ends; a crash resumes the polling, and none of this spends a try",
  },
  {
    when: "2xx that cannot be read, or that has no content",
    matches: (o) => o.kind === "unreadable",
    verdict: "fail",
    effect:
      "failed, 502 `unreadable_response`, not retried: it was billed; the raw text is kept. One in which the provider declares an error, with a code that tells what it means, is not such a one: it counts as that status",
  },
  {
    when: "401, 402, 403, and any that says that the key is unknown or has no money left",
    matches: (o) => o.kind === "refused" && o.isKeyRefused,
    verdict: "rotate",
    effect:
      "the key is not used for this job again, another is tried at once, no try is spent; none left: failed, 502 `upstream_credentials_exhausted`, with the provider's words",
  },
  {
    when: "429",
    matches: (o) => o.kind === "refused" && o.status === 429,
    verdict: "wait",
    effect:
      "closes the quota (provider, key, model) for the time that the answer names, but at least for 1 s, after the next 429 for 2 s, up to 60 s, until a call succeeds; another key is tried at once; with none open the job waits, spends no try and ends at its deadline; one with fallbacks goes to the next when the wait is longer than `retry_backoff_max`",
  },
  {
    when: "408, 409, 424, 425, 498, 5xx, a 402, 403 or 413 that names a wait, and a 4xx that says that a server behind it failed or that it should be retried",
    matches: (o) => o.kind === "refused" && isPassing(o),
    verdict: "back off",
    effect:
      "tried again after a backoff, or after the wait that the provider names if that is longer; spends a try; one with fallbacks goes to the next when that wait is longer than `retry_backoff_max`. A 402 or 403 is first tried with another key at once, which spends none",
  },
  {
    when: "other 4xx",
    matches: (o) => o.kind === "refused" && o.status >= 400,
    verdict: "fail",
    effect: "failed with the provider's own status, type, code, message and param",
  },
  {
    when: "1xx, 3xx",
    matches: (o) => o.kind === "refused",
    verdict: "fail",
    effect: "failed, 502 `upstream_redirect`: a redirect is never followed with a key in hand",
  },
  {
    when: "the configuration lacks what the call needs: credentials, an address, the request type; or has a key or header that no header can carry",
    matches: (o) => o.kind === "unreached" && o.reason === "misconfigured",
    verdict: "stand by",
    effect:
      "no call is made; tried again each time the job's age has doubled, after 1 s to 5 min, until its deadline; spends no try. Where no key is configured that the job could use, it is not even tried before there is one",
  },
  {
    when: "the stored request or the caller's own key cannot be read",
    matches: (o) => o.kind === "unreached" && o.reason === "not_sent",
    verdict: "fail",
    effect: "failed, 500 `request_lost`; nothing was sent",
  },
  {
    when: "no connection: nothing was sent",
    matches: (o) => o.kind === "unreached" && o.reason === "unconnected",
    verdict: "back off",
    effect: "tried again after a backoff; spends a try",
  },
  {
    when: "its thread died",
    matches: (o) => o.kind === "unreached" && o.reason === "crashed",
    verdict: "isolate",
    effect:
      "tried again alone on a thread, as far as a lost answer may be; when that dies too: failed, 502 `worker_crashed`",
  },
  {
    when: "the answer was lost: timeout, connection that broke before it began, end of the gateway, an upstream job that the provider does not know any more",
    matches: (o) => o.kind === "unreached",
    verdict: "repeat",
    effect:
      "tried again after a backoff, or at once where the gateway had ended, spends a try; speech, transcription, images and ocr once at most, because each call is billed; `x-asyncgate-on-interrupt: retry` or `fail` says otherwise",
  },
]
