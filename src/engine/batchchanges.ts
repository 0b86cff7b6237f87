// Stores what the HTTP server asks to store of files, batches and conversations: one change each, answered when it is on disk.
import type { Change } from "../jobs/store.ts"
import type { Committer } from "./committer.ts"
import type { Disk } from "./disk.ts"
import type { Replies } from "./replies.ts"
import type { BatchChange } from "./threads/protocol.ts"

export function createBatchChanges({
  committer,
  disk,
  replies,
}: {
  committer: Pick<Committer, "write">
  disk: Disk
  replies: Replies
}) {
  return (seq: number, change: BatchChange): void => {
    if (isNewWork(change)) disk.measureIfDue()
    const refusal = isNewWork(change) ? disk.refuseNewWork() : null
    if (refusal !== null) {
      replies.post({ kind: "refused", seq, ...refusal })
      return
    }
    committer.write({
      plan: () => [change satisfies Change],
      settled: ([result]) => replies.post({ kind: "shown", seq, text: JSON.stringify(result ?? null) }),
      failed: (error) => replies.post({ kind: "refused", seq, ...disk.refuse(error) }),
    })
  }
}

/** What is refused while the disk is nearly full, so that the results of what was accepted can be stored. */
function isNewWork({ kind }: BatchChange): boolean {
  return kind === "saveFile" || kind === "createBatch" || kind === "createConversation" || kind === "addItems"
}
