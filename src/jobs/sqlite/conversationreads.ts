// Queries about conversations. Read only.
import type { Database } from "bun:sqlite"
import { readConversationId } from "../../endpoints/conversationid.ts"
import type { StoredConversation, StoredItem } from "../conversation.ts"
import { readNumber } from "../numbers.ts"
import type { ItemQuery } from "../reads.ts"
import { listNames, nameColumns } from "./columns.ts"
import { conversationItems, conversations } from "./tables.ts"

const itemColumns = nameColumns(listNames(conversationItems))

/** @param share runs a query inside the read transaction of this turn of the event loop */
export function prepareConversationReads(database: Database, share: <T>(question: () => T) => T) {
  const selectOne = database.query<StoredConversation, [number, string, number]>(
    `SELECT ${nameColumns(listNames(conversations))} FROM conversations WHERE number = ? AND id = ? AND expires_at > ?`,
  )
  const prepareItems = (order: string, bound: string) =>
    database.query<StoredItem, [number, number, number]>(
      `SELECT ${itemColumns} FROM conversation_items WHERE conversation = ? AND ${bound} ORDER BY place ${order} LIMIT ?`,
    )
  const selectItems = { asc: prepareItems("ASC", "place > ?"), desc: prepareItems("DESC", "place < ?") }
  const selectItem = database.query<StoredItem, [number, string]>(
    `SELECT ${itemColumns} FROM conversation_items WHERE conversation = ? AND id = ?`,
  )

  return {
    conversation: (id: string, now: number): StoredConversation | null =>
      share(() => selectOne.get(readNumber(readConversationId(id) ?? ""), id, now)),

    conversationItems({ conversation, order, after, limit }: ItemQuery): StoredItem[] {
      const bound = after ?? (order === "asc" ? -1 : Number.MAX_SAFE_INTEGER)
      return share(() => selectItems[order].all(conversation, bound, limit))
    },

    conversationItem: (conversation: number, id: string): StoredItem | null =>
      share(() => selectItem.get(conversation, id)),
  }
}
