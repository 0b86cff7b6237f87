// GET /v1/async/events: a stream that tells which of the caller's jobs have changed, as server-sent events. It tells ids and states: a
// reader asks for what it shows. A reader that is slow, or has too many changes, is told to ask for its list again.

import type { Clock } from "../../clock.ts"
import type { News } from "../../engine/threads/protocol.ts"
import type { JobFilter } from "../../jobs/jobfilter.ts"
import type { Reads } from "../../jobs/reads.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import type { EngineClient } from "../engineclient.ts"
import { streamEvents } from "../reply.ts"
import { checkNames, filterNames, readFilter } from "../request/filters.ts"
import { type ListerOptions, listOwners, mayOperate } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"
import { addNews, type Untold } from "./changefilter.ts"

interface EventOptions extends ListerOptions {
  engine: Pick<EngineClient, "follow">
  reads: Pick<Reads, "revision">
  providers: ReadonlyMap<string, ProviderSettings>
  keepOpen(request: Request): () => void
}

/** A comment is sent after so long a silence, so that no proxy takes the connection for dead. */
const HEARTBEAT_MS = 15_000
const HEARTBEAT = ": heartbeat\n\n"

/** @throws {GatewayError} as `listOwners` and `readFilter` */
export function showEvents(request: Request, options: EventOptions): Response {
  const owners = listOwners(request, options)
  const given = new URL(request.url).searchParams
  checkNames(given, filterNames)
  const filter = readFilter(given, owners, request, options)
  return streamEvents(follow(request, owners, filter, options), readRequestId(request))
}

/**
 * The events, each made when the client takes it: what has happened until then is one event.
 * @param owners whose jobs the caller saw when the stream began
 */
async function* follow(
  request: Request,
  owners: readonly string[] | null,
  filter: JobFilter,
  options: EventOptions,
): AsyncGenerator<string> {
  const mayCount = mayOperate(request, options)
  const release = options.keepOpen(request)
  const inbox = createNewsInbox(filter, mayCount)
  const unfollow = options.engine.follow(inbox.take)
  request.signal.addEventListener("abort", inbox.end, { once: true })
  if (request.signal.aborted) inbox.end()
  let isFirst = true
  try {
    for (;;) {
      const untold = await inbox.next(options.clock)
      if (untold === "over" || !isStillAllowed(request, owners, options)) return
      if (untold === "silence") yield HEARTBEAT
      // What has changed until this revision and was not told is in every list of this revision.
      else yield isFirst ? serialize(untold, mayCount, await options.reads.revision()) : writeEvent(untold, mayCount)
      isFirst = false
    }
  } finally {
    unfollow()
    release()
  }
}

/** Gathers the news until the reader takes them. @param mayCount whether the reader is told of counts, which everybody's jobs change */
function createNewsInbox(filter: JobFilter, mayCount: boolean) {
  const name = JSON.stringify([filter, mayCount])
  let untold: Untold | null = null
  /** The first news is told in any case: from then on no change is missed. */
  let isTelling = true
  let isOver = false
  let wake = () => {}

  function end(): void {
    isOver = true
    wake()
  }

  return {
    end,

    /** @param news null: no more will come */
    take(news: News | null): void {
      if (news === null) {
        end()
        return
      }
      untold = addNews(untold, news, filter, name)
      isTelling ||= mayCount || untold.jobs.size > 0 || untold.isMore
      if (isTelling) wake()
    },

    async next(clock: Clock): Promise<Untold | "silence" | "over"> {
      if (!isOver && !(isTelling && untold !== null)) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(HEARTBEAT_MS, resolve)
          wake = () => {
            cancel()
            resolve()
          }
        })
      }
      if (isOver) return "over"
      if (!isTelling || untold === null) return "silence"
      const taken = untold
      untold = null
      isTelling = false
      return taken
    },
  }
}

/** Whether the caller would still be let in: its key may have been revoked, or the first virtual key made. */
function isStillAllowed(request: Request, owners: readonly string[] | null, options: EventOptions): boolean {
  try {
    return JSON.stringify(listOwners(request, options)) === JSON.stringify(owners)
  } catch {
    return false
  }
}

/** The texts of what several readers are told. */
const texts = new WeakMap<Untold, string>()

function writeEvent(untold: Untold, mayCount: boolean): string {
  const text = texts.get(untold) ?? serialize(untold, mayCount)
  texts.set(untold, text)
  return text
}

function serialize({ counts, jobs, isMore }: Untold, mayCount: boolean, revision?: string): string {
  const data = {
    ...(mayCount ? { counts } : {}),
    changed: [...jobs].map(([id, { state, isNew }]) => ({ id, state, is_new: isNew })),
    ...(isMore ? { reload: true } : {}),
    revision,
  }
  return `event: change\ndata: ${JSON.stringify(data)}\n\n`
}
