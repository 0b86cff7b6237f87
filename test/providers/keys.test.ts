import { describe, expect, test } from "bun:test"
import {
  ANY_KEY,
  callerKeyChoice,
  canCall,
  explainLack,
  isCallerKey,
  keyNamed,
  keysFor,
  pinnedTo,
  quotaKeys,
  withoutKey,
} from "../../src/providers/keys.ts"
import { makeKey, makeProvider } from "../factory.ts"

const provider = makeProvider({
  needsKey: true,
  keys: [makeKey("a"), makeKey("b", { models: ["small", "large"] }), makeKey("c", { models: ["large"], weight: 0 })],
})
const own = callerKeyChoice("0f")
const idsFor = (model: string, choice: string) => keysFor(provider, model, choice, "").map(({ id }) => id)
/** What is left when keys were refused one after the other. */
const without = (choice: string, ...ids: string[]) =>
  ids.reduce<string | null>((left, id) => (left === null ? null : withoutKey(left, id)), choice)

describe("the keys that a job can go out with", () => {
  test("are all that fit its model, where it asked for none", () => {
    expect(idsFor("tiny", ANY_KEY)).toEqual(["a"])
    expect(idsFor("small", ANY_KEY)).toEqual(["a", "b"])
    expect(idsFor("large", ANY_KEY)).toEqual(["a", "b", "c"])
  })

  test("are the one it asked for, as far as that fits its model", () => {
    expect(idsFor("large", pinnedTo("b"))).toEqual(["b"])
    expect(idsFor("tiny", pinnedTo("b"))).toEqual([])
    expect(idsFor("large", pinnedTo("gone"))).toEqual([])
  })

  test("are none of the gateway's where it is the caller's own", () => {
    expect(idsFor("large", own)).toEqual([])
  })

  test("are those that were not refused yet, in whatever order the others were", () => {
    expect(idsFor("large", without(ANY_KEY, "a") ?? "")).toEqual(["b", "c"])
    expect(idsFor("large", without(ANY_KEY, "c", "a") ?? "")).toEqual(["b"])
    expect(idsFor("large", without(ANY_KEY, "a", "b", "c") ?? "")).toEqual([])
    expect(without(ANY_KEY, "c", "a")).toBe(without(ANY_KEY, "a", "c"))
  })
})

describe("what is left when a key was refused", () => {
  test("is nothing, where it was the only one that was wanted", () => {
    expect(withoutKey(pinnedTo("a"), "a")).toBeNull()
    expect(withoutKey(own, own)).toBeNull()
  })

  test("is all that there is but those, whatever their ids look like", () => {
    const strange = ['a"]', "b,c", "only:x", "\n", "日本"]
    const choice = without(ANY_KEY, ...strange) ?? ""
    const keys = [...strange, "good"].map((id) => makeKey(id))
    expect(keysFor(makeProvider({ keys }), "m", choice, "").map(({ id }) => id)).toEqual(["good"])
  })
})

describe("the quotas of a job", () => {
  const of = (keyChoice: string, model = "large") => quotaKeys(provider, { model, keyChoice, owner: "" })

  test("are those of the keys it can go out with", () => {
    expect(of(ANY_KEY)).toEqual(["a", "b", "c"])
    expect(of(ANY_KEY, "tiny")).toEqual(["a"])
    expect(of(pinnedTo("b"))).toEqual(["b"])
    expect(of(without(ANY_KEY, "a") ?? "")).toEqual(["b", "c"])
  })

  test("are one for each caller's key, and one for calls without a key", () => {
    expect(of(own)).toEqual([own])
    expect(quotaKeys(makeProvider(), { model: "m", keyChoice: ANY_KEY, owner: "" })).toEqual([""])
    // A key that the configuration has no longer: the call finds that out.
    expect(of(pinnedTo("gone"))).toEqual(["gone"])
  })
})

describe("the caller's key", () => {
  test("differs from every other choice, and from another caller's", () => {
    expect(isCallerKey(own)).toBe(true)
    expect(callerKeyChoice("0f")).toBe(own)
    expect(callerKeyChoice("10")).not.toBe(own)
    for (const choice of [ANY_KEY, pinnedTo("own:0f"), without(ANY_KEY, "own:0f") ?? ""]) {
      expect(isCallerKey(choice)).toBe(false)
    }
  })
})

describe("a call can go out", () => {
  const keyless = makeProvider({ needsKey: false, keys: [] })

  test("with a key that fits, or with the caller's own", () => {
    expect(canCall(provider, "tiny", ANY_KEY, "")).toBe(true)
    expect(canCall(provider, "tiny", pinnedTo("a"), "")).toBe(true)
    expect(canCall(makeProvider({ needsKey: true }), "m", own, "")).toBe(true)
    expect(canCall(keyless, "m", own, "")).toBe(true)
  })

  test("without one only where none is wanted and none is configured", () => {
    expect(canCall(keyless, "m", ANY_KEY, "")).toBe(true)
    expect(canCall(makeProvider({ needsKey: true }), "m", ANY_KEY, "")).toBe(false)
    // The operator has said which models these keys are for.
    expect(canCall(makeProvider({ keys: [makeKey("a", { models: ["other"] })] }), "m", ANY_KEY, "")).toBe(false)
  })

  test("not with a key that is not there, or was refused", () => {
    expect(canCall(provider, "tiny", pinnedTo("b"), "")).toBe(false)
    expect(canCall(keyless, "m", pinnedTo("a"), "")).toBe(false)
    expect(canCall(provider, "tiny", without(ANY_KEY, "a") ?? "", "")).toBe(false)
  })
})

describe("what the configuration lacks for a job that was accepted", () => {
  const lack = (over: Parameters<typeof makeProvider>[0], keyChoice = ANY_KEY) =>
    explainLack(makeProvider({ name: "up", ...over }), { provider: "up", model: "m", keyChoice, owner: "" })

  test("is nothing where it can go out, also without a key that was refused and is gone", () => {
    expect(lack({ keys: [makeKey("a")] })).toBeNull()
    expect(lack({ needsKey: true }, own)).toBeNull()
    expect(lack({ needsKey: false }, without(ANY_KEY, "gone") ?? "")).toBeNull()
    expect(canCall(provider, "tiny", ANY_KEY, "")).toBe(true)
  })

  test("is said with the variable to set or the member to add to", () => {
    const none = "no keys found for provider: up and model: m"
    const place = "providers.up.keys in config.json"
    expect(lack({ needsKey: true, keyVariable: "UP_API_KEY" })).toBe(
      `${none}: set UP_API_KEY, or add a key to ${place}`,
    )
    expect(lack({ needsKey: true })).toBe(`${none}: add a key to ${place}`)
    // The variable counts only where there are no keys in the file.
    const others = { keys: [makeKey("a", { models: ["other"] })], keyVariable: "UP_API_KEY" }
    expect(lack(others)).toBe(`${none}: add the model to "models" of one of ${place}`)
    expect(lack({ keys: [makeKey("a")] }, pinnedTo("b"))).toBe(
      `${none} with the id "b", which the job asked for: add that key to ${place} again`,
    )
    expect(explainLack(undefined, { provider: "gone", model: "m", keyChoice: own, owner: "" })).toBe(
      "provider gone is not configured: configure it under providers.gone in config.json",
    )
  })
})

describe("a key that is asked for", () => {
  const named = makeProvider({
    keys: [makeKey("1", { name: "main" }), makeKey("2", { name: "1" }), makeKey("3", { name: "old", models: ["old"] })],
  })
  const find = (text: string, model = "m") => keyNamed(named, model, text, "")?.id ?? null

  test("is found by its id, or else by its name", () => {
    expect(find("2")).toBe("2")
    expect(find("main")).toBe("1")
    expect(find("1")).toBe("1")
  })

  test("is not there for a model that it is not for, nor by a part of its name", () => {
    expect(find("old")).toBeNull()
    expect(find("old", "old")).toBe("3")
    expect(find("mai")).toBeNull()
    expect(find("")).toBeNull()
  })
})
