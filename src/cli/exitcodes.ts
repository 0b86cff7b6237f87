// How every command ends, the gateway itself included: one list, so that a number means one thing.

/** Codes of the commands that talk to a gateway stand from 10 on, away from those with which the gateway itself ends. */
export const exitCodes = [
  { code: 0, name: "done", means: "it is done; for the gateway: it stopped in good order" },
  {
    code: 1,
    name: "failed",
    means: "it cannot be done, and the message says why: a port in use, a job that is not there",
  },
  { code: 2, name: "usage", means: "a mistake in the command line or in the configuration" },
  { code: 3, name: null, means: "the gateway only: another process uses the data directory" },
  { code: 4, name: null, means: "the gateway only: the database was written by a newer version" },
  { code: 5, name: null, means: "the gateway only: the database is damaged" },
  { code: 10, name: "unreachable", means: "no gateway answers" },
  { code: 11, name: "denied", means: "the gateway does not allow it to this caller" },
  { code: 12, name: "job_failed", means: "the job failed, or one of several did" },
  { code: 13, name: "job_cancelled", means: "the job was cancelled, or one of several was" },
  { code: 14, name: "unfinished", means: "the job has not ended yet: the wait is over, or there was none" },
  { code: 130, name: null, means: "ended by Ctrl-C, as the shell counts it" },
  { code: 141, name: "no_reader", means: "the reader of its output was gone, as `head` is when it has enough" },
] as const

export type Ending = NonNullable<(typeof exitCodes)[number]["name"]>

export function findCode(ending: Ending): number {
  return exitCodes.find(({ name }) => name === ending)?.code ?? 1
}

/** Ends a command. The message says what is wrong and what to do instead. */
export class CommandError extends Error {
  constructor(
    readonly ending: Ending,
    message: string,
  ) {
    super(message)
  }
}
