// Reads the rows of CSV: https://www.rfc-editor.org/rfc/rfc4180. Pure.

/** A quote that is never closed, or stands where none can. */
export class CsvFault extends Error {}

/**
 * The rows, each with its fields; empty lines are left out.
 * @param separator `,` or a tab
 * @throws {CsvFault}
 */
export function readCsv(text: string, separator: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = text.startsWith("\ufeff") ? 1 : 0
  let line = 1
  const endRow = () => {
    if (row.length > 1 || row[0] !== "") rows.push(row)
    row = []
  }
  while (at < text.length) {
    let field = ""
    if (text[at] === '"') {
      const start = line
      for (at++; ; at++) {
        const character = text[at]
        if (character === undefined) throw new CsvFault(`the quote that begins in line ${start} is never closed`)
        if (character === '"' && text[++at] !== '"') break
        if (character === "\n") line++
        field += character
      }
      if (at < text.length && ![separator, "\n", "\r"].includes(text[at] ?? ""))
        throw new CsvFault(`line ${line} goes on after a closing quote: write "" for a quote inside of a field`)
    } else {
      const start = at
      while (at < text.length && text[at] !== separator && text[at] !== "\n") at++
      field = text.slice(start, at).replace(/\r$/, "")
    }
    row.push(field)
    if (text[at] === "\r") at++
    if (text[at] === separator) {
      at++
      // A field that is empty stands behind the last separator.
      if (at === text.length || text[at] === "\n") row.push("")
      if (text[at] !== "\n") continue
    }
    if (text[at] === "\n") {
      at++
      line++
    }
    endRow()
  }
  if (row.length > 0) endRow()
  return rows
}
