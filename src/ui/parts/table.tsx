// A table of rows that lead somewhere, can be chosen, and are walked with the keyboard. On a narrow page each row is a card.
import type { ComponentChildren } from "preact"
import { useRef } from "preact/hooks"
import { go } from "../router.ts"
import { type Shortcuts, useShortcuts } from "../shortcuts.ts"

export interface Column<Row> {
  name: string
  cell(row: Row): ComponentChildren
  /** Numbers stand at the right. */
  isNumber?: boolean
  /** Of a text of any length: how much of the width it has, in percent. The rest of it is cut. */
  share?: number
  /** Sentences, which take as many lines as they need. */
  isProse?: boolean
  /** Left out where the page is narrower: "medium" below 1180 px, "wide" below 1400 px. Cards show all. */
  from?: "medium" | "wide"
}

export interface TableProps<Row> {
  /** What the rows are, for those who do not see it. */
  label: string
  rows: readonly Row[]
  keyFor(row: Row): string
  /** The first one holds the link of the row. */
  columns: readonly Column<Row>[]
  href?(row: Row): string
  /** The keys of the rows that are chosen, where rows can be. */
  chosen?: ReadonlySet<string>
  /** @param change makes the keys of those before, which another choice may just have changed */
  onChoose?(change: (keys: ReadonlySet<string>) => ReadonlySet<string>): void
  /** A class for a row, as "left". */
  look?(row: Row): string
  /** What a key does with the row that has the focus: "c", "r". */
  actions?: Record<string, { does: string; run(row: Row): void }>
}

export function DataTable<Row>(props: TableProps<Row>) {
  const { label, rows, keyFor, columns, href, chosen, onChoose, look } = props
  const body = useRef<HTMLTableSectionElement>(null)
  useRowKeys(props, body)
  const isAll = chosen !== undefined && rows.length > 0 && rows.every((row) => chosen.has(keyFor(row)))
  return (
    <table class="data" aria-label={label} role="table">
      <thead role="rowgroup">
        <tr role="row">
          {chosen ? (
            <th class="choose" scope="col">
              <input
                type="checkbox"
                aria-label="Choose all rows of this page"
                checked={isAll}
                onChange={() => onChoose?.(() => new Set(isAll ? [] : rows.map(keyFor)))}
              />
            </th>
          ) : null}
          {columns.map((column) => (
            <th
              key={column.name}
              class={className(column)}
              scope="col"
              style={{ width: column.share && `${column.share}%` }}
            >
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body} role="rowgroup">
        {rows.map((row) => {
          const key = keyFor(row)
          return (
            <tr
              key={key}
              data-key={key}
              role="row"
              class={[chosen?.has(key) ? "chosen" : "", look?.(row) ?? ""].join(" ").trim()}
              onClick={(event) => open(event, href?.(row))}
            >
              {chosen ? (
                <td class="choose" role="cell">
                  <input
                    type="checkbox"
                    aria-label={`Choose ${key}`}
                    checked={chosen.has(key)}
                    onChange={() => onChoose?.((keys) => flip(keys, key))}
                  />
                </td>
              ) : null}
              {columns.map((column, at) => (
                <td key={column.name} class={className(column)} role="cell" data-name={column.name}>
                  {at === 0 && href ? (
                    <a class="row-link" href={href(row)}>
                      {column.cell(row)}
                    </a>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** j and k walk, x chooses, enter opens; and what the screen does with a row. */
function useRowKeys<Row>(props: TableProps<Row>, body: { current: HTMLTableSectionElement | null }): void {
  const { rows, keyFor, href, chosen, onChoose, actions = {} } = props
  // Where the row with the focus was, for when it has gone.
  const last = useRef(-1)
  const findFocused = () => {
    const key = document.activeElement?.closest("tr")?.dataset["key"]
    return rows.findIndex((row) => keyFor(row) === key)
  }
  const focus = (at: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at))
    last.current = next
    const row = body.current?.rows[next]
    const place = row?.querySelector<HTMLElement>("a.row-link") ?? row?.querySelector<HTMLElement>("a, input, button")
    place?.focus()
    row?.scrollIntoView({ block: "nearest" })
  }
  const walk = (by: number) => {
    const at = findFocused()
    focus(at < 0 ? Math.max(0, last.current) : at + by)
  }
  const withRow = (run: (row: Row) => void) => () => {
    const row = rows[findFocused()]
    if (row !== undefined) run(row)
  }
  const shortcuts: Shortcuts = {
    j: { does: "Next row", run: () => walk(1) },
    k: { does: "Row before", run: () => walk(-1) },
  }
  if (href) shortcuts["Enter"] = { does: "Open the row", run: withRow((row) => go(href(row))) }
  if (chosen && onChoose) {
    shortcuts["x"] = { does: "Choose the row", run: withRow((row) => onChoose((keys) => flip(keys, keyFor(row)))) }
  }
  for (const [key, { does, run }] of Object.entries(actions)) shortcuts[key] = { does, run: withRow(run) }
  useShortcuts(shortcuts)
}

function flip(set: ReadonlySet<string>, key: string): Set<string> {
  const next = new Set(set)
  if (!next.delete(key)) next.add(key)
  return next
}

function className<Row>({ isNumber, isProse, share, from }: Column<Row>): string {
  return [isNumber ? "right" : "", share === undefined ? "" : "long", isProse ? "sentences" : "", from ?? ""]
    .filter((name) => name !== "")
    .join(" ")
}

/** A click anywhere in a row opens it, unless it meant something in it, or a text was chosen. */
function open(event: MouseEvent, href: string | undefined): void {
  const target = event.target as Element
  if (href === undefined || target.closest("a, button, input, label, summary") || getSelection()?.isCollapsed === false)
    return
  if (event.metaKey || event.ctrlKey) window.open(href, "_blank", "noopener")
  else go(href)
}
