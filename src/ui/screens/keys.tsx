// The virtual keys, for the admin: who may use the gateway, within which limits. The value of a key is shown once, after it is made.
import { useState } from "preact/hooks"
import { send } from "../client.ts"
import { writeCount } from "../format.ts"
import { act } from "../parts/act.ts"
import { Budgets, writeGrants } from "../parts/budgets.tsx"
import { confirm } from "../parts/dialog.tsx"
import { Empty, Head, Loading, Trouble } from "../parts/panels.tsx"
import { ShownOnce } from "../parts/shownonce.tsx"
import { Mark } from "../parts/state.tsx"
import { type Column, DataTable } from "../parts/table.tsx"
import { toast } from "../parts/toast.tsx"
import { Moment } from "../parts/values.tsx"
import { useResource } from "../resource.ts"
import { now } from "../ticks.ts"
import type { Budget } from "../usage.ts"
import { KEYS, KeyDialog, type ManagedKey } from "./keydialog.tsx"

const POLL_MS = 15_000

export function Screen() {
  const { data, error, reload } = useResource<{ data: ManagedKey[] }>(KEYS, POLL_MS)
  const usage = useResource<{ budgets: Budget[] }>("/v1/async/usage", POLL_MS)
  const [edited, setEdited] = useState<ManagedKey | "new" | null>(null)
  const [made, setMade] = useState<{ name: string; value: string } | null>(null)
  const close = (found: (ManagedKey & { value?: string }) | null) => {
    setEdited(null)
    if (found === null) return
    if (found.value === undefined) toast(`The virtual key ${found.name} is changed.`, "good")
    else setMade({ name: found.name, value: found.value })
    reload()
    usage.reload()
  }
  return (
    <>
      <Head title="Virtual keys">
        <button type="button" class="primary" onClick={() => setEdited("new")}>
          Make a key…
        </button>
      </Head>
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {made === null ? null : (
        <ShownOnce
          key={made.value}
          title={`The virtual key ${made.name} is made`}
          what="the key"
          value={made.value}
          onClose={() => setMade(null)}
        />
      )}
      {data === null ? (
        error === null ? (
          <Loading what="Reading the keys" />
        ) : null
      ) : data.data.length === 0 ? (
        <Empty title="There are no virtual keys">
          <p>
            Each caller gets one of its own: it sees its own jobs alone, and is held to its limits and budgets. As soon
            as there is a key, nobody gets in without one.
          </p>
        </Empty>
      ) : (
        <>
          <Keys keys={data.data} budgets={usage.data?.budgets ?? []} onEdit={setEdited} onDone={reload} />
          {data.data.some((key) => key.is_read_only) ? (
            <p class="note">
              Keys of config.json are changed there, under governance.virtual_keys. The gateway follows within seconds.
            </p>
          ) : null}
        </>
      )}
      {edited === null ? null : <KeyDialog edited={edited === "new" ? null : edited} onClose={close} />}
    </>
  )
}

interface KeysProps {
  keys: readonly ManagedKey[]
  budgets: readonly Budget[]
  onEdit(key: ManagedKey): void
  onDone(): void
}

function Keys({ keys, budgets, onEdit, onDone }: KeysProps) {
  const columns: Column<ManagedKey>[] = [
    { name: "Name", share: 20, isProse: true, cell: ({ name, id }) => <span title={id}>{name}</span> },
    { name: "State", cell: (key) => <KeyState of={key} /> },
    { name: "Expires", cell: ({ expires_at }) => (expires_at === null ? "never" : <Moment at={expires_at} />) },
    { name: "Limits", share: 18, isProse: true, cell: writeLimits },
    { name: "Budgets", share: 26, isProse: true, cell: ({ id }) => <BudgetsOf id={id} budgets={budgets} /> },
    { name: "May call", share: 16, isProse: true, from: "wide", cell: (key) => writeGrants(key.provider_configs) },
    { name: "Actions", share: 20, isProse: true, cell: (key) => <Actions of={key} onEdit={onEdit} onDone={onDone} /> },
  ]
  return <DataTable label="Virtual keys" rows={keys} keyFor={({ id }) => id} columns={columns} />
}

function BudgetsOf({ id, budgets }: { id: string; budgets: readonly Budget[] }) {
  const own = budgets.filter(({ virtual_key }) => virtual_key.id === id)
  return own.length === 0 ? <span class="unknown">none</span> : <Budgets budgets={own} />
}

function KeyState({ of: { is_active, expires_at } }: { of: ManagedKey }) {
  if (!is_active) return <Mark tone="quiet" shape="cancelled" text="Off" />
  const isOver = expires_at !== null && Date.parse(expires_at) <= now.value
  return isOver ? <Mark tone="bad" shape="failed" text="Expired" /> : <Mark tone="good" shape="succeeded" text="On" />
}

function writeLimits({ requests_per_minute, max_concurrent_jobs }: ManagedKey): string {
  const parts = [
    requests_per_minute === null ? "" : `${writeCount(requests_per_minute)} requests in a minute`,
    max_concurrent_jobs === null ? "" : `${writeCount(max_concurrent_jobs)} jobs in flight`,
  ].filter((part) => part !== "")
  return parts.join(", ") || "none"
}

function Actions({ of: key, onEdit, onDone }: { of: ManagedKey; onEdit(key: ManagedKey): void; onDone(): void }) {
  const { id, name, is_active, is_read_only } = key
  const path = `${KEYS}/${encodeURIComponent(id)}`
  const of = <span class="offscreen"> {name}</span>
  return (
    <div class="actions">
      <a class="button small" href={`/ui/jobs?${new URLSearchParams({ owner: id })}`}>
        Jobs<span class="offscreen"> of {name}</span>
      </a>
      {is_read_only ? (
        <span class="note">in config.json: read only</span>
      ) : (
        <>
          <button type="button" class="small" onClick={() => onEdit(key)}>
            Change…{of}
          </button>
          <button type="button" class="small" onClick={() => void switchKey(key, path, onDone)}>
            {is_active ? "Switch off" : "Switch on"}
            {of}
          </button>
          <button type="button" class="small danger" onClick={() => void revokeKey(name, path, onDone)}>
            Delete…{of}
          </button>
        </>
      )}
    </div>
  )
}

async function switchKey({ name, is_active }: ManagedKey, path: string, onDone: () => void): Promise<void> {
  const run = () => send("POST", path, { is_active: !is_active })
  await act(run, `The virtual key ${name} is switched ${is_active ? "off" : "on"}.`, onDone)
}

async function revokeKey(name: string, path: string, onDone: () => void): Promise<void> {
  const body = (
    <p>
      Whoever has the key <strong>{name}</strong> is refused from now on, and it cannot be brought back. Jobs that it
      has submitted still end. To refuse it for a while, switch it off.
    </p>
  )
  const title = "Delete this virtual key?"
  if (!(await confirm({ title, body, action: "Delete the key", isDangerous: true, word: "delete" }))) return
  await act(() => send("DELETE", path), `The virtual key ${name} is deleted.`, onDone)
}
