// Those who follow the changes of jobs. The engine tells of changes only while there is one of them.
import type { News } from "../engine/threads/protocol.ts"

type Notify = (news: News | null) => void

export class Followers {
  private readonly all = new Set<Notify>()
  /** The counts that the engine told last; null: it has not answered yet. */
  private counts: News["counts"] | null = null
  private round = 0

  /** @param ask makes the engine tell of changes, in news of this round; null: no more */
  constructor(private readonly ask: (round: number | null) => void) {}

  /**
   * Calls `notify` at first with how many jobs there are, and from then on with each change; with null when the engine has stopped.
   * The returned function ends it.
   */
  add(notify: Notify): () => void {
    const { counts } = this
    this.all.add(notify)
    if (this.all.size === 1) this.ask(++this.round)
    else if (counts !== null) queueMicrotask(() => notify({ counts, jobs: [], crowds: [], round: this.round }))
    return () => {
      if (!this.all.delete(notify) || this.all.size > 0) return
      this.counts = null
      this.round++
      this.ask(null)
    }
  }

  tell(news: News | null): void {
    // News that was under way when the last one left is not for those who have come since.
    if (news !== null && news.round !== this.round) return
    this.counts = news?.counts ?? null
    for (const notify of this.all) notify(news)
  }
}
