// The gateways that share the database: who runs the jobs, who waits to take over, and how far its standbys are behind.
import { writeAge, writeBytes, writeDuration } from "../format.ts"
import { Fact, Panel } from "./panels.tsx"
import { Mark } from "./state.tsx"
import { type Column, DataTable } from "./table.tsx"

export interface Shared {
  /** Null: no others can use the database, or it cannot be read. */
  gateways: readonly Gateway[] | null
  standbys: readonly { name: string; is_synchronous: boolean; behind_bytes: number }[] | null
}

interface Gateway {
  address: string
  version: string
  role: "running" | "waiting"
  silent_ms: number
  lease_left_ms: number | null
}

export function GatewayPanel({ gateways, standbys }: Shared) {
  if (gateways === null) return null
  return (
    <Panel title="Gateways" note="of this database, heard of within a minute">
      <DataTable label="Gateways" rows={gateways} keyFor={(row) => String(gateways.indexOf(row))} columns={columns} />
      {standbys === null || standbys.length === 0 ? null : (
        <dl class="facts">
          {standbys.map(({ name, is_synchronous, behind_bytes }) => (
            <Fact
              key={name}
              name={`Standby ${name}`}
              value={`${writeBytes(behind_bytes)} behind${is_synchronous ? ", commits wait for it" : ""}`}
            />
          ))}
        </dl>
      )}
    </Panel>
  )
}

/** For so long a gateway may be silent. */
const SILENT_MS_MAX = 4000

const columns: readonly Column<Gateway>[] = [
  { name: "Address", share: 34, cell: ({ address }) => <span title={address}>{address}</span> },
  { name: "Version", cell: ({ version }) => version },
  { name: "Does", isProse: true, cell: (gateway) => <Doing gateway={gateway} /> },
  { name: "Last heard", cell: ({ silent_ms }) => (silent_ms < 1000 ? "now" : `${writeAge(silent_ms)} ago`) },
  {
    name: "Lease",
    isNumber: true,
    cell: ({ lease_left_ms }) =>
      lease_left_ms === null ? <span class="unknown">–</span> : `${writeDuration(lease_left_ms)} left`,
  },
]

function Doing({ gateway: { role, silent_ms } }: { gateway: Gateway }) {
  if (silent_ms > SILENT_MS_MAX) return <Mark tone="bad" shape="failed" text="Silent" />
  if (role === "running") return <Mark tone="busy" shape="running" text="Runs the jobs" />
  return <Mark tone="quiet" shape="waiting" text="Waits to take over" />
}
