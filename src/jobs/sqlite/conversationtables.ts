// The tables of conversations. All times are epoch milliseconds.
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const conversations = sqliteTable(
  "conversations",
  {
    /** From the same sequence as the numbers of jobs. */
    number: integer("number").primaryKey(),
    id: text("id").notNull(),
    /** As in `jobs`; empty: nobody's. */
    owner: text("owner").notNull(),
    /** JSON text. */
    metadata: text("metadata"),
    created_at: integer("created_at").notNull(),
    expires_at: integer("expires_at").notNull(),
  },
  (table) => [index("conversations_expires_at").on(table.expires_at)],
)

/** The items of a conversation stand together, in their order, so that all are read in one go. */
export const conversationItems = sqliteTable(
  "conversation_items",
  {
    conversation: integer("conversation")
      .notNull()
      .references(() => conversations.number, { onDelete: "cascade" }),
    place: integer("place").notNull(),
    id: text("id").notNull(),
    /** The provider that alone is sent it. */
    provider: text("provider"),
    /** JSON text. The last column, because it can be long. */
    item: text("item").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.conversation, table.place] }),
    uniqueIndex("conversation_items_id").on(table.conversation, table.id),
  ],
)
