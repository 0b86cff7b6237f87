// Timers: a binary heap of items by the time at which they are due, so that no item is looked at before it is due.

export interface Timed {
  /** Epoch milliseconds. */
  dueAt: number
  /** The index in the heap, -1 outside of it. Only this file may change it. */
  heapIndex: number
}

export type Timers<T extends Timed> = ReturnType<typeof createTimers<T>>

export function createTimers<T extends Timed>() {
  const heap: T[] = []

  function put(item: T, index: number): void {
    heap[index] = item
    item.heapIndex = index
  }

  function rise(item: T, from: number): void {
    let index = from
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above] as T
      if (parent.dueAt <= item.dueAt) break
      put(parent, index)
      index = above
    }
    put(item, index)
  }

  function sink(item: T, from: number): void {
    let index = from
    for (;;) {
      const left = 2 * index + 1
      if (left >= heap.length) break
      const right = left + 1
      const below = right < heap.length && (heap[right] as T).dueAt < (heap[left] as T).dueAt ? right : left
      const child = heap[below] as T
      if (child.dueAt >= item.dueAt) break
      put(child, index)
      index = below
    }
    put(item, index)
  }

  function remove(item: T): void {
    const index = item.heapIndex
    if (index < 0) return
    item.heapIndex = -1
    const last = heap.pop() as T
    if (last === item) return
    if (index > 0 && last.dueAt < (heap[(index - 1) >> 1] as T).dueAt) rise(last, index)
    else sink(last, index)
  }

  return {
    /** Adds an item that is due at `at`, or moves it there. */
    set(item: T, at: number): void {
      remove(item)
      item.dueAt = at
      heap.push(item)
      rise(item, heap.length - 1)
    },

    delete: remove,

    /** When the first item is due; Infinity: there is none. */
    nextAt(): number {
      return heap[0]?.dueAt ?? Number.POSITIVE_INFINITY
    },

    /** Takes out the first item if it is due; else null. */
    takeDue(now: number): T | null {
      const first = heap[0]
      if (first === undefined || first.dueAt > now) return null
      remove(first)
      return first
    },

    clear(): void {
      for (const item of heap) item.heapIndex = -1
      heap.length = 0
    },
  }
}
