// Stores conversations. One that has expired is not there any more, whether it is deleted yet or not.
import type { ConversationTurn, NewItem } from "../../call.ts"
import { readConversationId } from "../../endpoints/conversationid.ts"
import { readNumber } from "../numbers.ts"
import type { ChangeOf, Results } from "../store.ts"
import { conversationItems, conversations, given, list, toArray, toRow } from "./pgcolumns.ts"
import { toJson } from "./pgdriver.ts"
import type { Turn } from "./pgturn.ts"

const INSERT_ITEMS = `INSERT INTO conversation_items (${list(conversationItems)})
  SELECT ${list(conversationItems)} FROM ${given(conversationItems)}`

export type PgConversations = ReturnType<typeof createPgConversations>

/**
 * @param keptMs for how long a conversation is kept after it was changed last
 * @param onBytes called with how many bytes of items have come, or gone
 */
export function createPgConversations(keptMs: number, onBytes: (bytes: number) => void) {
  /** Whether the conversation is there, which is then kept for its time from now on. */
  async function use({ ask, now }: Turn, number: number): Promise<boolean> {
    const rows = await ask(
      `UPDATE conversations SET expires_at = $3::bigint WHERE number = $1::bigint AND expires_at > $2::bigint RETURNING id`,
      [number, now, now + keptMs],
    )
    return rows.length > 0
  }

  async function insertItems({ ask }: Turn, number: number, items: readonly NewItem[]): Promise<string[]> {
    if (items.length === 0) return []
    const [last] = await ask<{ place: number }>(
      "SELECT place FROM conversation_items WHERE conversation = $1::bigint ORDER BY place DESC LIMIT 1",
      [number],
    )
    // What an id may become where it is taken begins with it.
    const there = await ask<{ id: string }>(
      `SELECT DISTINCT known.id FROM json_array_elements_text($2::text::json) AS wanted
         JOIN conversation_items AS known ON conversation = $1::bigint AND starts_with(known.id, wanted)`,
      [number, toJson(items.map(({ id }) => id) as unknown as object[])],
    )
    const taken = new Set(there.map(({ id }) => id))
    let place = last?.place ?? -1
    const rows = items.map(({ id: wanted, provider, item }) => {
      place++
      let id = wanted
      while (taken.has(id)) id = `${id}_${place}`
      taken.add(id)
      onBytes(item.length)
      return { conversation: number, place, id, provider, item }
    })
    await ask(INSERT_ITEMS, [toJson(rows)])
    return rows.map(({ id }) => id)
  }

  async function addItems(turn: Turn, change: ConversationTurn | ChangeOf<"addItems">): Promise<string[] | null> {
    return (await use(turn, change.number)) ? insertItems(turn, change.number, change.items) : null
  }

  return {
    addItems,

    /** Adds what a job has asked and was answered, if the conversation is still there. */
    async addTurn(turn: Turn, change: ConversationTurn): Promise<void> {
      await addItems(turn, change)
    },

    async create(turn: Turn, { conversation, items }: ChangeOf<"createConversation">): Promise<null> {
      const number = readNumber(readConversationId(conversation.id) ?? "")
      const row = { ...toRow(conversations, conversation), number, expires_at: conversation.createdAt + keptMs }
      const columns = list(conversations)
      await turn.ask(`INSERT INTO conversations (${columns}) SELECT ${columns} FROM ${given(conversations)}`, [
        toJson([row]),
      ])
      await insertItems(turn, number, items)
      return null
    },

    async change(turn: Turn, { number, metadata }: ChangeOf<"changeConversation">): Promise<boolean> {
      if (!(await use(turn, number))) return false
      await turn.ask("UPDATE conversations SET metadata = $2::text WHERE number = $1::bigint", [number, metadata])
      return true
    },

    async removeItem(turn: Turn, { number, id }: ChangeOf<"removeItem">): Promise<boolean> {
      if (!(await use(turn, number))) return false
      const [gone] = await turn.ask<{ chars: number }>(
        "DELETE FROM conversation_items WHERE conversation = $1::bigint AND id = $2::text RETURNING length(item) AS chars",
        [number, id],
      )
      onBytes(-(gone?.chars ?? 0))
      return gone !== undefined
    },

    async remove(turn: Turn, { number }: ChangeOf<"removeConversation">): Promise<boolean> {
      return (await remove(turn, [number])) > 0
    },

    async expire(turn: Turn, change: ChangeOf<"expireConversations">): Promise<Results["expireConversations"]> {
      const { owners, before, after, limit } = change
      const next = await turn.ask<{ number: number; owner: string; expiresAt: number }>(
        `SELECT number::float8 AS number, owner, expires_at::float8 AS "expiresAt" FROM conversations
         WHERE number > $1::bigint AND number < $2::bigint ORDER BY conversations.number LIMIT $3::bigint`,
        [after, readNumber(before), limit],
      )
      const meant = next.filter(({ owner, expiresAt }) => expiresAt > turn.now && (owners?.includes(owner) ?? true))
      const numbers = toArray(meant.map(({ number }) => number))
      await turn.ask("UPDATE conversations SET expires_at = $2::bigint WHERE number = ANY($1::text::bigint[])", [
        numbers,
        turn.now,
      ])
      return { count: meant.length, last: next.length < limit ? null : (next.at(-1)?.number ?? null) }
    },

    async prune(turn: Turn, { limit }: ChangeOf<"pruneConversations">): Promise<number> {
      const expired = await turn.ask<{ number: number }>(
        "SELECT number::float8 AS number FROM conversations WHERE expires_at <= $1::bigint ORDER BY expires_at LIMIT $2::bigint",
        [turn.now, limit],
      )
      let count = 0
      for (const { number } of expired) {
        if (count < limit) count += await removeFirst(turn, number, limit - count)
        if (count === limit) break
        await remove(turn, [number])
        count++
      }
      return count
    },
  }

  /** Deletes the first items of a conversation. */
  async function removeFirst({ ask }: Turn, number: number, limit: number): Promise<number> {
    const gone = await ask<{ chars: number }>(
      `DELETE FROM conversation_items WHERE conversation = $1::bigint AND place IN
         (SELECT place FROM conversation_items WHERE conversation = $1::bigint ORDER BY place LIMIT $2::bigint)
       RETURNING length(item) AS chars`,
      [number, limit],
    )
    onBytes(-gone.reduce((sum, { chars }) => sum + chars, 0))
    return gone.length
  }

  async function remove(turn: Turn, numbers: readonly number[]): Promise<number> {
    for (const number of numbers) await removeFirst(turn, number, 2_147_483_647)
    const gone = await turn.ask(
      "DELETE FROM conversations WHERE number = ANY($1::text::bigint[]) RETURNING conversations.id",
      [toArray(numbers)],
    )
    return gone.length
  }
}
