// What was called, used and paid for: by day, and by what the reader asks for. Budgets with what is left of them.
import { writeCount, writeMoney } from "../format.ts"
import { DayBars } from "../parts/daybars.tsx"
import { DayRange, readDays } from "../parts/dayrange.tsx"
import { Empty, Head, Loading, Panel, TabLinks, Trouble } from "../parts/panels.tsx"
import { type Column, DataTable } from "../parts/table.tsx"
import { Moment } from "../parts/values.tsx"
import { useResource } from "../resource.ts"
import { url, withQuery } from "../router.ts"
import { me } from "../session.ts"
import {
  type Budget,
  listDays,
  type Sums,
  sum,
  type UsageReport,
  type UsageRow,
  writeCost,
  writeUnknown,
} from "../usage.ts"

interface Group {
  title: string
  /** As the API takes it. */
  by: string
  name(row: UsageRow): string
  /** Where the rest of what it stands for is; null: nowhere. */
  href(row: UsageRow): string | null
}

const list = (filter: Record<string, string | undefined>) =>
  `/ui/jobs?${new URLSearchParams(Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined))}`

const groups: Record<string, Group> = {
  model: {
    title: "Model",
    by: "provider,model",
    name: ({ provider, model }) => `${provider}/${model}`,
    href: ({ provider, model }) => list({ provider, model }),
  },
  provider: {
    title: "Provider",
    by: "provider",
    name: ({ provider }) => provider ?? "",
    href: ({ provider }) => list({ provider }),
  },
  type: {
    title: "Type",
    by: "type",
    name: ({ type }) => (type ?? "").replaceAll("_", " "),
    href: ({ type }) => list({ type }),
  },
  key: {
    title: "Key",
    by: "provider,key",
    name: ({ provider, key_name }) => `${provider}: ${key_name ?? "no key, or the caller's own"}`,
    href: ({ provider, key_name }) => (key_name == null ? null : list({ provider, key: key_name })),
  },
  owner: {
    title: "Caller",
    by: "owner",
    name: ({ owner }) =>
      owner == null ? "nobody" : owner.kind === "virtual_key" ? (owner.name ?? owner.id) : `own key ${owner.id}`,
    href: ({ owner }) => (owner?.kind === "virtual_key" ? list({ owner: owner.id }) : null),
  },
  day: {
    title: "Day",
    by: "day",
    name: ({ day }) => day ?? "",
    href: ({ day }) => withQuery({ from: day ?? null, to: day ?? null, by: null }),
  },
}

const measures = {
  cost: { name: "Cost", value: (sums: Sums) => sums.cost_usd, write: writeCost },
  tokens: {
    name: "Tokens",
    value: (sums: Sums) => sums.total_tokens,
    write: (sums: Sums) => `${writeCount(sums.total_tokens)} tokens`,
  },
  calls: {
    name: "Calls",
    value: (sums: Sums) => sums.calls,
    write: (sums: Sums) => `${writeCount(sums.calls)} ${sums.calls === 1 ? "call" : "calls"}`,
  },
} as const

const REFRESH_MS = 60_000
/** More rows are not read by anybody. */
const ROWS_MAX = 200

export function Screen() {
  const { from, to, problem } = readDays()
  const by = readBy()
  const path = (words: string) => `/v1/async/usage?${new URLSearchParams({ from, to, by: words })}`
  const days = useResource<UsageReport>(problem === null ? path("day") : null, REFRESH_MS)
  const rows = useResource<UsageReport>(problem === null ? path(groups[by]?.by ?? "day") : null, REFRESH_MS)
  const error = problem ?? days.error ?? rows.error
  const reload = () => {
    days.reload()
    rows.reload()
  }
  return (
    <>
      <Head title="Spend" lead="Calls to providers, by the day (UTC) on which they ended.">
        <DayRange from={from} to={to} />
      </Head>
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {days.data === null ? (
        error === null ? (
          <Loading what="Adding up" />
        ) : null
      ) : (
        <Days report={days.data} from={from} to={to} />
      )}
      {days.data === null ? null : <Budgets budgets={days.data.budgets} />}
      {rows.data === null || days.data?.data.length === 0 ? null : (
        <Table by={by} rows={rows.isOld ? [] : rows.data.data} isLoading={rows.isOld} />
      )}
    </>
  )
}

function Days({ report, from, to }: { report: UsageReport; from: string; to: string }) {
  const given = url.value.searchParams.get("show") ?? ""
  const show = given in measures ? (given as keyof typeof measures) : "cost"
  const total = sum(report.data)
  const unknown = writeUnknown(total)
  const byDay = new Map(report.data.map((row) => [row.day, row]))
  const measure = measures[show]
  const bars = listDays(from, to).map((day) => {
    const sums = byDay.get(day) ?? nothing
    const rest = show === "cost" ? writeUnknown(sums) : null
    return {
      day,
      value: measure.value(sums),
      text: measure.write(sums) + (rest === null ? "" : `, ${rest}`),
      hasUnknown: rest !== null,
    }
  })
  return (
    <>
      <div class="tiles" role="group" aria-label="All of it">
        <Tile name="Cost" value={writeCost(total)} note={unknown} />
        <Tile name="Calls" value={writeCount(total.calls)} note={null} />
        <Tile
          name="Tokens"
          value={writeCount(total.total_tokens)}
          note={`${writeCount(total.input_tokens)} in, ${writeCount(total.output_tokens)} out`}
        />
      </div>
      {report.data.length === 0 ? (
        <Empty title="No call has ended in these days">
          <p>
            Each call to a provider is counted here on its day, and stays for 400 days, however long its job is kept.
          </p>
        </Empty>
      ) : (
        <Panel
          title={`${measure.name} by day`}
          note={
            <TabLinks
              label="What the bars show"
              current={show}
              tabs={Object.entries(measures).map(([key, { name }]) => ({
                key,
                name,
                href: withQuery({ show: key === "cost" ? null : key }),
              }))}
            />
          }
        >
          <DayBars label={`${measure.name} by day`} bars={bars} />
        </Panel>
      )}
    </>
  )
}

const nothing: Sums = sum([])

function Tile({ name, value, note }: { name: string; value: string; note: string | null }) {
  return (
    <div class="tile">
      <span class="tile-name">{name}</span>
      <span class={value === "unknown" ? "tile-value unknown" : "tile-value"}>{value}</span>
      {note === null ? null : <span class="note">{note}</span>}
    </div>
  )
}

function Table({ by, rows, isLoading }: { by: string; rows: readonly UsageRow[]; isLoading: boolean }) {
  const group = groups[by]
  if (group === undefined) return null
  const known = Object.entries(groups).filter(([key]) => key !== "owner" || me.value?.kind === "admin")
  const sorted =
    by === "day"
      ? rows.toReversed()
      : rows.toSorted((a, b) => b.cost_usd - a.cost_usd || b.total_tokens - a.total_tokens || b.calls - a.calls)
  const name = (row: UsageRow) => {
    const href = group.href(row)
    return href === null ? group.name(row) : <a href={href}>{group.name(row)}</a>
  }
  const number = (title: string, cell: Column<UsageRow>["cell"]): Column<UsageRow> => ({
    name: title,
    cell,
    isNumber: true,
  })
  return (
    <Panel
      title={`By ${group.title.toLowerCase()}`}
      note={
        <TabLinks
          label="By what"
          current={by}
          tabs={known.map(([key, { title }]) => ({
            key,
            name: title,
            href: withQuery({ by: key === "model" ? null : key }),
          }))}
        />
      }
    >
      {isLoading ? (
        <Loading what="Adding up" />
      ) : (
        <DataTable
          label={`By ${group.title.toLowerCase()}`}
          rows={sorted.slice(0, ROWS_MAX)}
          keyFor={(row) => `${group.name(row)} ${row.owner?.id ?? ""}`}
          columns={[
            { name: group.title, cell: name, share: 34 },
            number("Calls", (row) => writeCount(row.calls)),
            number("Tokens in", (row) => writeCount(row.input_tokens)),
            number("Tokens out", (row) => writeCount(row.output_tokens)),
            number("Cost", Cost),
          ]}
        />
      )}
      {sorted.length > ROWS_MAX ? (
        <p class="unknown">{writeCount(sorted.length - ROWS_MAX)} more are not shown: choose fewer days.</p>
      ) : null}
    </Panel>
  )
}

function Cost(row: UsageRow) {
  const unknown = writeUnknown(row)
  return (
    <div>
      <span class={writeCost(row) === "unknown" ? "unknown" : "number"}>{writeCost(row)}</span>
      {unknown === null ? null : <div class="note">{unknown}</div>}
    </div>
  )
}

function Budgets({ budgets }: { budgets: readonly Budget[] }) {
  if (budgets.length === 0) return null
  return (
    <Panel title={me.value?.kind === "virtual_key" ? "What is left of your budget" : "Budgets"}>
      <ul class="budgets">
        {budgets.flatMap(({ virtual_key, period, tokens, cost_usd }) =>
          [
            { limit: cost_usd, write: (value: number) => writeMoney(value) },
            { limit: tokens, write: (value: number) => `${writeCount(value)} tokens` },
          ].map(({ limit, write }, at) => {
            if (limit === null) return null
            const label = `${virtual_key.name}, a ${period}`
            return (
              <li key={`${virtual_key.id} ${period} ${at}`}>
                <span class="break">{label}</span>
                <progress aria-label={label} value={Math.min(limit.used, limit.limit)} max={limit.limit || 1} />
                <span>
                  <b>{limit.used >= limit.limit ? "nothing" : write(limit.limit - limit.used)}</b> left of{" "}
                  {write(limit.limit)},{" "}
                  <span class="unknown">
                    anew <Moment at={limit.resets_at} />
                  </span>
                </span>
              </li>
            )
          }),
        )}
      </ul>
      <p class="unknown">Calls without a known cost count for tokens alone.</p>
    </Panel>
  )
}

function readBy(): string {
  const { by = "model" } = Object.fromEntries(url.value.searchParams)
  return Object.hasOwn(groups, by) && (by !== "owner" || me.value?.kind === "admin") ? by : "model"
}
