// Stores conversations, inside the transactions of the store. One that has expired is not there any more, whether it is deleted yet or not.
import type { ConversationTurn, NewItem } from "../../call.ts"
import { readConversationId } from "../../endpoints/conversationid.ts"
import { readNumber } from "../numbers.ts"
import type { ChangeOf, Results } from "../store.ts"
import { listNames, makeInsert } from "./columns.ts"
import type { Connection } from "./database.ts"
import { conversationItems, conversations } from "./tables.ts"

export type ConversationStore = ReturnType<typeof createConversationStore>

/**
 * @param keptMs for how long a conversation is kept after it was changed last
 * @param onDelete called when something was deleted
 */
export function createConversationStore({ database }: Connection, keptMs: number, onDelete: () => void) {
  type Values = Record<string, string | number | null>
  const prepare = <Row = unknown>(sql: string) => database.query<Row, Values>(sql)
  const insert = prepare(makeInsert("conversations", listNames(conversations)))
  const insertItem = prepare(makeInsert("conversation_items", listNames(conversationItems)))
  const keep = prepare("UPDATE conversations SET expires_at = $expiresAt WHERE number = $number AND expires_at > $now")
  const setMetadata = prepare("UPDATE conversations SET metadata = $metadata WHERE number = $number")
  const selectLast = prepare<{ place: number }>(
    "SELECT place FROM conversation_items WHERE conversation = $number ORDER BY place DESC LIMIT 1",
  )
  const selectId = prepare("SELECT 1 FROM conversation_items WHERE conversation = $number AND id = $id")
  const deleteItem = prepare("DELETE FROM conversation_items WHERE conversation = $number AND id = $id RETURNING place")
  const deleteOne = prepare("DELETE FROM conversations WHERE number = $number RETURNING number")
  const selectNext = prepare<{ number: number; owner: string; expires_at: number }>(
    "SELECT number, owner, expires_at FROM conversations WHERE number > $after AND number < $before ORDER BY number LIMIT $limit",
  )
  const expireOne = prepare("UPDATE conversations SET expires_at = $now WHERE number = $number")
  const selectExpired = prepare<{ number: number }>(
    "SELECT number FROM conversations WHERE expires_at <= $now ORDER BY expires_at LIMIT $limit",
  )
  const deleteFirst = prepare(
    `DELETE FROM conversation_items WHERE conversation = $number AND place <= coalesce(
       (SELECT place FROM conversation_items WHERE conversation = $number ORDER BY place LIMIT 1 OFFSET $limit - 1), ${Number.MAX_SAFE_INTEGER})
     RETURNING place`,
  )

  /** Whether the conversation is there, which is then kept for its time from now on. */
  function use(number: number, now: number): boolean {
    return keep.run({ number, now, expiresAt: now + keptMs }).changes > 0
  }

  function insertItems(number: number, items: readonly NewItem[]): string[] {
    let place = selectLast.get({ number })?.place ?? -1
    return items.map(({ id: wanted, provider, item }) => {
      place++
      let id = wanted
      while (selectId.get({ number, id }) !== null) id = `${id}_${place}`
      insertItem.run({ conversation: number, place, id, provider, item })
      return id
    })
  }

  function addItems({ number, items }: Pick<ChangeOf<"addItems">, "number" | "items">, now: number): string[] | null {
    return use(number, now) ? insertItems(number, items) : null
  }

  return {
    addItems,

    /** Adds what a job has asked and was answered, if the conversation is still there. */
    addTurn(turn: ConversationTurn, now: number): void {
      addItems(turn, now)
    },

    create({ conversation, items }: ChangeOf<"createConversation">): null {
      const number = readNumber(readConversationId(conversation.id) ?? "")
      insert.run({ ...conversation, number, expiresAt: conversation.createdAt + keptMs })
      insertItems(number, items)
      return null
    },

    change({ number, metadata }: ChangeOf<"changeConversation">, now: number): boolean {
      if (!use(number, now)) return false
      setMetadata.run({ number, metadata })
      return true
    },

    removeItem({ number, id }: ChangeOf<"removeItem">, now: number): boolean {
      if (!use(number, now) || deleteItem.get({ number, id }) === null) return false
      onDelete()
      return true
    },

    remove({ number }: ChangeOf<"removeConversation">): boolean {
      if (deleteOne.get({ number }) === null) return false
      onDelete()
      return true
    },

    expire(change: ChangeOf<"expireConversations">, now: number): Results["expireConversations"] {
      const { owners, before, after, limit } = change
      const next = selectNext.all({ after, before: readNumber(before), limit })
      const meant = next.filter(({ owner, expires_at }) => expires_at > now && (owners?.includes(owner) ?? true))
      for (const { number } of meant) expireOne.run({ number, now })
      return { count: meant.length, last: next.length < limit ? null : (next.at(-1)?.number ?? null) }
    },

    prune({ limit }: ChangeOf<"pruneConversations">, now: number): number {
      let count = 0
      for (const { number } of selectExpired.all({ now, limit })) {
        if (count < limit) count += deleteFirst.all({ number, limit: limit - count }).length
        if (count === limit) break
        deleteOne.get({ number })
        count++
      }
      if (count > 0) onDelete()
      return count
    },
  }
}
