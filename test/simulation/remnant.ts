// What a gateway still does after another has taken over, because it was frozen or cut off and does not know: its calls go on at the
// providers, and it may tell its callers and start calls of what was stored before.
import type { FromEngine } from "../../src/engine/threads/protocol.ts"
import { isUnknown } from "./answers.ts"
import { type Ledger, type Request, terminal } from "./ledger.ts"
import type { OutCall } from "./threads.ts"

export class Remnant {
  /** Its calls that are out, by `jobId attempt`. */
  readonly out: Map<string, OutCall>
  private readonly requests: Map<number, Request>

  /** @param claimed the attempts, as `jobId attempt`, whose start it has stored */
  constructor(
    private readonly ledger: Ledger,
    private readonly claimed: ReadonlySet<string>,
  ) {
    this.out = new Map(ledger.out)
    this.requests = new Map(ledger.requests)
  }

  /** Checks a call that goes out: only what it had stored before may. */
  called(call: OutCall): void {
    if (call.step === "cancel") return
    const name = `${call.jobId} ${call.attempt}`
    this.ledger.must(this.claimed.has(name), () => `attempt ${name} goes out from a gateway that was taken over from`)
    this.out.set(name, call)
  }

  /** Checks what its callers are told. */
  posted(message: FromEngine): void {
    if (typeof message === "string") for (const seq of message.split(",")) this.acknowledged(Number(seq))
    else if (message.kind === "refused") {
      const id = this.findSubmit(message.seq)
      const isTrue = id === null || !this.ledger.stored.has(id) || isUnknown(message)
      this.ledger.must(isTrue, () => `${id} is refused, and was stored before the takeover`)
    }
  }

  private acknowledged(seq: number): void {
    const id = this.findSubmit(seq)
    if (id !== null) this.ledger.must(this.ledger.stored.has(id), () => `${id} is acknowledged and was never stored`)
    const request = this.requests.get(seq)
    if (request?.kind !== "cancel" && request?.kind !== "remove") return
    const row = this.ledger.jobs.get(request.id)?.row
    if (row) this.ledger.must(terminal.has(row.state), () => `${request.id} is cancelled and still ${row.state}`)
  }

  private findSubmit(seq: number): string | null {
    const request = this.requests.get(seq)
    return request?.kind === "submit" ? request.id : null
  }
}
