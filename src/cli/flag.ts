// What a flag of a command is, and the flags that are filters of lists.

export interface Flag {
  /** As `-m`. */
  short?: string
  /** As `--model`. */
  name: string
  /** As `MODEL`; `[=SECONDS]`: it may be left out. Absent: the flag has no value. */
  value?: string
  /** What the value can be. */
  choices?: readonly string[]
  /** It may be given more than once. */
  isList?: true
  text: string
}

export const priorities = ["low", "normal", "high"] as const

/** The filters of ps, and the query parameters of the list that they become. */
export const filterFlags = [
  {
    name: "--status",
    value: "STATUS",
    text: "pending, processing, completed or failed",
    choices: ["pending", "processing", "completed", "failed"],
  },
  {
    name: "--state",
    value: "STATE",
    text: "queued, running, waiting, succeeded, failed or cancelled",
    choices: ["queued", "running", "waiting", "succeeded", "failed", "cancelled"],
  },
  { name: "--type", value: "TYPE", text: "a request type" },
  { name: "--provider", value: "PROVIDER", text: "a provider" },
  { name: "--model", value: "MODEL", text: "a model" },
  { name: "--owner", value: "KEY", text: "the id of a virtual key; for the admin" },
  { name: "--error-code", value: "CODE", text: "the code of the job's error" },
  { name: "--key", value: "NAME", text: "the name of a provider's key" },
  { name: "--priority", value: "WORD", text: "low, normal or high", choices: priorities },
  { name: "--min-cost", value: "USD", text: "what a job has cost at least" },
  { name: "--origin", value: "ID", text: "the job that it repeats" },
  { name: "--batch", value: "BATCH", text: "the batch that it belongs to" },
  { name: "--idempotency-key", value: "KEY", text: "the key that it was made with" },
  { name: "--search", value: "ID", text: "a job, the beginning of its id, or the id of a request" },
] as const satisfies readonly Flag[]
