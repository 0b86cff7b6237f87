// CSV as RFC 4180 has it, and as tables are really written.
import { expect, test } from "bun:test"
import { CsvFault, readCsv } from "../src/cli/csvrows.ts"

test.each([
  [
    "a,b\n1,2\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "a,b\r\n1,2",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  ["\ufeffa\n1\n\n2\n", [["a"], ["1"], ["2"]]],
  [
    '"a ""quoted"" one","x,y"\n"two\nlines",\n',
    [
      ['a "quoted" one', "x,y"],
      ["two\nlines", ""],
    ],
  ],
  ['"a"\r\n""\r\n', [["a"]]],
  [
    "a,,c\n,,\n",
    [
      ["a", "", "c"],
      ["", "", ""],
    ],
  ],
  [
    "a,b\n1,",
    [
      ["a", "b"],
      ["1", ""],
    ],
  ],
  ["", []],
])("reads %j", (text, rows) => {
  expect(readCsv(text, ",")).toEqual(rows)
})

test("takes another separator", () => {
  expect(readCsv('a\tb\n"1\t2"\t3\n', "\t")).toEqual([
    ["a", "b"],
    ["1\t2", "3"],
  ])
})

test.each([
  ['a\n"open\n', "the quote that begins in line 2 is never closed"],
  ['a\n"b"c\n', "line 2 goes on after a closing quote"],
])("refuses %j", (text, reason) => {
  expect(() => readCsv(text, ",")).toThrow(CsvFault)
  expect(() => readCsv(text, ",")).toThrow(reason)
})
