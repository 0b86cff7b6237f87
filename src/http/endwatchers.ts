// Requests that wait for the end of a job.

export class EndWatchers {
  private readonly watchers = new Map<string, Set<() => void>>()

  /** @param ask asks the engine to report the end of a job: called once for all requests that wait for the same job */
  constructor(private readonly ask: (id: string) => void) {}

  /**
   * Calls `notify` once when the job has ended or is deleted; the returned function ends the watch.
   * @param isReported whether the engine reports the end unasked
   */
  add(id: string, notify: () => void, isReported = false): () => void {
    const { watchers } = this
    const others = watchers.get(id)
    if (others) others.add(notify)
    else {
      watchers.set(id, new Set([notify]))
      if (!isReported) this.ask(id)
    }
    return () => {
      const waiters = watchers.get(id)
      if (waiters?.delete(notify) && waiters.size === 0) watchers.delete(id)
    }
  }

  notify(id: string): void {
    for (const notify of this.watchers.get(id) ?? []) notify()
    this.watchers.delete(id)
  }

  notifyAll(): void {
    for (const id of [...this.watchers.keys()]) this.notify(id)
  }
}
