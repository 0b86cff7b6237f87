// What a flag of a command is, and the flags that are filters of lists.

export interface Flag {
  /** As `-m`. */
  short?: string
  /** As `--model`. */
  name: string
  /** As `MODEL`; `[=SECONDS]`: it may be left out. Absent: the flag has no value. */
  value?: string
  /** It may be given more than once. */
  isList?: true
  text: string
}

/** The filters of ps, and the query parameters of the list that they become. */
export const filterFlags = [
  { name: "--status", value: "STATUS", text: "pending, processing, completed or failed" },
  { name: "--state", value: "STATE", text: "queued, running, waiting, succeeded, failed or cancelled" },
  { name: "--type", value: "TYPE", text: "a request type" },
  { name: "--provider", value: "NAME", text: "a provider" },
  { name: "--model", value: "MODEL", text: "a model" },
  { name: "--owner", value: "ID", text: "the id of a virtual key; for the admin" },
  { name: "--error-code", value: "CODE", text: "the code of the job's error" },
  { name: "--key", value: "NAME", text: "the name of a provider's key" },
  { name: "--priority", value: "WORD", text: "low, normal or high" },
  { name: "--min-cost", value: "USD", text: "what a job has cost at least" },
  { name: "--origin", value: "ID", text: "the job that it repeats" },
  { name: "--search", value: "ID", text: "a job, the beginning of its id, or the id of a request" },
] as const satisfies readonly Flag[]
