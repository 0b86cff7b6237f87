// Conversations as they are stored, and how they change. Times are epoch milliseconds.
import type { NewItem } from "../call.ts"

export interface StoredConversation {
  /** The store's. */
  number: number
  /** See `makeConversationId`. */
  id: string
  /** As of a job; empty: nobody's. */
  owner: string
  /** JSON text of an object; null: none. */
  metadata: string | null
  createdAt: number
  expiresAt: number
}

export type NewConversation = Omit<StoredConversation, "number" | "expiresAt">

/** An item, at its place in the conversation. */
export interface StoredItem extends NewItem {
  place: number
}

/** The members of each kind of change. From a change of its metadata or its items on a conversation is kept for its time anew. */
export interface ConversationChanges {
  /** Stores a conversation with its first items. */
  createConversation: { conversation: NewConversation; items: readonly NewItem[] }
  /** Replaces the metadata. */
  changeConversation: { number: number; metadata: string | null }
  addItems: { number: number; items: readonly NewItem[] }
  removeItem: { number: number; id: string }
  /** Deletes a conversation with its items. */
  removeConversation: { number: number }
  /**
   * Makes conversations expire that were made before the job id `before`: those among the next `limit` behind the number `after` that
   * have one of these owners; null: all. They are gone at once, and `pruneConversations` deletes them.
   */
  expireConversations: { owners: readonly string[] | null; before: string; after: number; limit: number }
  /** Deletes expired conversations: up to `limit` rows, of theirs and of their items. */
  pruneConversations: { limit: number }
}

/** The result of each. */
export interface ConversationResults {
  createConversation: null
  /** Whether it is there. */
  changeConversation: boolean
  /** The ids of the items, as they are stored; null: the conversation is not there. */
  addItems: string[] | null
  /** Whether the item was there. */
  removeItem: boolean
  /** Whether it was there. */
  removeConversation: boolean
  /** How many have expired by it, and the number of the last that was looked at; null: there are no more. */
  expireConversations: { count: number; last: number | null }
  /** How many rows were deleted. */
  pruneConversations: number
}
