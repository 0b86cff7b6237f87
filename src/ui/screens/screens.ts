// Every screen of the dashboard, in the order of the navigation. A new screen is a row here and its file beside this one.
import type { ComponentType } from "preact"
import type { IconName } from "../parts/icon.tsx"
import type { Me } from "../session.ts"

export interface ScreenProps {
  /** What stands for the `:names` of the path. */
  params: Record<string, string>
}

export interface ScreenRow {
  /** `:name` stands for one part of the path. */
  path: string
  title: string
  /** Null: it is not in the navigation, links lead to it. */
  icon: IconName | null
  /** The key that leads to it, after "g". */
  key: string | null
  /** Whether the reader may use it, by what the gateway says of them. The gateway itself refuses who may not. */
  may(me: Me): boolean
  /** A file that is loaded when the screen is first shown. */
  load(): Promise<{ Screen: ComponentType<ScreenProps> }>
}

const lister = ({ may }: Me) => may.list
const operator = ({ may }: Me) => may.operate
const keeper = ({ may }: Me) => may.manage_keys
const limited = ({ kind }: Me) => kind === "virtual_key"

export const screens: readonly ScreenRow[] = [
  { path: "/ui", title: "Overview", icon: "overview", key: "o", may: operator, load: () => import("./overview.tsx") },
  { path: "/ui/jobs", title: "Jobs", icon: "jobs", key: "j", may: lister, load: () => import("./jobs.tsx") },
  { path: "/ui/jobs/:id", title: "Job", icon: null, key: null, may: lister, load: () => import("./job.tsx") },
  { path: "/ui/compare", title: "Compare", icon: null, key: null, may: lister, load: () => import("./compare.tsx") },
  {
    path: "/ui/batches",
    title: "Batches",
    icon: "batches",
    key: "b",
    may: lister,
    load: () => import("./batches.tsx"),
  },
  { path: "/ui/batches/:id", title: "Batch", icon: null, key: null, may: lister, load: () => import("./batch.tsx") },
  { path: "/ui/queues", title: "Queues", icon: "queues", key: "q", may: lister, load: () => import("./queues.tsx") },
  {
    path: "/ui/playground",
    title: "Playground",
    icon: "play",
    key: "p",
    may: lister,
    load: () => import("./playground.tsx"),
  },
  { path: "/ui/spend", title: "Spend", icon: "spend", key: "s", may: lister, load: () => import("./spend.tsx") },
  {
    path: "/ui/providers",
    title: "Providers",
    icon: "providers",
    key: "v",
    may: operator,
    load: () => import("./providers.tsx"),
  },
  {
    path: "/ui/webhooks",
    title: "Webhooks",
    icon: "hook",
    key: "w",
    may: operator,
    load: () => import("./webhooks.tsx"),
  },
  {
    path: "/ui/webhooks/:id",
    title: "Webhook",
    icon: null,
    key: null,
    may: operator,
    load: () => import("./webhook.tsx"),
  },
  { path: "/ui/keys", title: "Virtual keys", icon: "keys", key: "k", may: keeper, load: () => import("./keys.tsx") },
  { path: "/ui/limits", title: "My limits", icon: "user", key: "l", may: limited, load: () => import("./limits.tsx") },
]
