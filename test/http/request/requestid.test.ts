import { describe, expect, test } from "bun:test"
import { checkRequestId } from "../../../src/http/request/requestid.ts"

const keyring = {
  find: () => null,
  isUnmarked: (value: string) => value === "team-key",
  isEmpty: () => false,
  list: () => [],
}

describe("x-request-id", () => {
  const check = (id: string) => checkRequestId(new Headers({ "x-request-id": id }), keyring)

  test("is kept as it is, up to 512 characters", () => {
    for (const id of ["a", "x".repeat(512)]) expect(check(id)).toBe(id)
  })

  test("that is missing or empty is made", () => {
    expect(checkRequestId(new Headers(), keyring)).toMatch(/^[0-9a-f-]{36}$/)
    expect(check("")).toMatch(/^[0-9a-f-]{36}$/)
  })

  test.each([
    ["x".repeat(513), "has 513 characters: send at most 512"],
    ["sk-bf-abc", "holds a key of this gateway"],
    ["a team-key b", "holds a key of this gateway"],
  ])("%s is refused", (id, why) => {
    expect(() => check(id)).toThrow(why)
  })
})
