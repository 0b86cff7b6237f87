import { afterAll, describe, expect, test } from "bun:test"
import { openAdmin } from "../../../src/auth/admintoken.ts"
import { createKeyring } from "../../../src/auth/virtualkeys.ts"
import type { VirtualKeyConfig } from "../../../src/config/schema.ts"
import { sha256Hex } from "../../../src/digest.ts"
import { GatewayError, ownError } from "../../../src/errors.ts"
import { authorizeModel, type Caller, chooseCallerKey, nameOwner } from "../../../src/http/intake/caller.ts"
import {
  authenticate,
  authorizeJob,
  isSoleUser,
  readBearer,
  readPinnedKey,
  wantsCallerKey,
} from "../../../src/http/request/authentication.ts"
import { newDir, removeDir } from "../../cleanup.ts"

const dir = newDir()
afterAll(() => removeDir(dir))

const NOW = Date.parse("2026-01-01T12:00:00Z")
const A = "sk-bf-team-a-value"
const B = "sk-bf-team-b-value"
/** One that does not show that it is one. */
const BARE = "team-c-of-their-own"
const INACTIVE = "sk-bf-inactive-value"
const EXPIRED = "sk-bf-expired-value"
const GRANTED = "sk-bf-granted-value"
const UNKNOWN = "sk-bf-unknown-value"
const OWN = "sk-proj-callers-own"
const OTHER = "sk-ant-callers-other"

const key = (id: string, value: string, over: Partial<VirtualKeyConfig> = {}) => ({ id, name: id, value, ...over })
const keyring = createKeyring(
  [
    key("a", A),
    key("b", B, { expires_at: "2026-01-01T12:00:00.001Z" }),
    key("c", BARE),
    key("inactive", INACTIVE, { is_active: false }),
    key("expired", EXPIRED, { expires_at: "2026-01-01T12:00:00Z" }),
    key("granted", GRANTED, {
      provider_configs: [
        { provider: "one" },
        { provider: "two", allowed_models: ["x"] },
        { provider: "two", allowed_models: ["dir/y"] },
      ],
    }),
  ],
  dir,
  () => {},
)
const open = { keyring, isAuthEnforced: false, allowsCallerKeys: true }
const enforced = { ...open, isAuthEnforced: true }
const fields = { provider: "two", model: "m", requestType: "chat_completion" }

type Given = Record<string, string>
const H = (given: Given) => new Headers(given)

/** What a refusal is on the wire, or null. */
function refusal(action: () => unknown): { status: number; type: string | undefined; message: string } | null {
  try {
    action()
    return null
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const wire = ownError(error.code, error.message, error.fields)
    for (const value of [A, B, BARE, INACTIVE, EXPIRED, GRANTED, UNKNOWN, OWN, OTHER]) {
      expect(JSON.stringify([wire, error])).not.toContain(value)
    }
    return { status: wire.status_code, type: wire.type, message: error.message }
  }
}

/** Who it is, in one word: the virtual key's id, `own`, or nothing. */
function callerOf(given: Given, options = open): string {
  const caller = authenticate(H(given), options, NOW)
  if (caller.kind === "virtual key") return caller.key.id
  return caller.kind === "caller key" ? `own ${caller.callerKey}` : ""
}

/** The five places a virtual key may stand in. */
const spellings: [name: string, given: (value: string) => Given][] = [
  ["x-bf-vk", (value) => ({ "x-bf-vk": value })],
  ["Authorization: Bearer", (value) => ({ authorization: `Bearer ${value}` })],
  ["x-api-key", (value) => ({ "x-api-key": value })],
  ["x-goog-api-key", (value) => ({ "x-goog-api-key": value })],
  ["api-key", (value) => ({ "api-key": value })],
]

describe.each(spellings)("a virtual key as %s", (_, given) => {
  test("is the caller at submit, whether or not one is required", () => {
    for (const options of [open, enforced, { ...enforced, allowsCallerKeys: false }]) {
      expect(callerOf(given(A), options)).toBe("a")
    }
  })

  test.each([
    [UNKNOWN, { status: 400, type: "invalid_request_error", message: "virtual key not found" }],
    ["sk-bf-", { status: 400, type: "invalid_request_error", message: "virtual key not found" }],
    [A.replace("sk-bf-", "SK-BF-"), { status: 400, type: "invalid_request_error", message: "virtual key not found" }],
    [
      INACTIVE,
      {
        status: 403,
        type: "virtual_key_blocked",
        message: "this virtual key is inactive: ask for it to be made active",
      },
    ],
    [EXPIRED, { status: 403, type: "virtual_key_blocked", message: "this virtual key has expired: ask for a new one" }],
  ])("is refused at submit as %j", (value, expected) => {
    expect(refusal(() => authenticate(H(given(value)), open, NOW))).toEqual(expected)
    expect(refusal(() => authenticate(H(given(value)), enforced, NOW))).toEqual(expected)
  })

  test("opens its own job and no other", () => {
    const polls = [A, B, EXPIRED, UNKNOWN, INACTIVE].map((value) =>
      refusal(() => authorizeJob("vk:a", H(given(value)), keyring)),
    )
    const notFound = (message: string) => ({ status: 404, type: "invalid_request_error", message })
    expect(polls).toEqual([
      null,
      notFound("virtual key mismatch"),
      notFound("virtual key mismatch"),
      notFound("virtual key not found"),
      notFound("virtual key not found"),
    ])
  })

  test("opens a job without an owner, even when it is unknown", () => {
    for (const value of [A, UNKNOWN]) expect(refusal(() => authorizeJob("", H(given(value)), keyring))).toBeNull()
  })

  test("opens no job of a caller's own key", () => {
    expect(refusal(() => authorizeJob(`key:${sha256Hex(OWN)}`, H(given(A)), keyring))?.status).toBe(404)
  })

  test("is never a key for a provider", () => {
    const caller = authenticate(H(given(A)), open, NOW)
    expect(chooseCallerKey(caller, false, true)).toBeNull()
  })
})

describe("a value without sk-bf-", () => {
  test.each(spellings)(
    "that a virtual key has is that key as %s, in quotes too, and never the caller's own",
    (_, given) => {
      for (const value of [BARE, `"${BARE}"`, `'${BARE}'`]) {
        expect(callerOf(given(value))).toBe("c")
        expect(refusal(() => authorizeJob("vk:c", H(given(value)), keyring))).toBeNull()
      }
      const caller = authenticate(H({ ...given(BARE), "x-bf-vk": A }), open, NOW)
      expect(caller).toMatchObject({ kind: "virtual key", callerKey: null })
    },
  )

  test("that no virtual key has is one in x-bf-vk alone", () => {
    expect(refusal(() => authenticate(H({ "x-bf-vk": OWN }), open, NOW))?.message).toBe("virtual key not found")
    for (const [name, given] of spellings.slice(1))
      expect({ name, caller: callerOf(given(OWN)) }).toEqual({ name, caller: name === "api-key" ? "" : `own ${OWN}` })
  })
})

test.each([`x${A}`, `key=${A}`, "ASYNCGATE-ADMIN-abc", "Key:asyncgate-admin-abc", `a=${BARE}`])(
  "a value that holds what opens this gateway is no caller's own key: %s",
  (value) => {
    for (const [, given] of spellings.slice(1)) expect(callerOf(given(value))).toBe("")
  },
)

describe("the gateway is its caller's alone", () => {
  const none = { find: () => null, isUnmarked: () => false, isEmpty: () => true, list: () => [] }
  const ask = (peer: string | null, given: Given = {}, keys: { isEmpty(): boolean } = none) =>
    isSoleUser(new Request("http://localhost/", { headers: given }), {
      keyring: { ...none, ...keys },
      readPeer: () => peer,
    })

  test.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])("where it comes from %s", (peer) => {
    expect(ask(peer)).toBe(true)
  })

  test.each(["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "", null, "127.0.0.1.example.com"])("not from %p", (peer) => {
    expect(ask(peer)).toBe(false)
  })

  test.each(["forwarded", "x-forwarded-for", "x-real-ip", "via"])("not through a proxy that sends %s", (name) => {
    expect(ask("127.0.0.1", { [name]: "x" })).toBe(false)
  })

  test("not where there is a virtual key", () => {
    expect(ask("127.0.0.1", {}, { isEmpty: () => false })).toBe(false)
  })
})

test.each([
  [{ "x-bf-vk": A, authorization: `Bearer ${B}` }, "a"],
  [{ authorization: `Bearer ${A}`, "x-api-key": B }, "a"],
  [{ "x-api-key": A, "x-goog-api-key": B }, "a"],
  [{ "x-goog-api-key": A, "api-key": B }, "a"],
  [{ "api-key": A, authorization: `Bearer ${OWN}`, "x-api-key": OTHER }, "a"],
  [{ authorization: `Bearer ${B}`, "x-bf-vk": A }, "a"],
  [{ "x-bf-vk": "", authorization: `Bearer ${A}` }, "a"],
  [{ "x-bf-vk": " ", "x-api-key": ` ${A} ` }, "a"],
])("of several virtual keys the first counts: %j", (given, id) => {
  expect(callerOf(given as unknown as Given)).toBe(id)
  expect(refusal(() => authorizeJob(`vk:${id}`, H(given as unknown as Given), keyring))).toBeNull()
})

test("a virtual key may be used until the moment it expires", () => {
  expect(callerOf({ "x-bf-vk": B })).toBe("b")
  expect(refusal(() => authenticate(H({ "x-bf-vk": B }), open, NOW + 1))?.type).toBe("virtual_key_blocked")
})

describe("without a virtual key", () => {
  const required = {
    status: 401,
    type: "virtual_key_required",
    message: "virtual key is required: send it as x-bf-vk, or as Authorization: Bearer",
  }
  const nobody: Given[] = [
    {},
    { "x-bf-vk": "" },
    { authorization: "" },
    { authorization: "Bearer" },
    { authorization: "Bearer " },
    { authorization: "Basic c2stYmYtOng=" },
    { authorization: A },
    { authorization: `Bearer ${OWN}, Bearer ${OTHER}` },
    { "x-api-key": `${OWN}, ${OTHER}` },
    { "api-key": OWN },
    { "x-goog-api-key": " " },
  ]

  test.each(nobody)("%j is nobody, and is refused where a virtual key is required", (given) => {
    expect(callerOf(given)).toBe("")
    expect(refusal(() => authenticate(H(given), enforced, NOW))).toEqual(required)
  })

  test("a caller's own key does not stand in for one that is required", () => {
    expect(refusal(() => authenticate(H({ authorization: `Bearer ${OWN}` }), enforced, NOW))).toEqual(required)
  })

  test.each(nobody)("%j does not open the job of a virtual key", (given) => {
    expect(refusal(() => authorizeJob("vk:a", H(given), keyring))).toEqual({
      status: 404,
      type: "invalid_request_error",
      message: "virtual key is required",
    })
  })

  test("a job without an owner is open to whoever knows its id", () => {
    for (const given of nobody) expect(refusal(() => authorizeJob("", H(given), keyring))).toBeNull()
  })

  test("everything is permitted", () => {
    for (const caller of [authenticate(H({}), open, NOW), authenticate(H({ "x-api-key": OWN }), open, NOW)]) {
      expect(refusal(() => authorizeModel(caller, fields))).toBeNull()
    }
  })
})

describe("a caller's own provider key", () => {
  test.each([
    [{ authorization: `Bearer ${OWN}` }],
    [{ authorization: `bearer  ${OWN} ` }],
    [{ "x-api-key": OWN }],
    [{ "x-goog-api-key": OWN }],
    [{ authorization: `Bearer ${OWN}`, "x-api-key": OTHER, "x-goog-api-key": OTHER }],
    [{ "x-api-key": OWN, "x-goog-api-key": OTHER }],
    [{ authorization: "Basic abc", "x-api-key": OWN }],
  ])("is read from %j, and only where own keys are allowed", (given) => {
    expect(callerOf(given as unknown as Given)).toBe(`own ${OWN}`)
    expect(callerOf(given as unknown as Given, { ...open, allowsCallerKeys: false })).toBe("")
  })

  const own = authenticate(H({ authorization: `Bearer ${OWN}` }), open, NOW)
  const both = authenticate(H({ "x-bf-vk": A, authorization: `Bearer ${OWN}` }), enforced, NOW)
  const nobody: Caller = { kind: "anonymous" }

  test.each([
    ["the gateway has none", false, {}, OWN],
    ["the gateway has one", true, {}, null],
    ["it has one, and the caller wants the own one", true, { "x-bf-direct-key": "true" }, OWN],
    ["the same, spelled otherwise", true, { "x-bf-direct-key": " True " }, OWN],
    ["the caller does not want it", true, { "x-bf-direct-key": "false" }, null],
    ["neither is said", true, { "x-bf-direct-key": "1" }, null],
    ["the gateway has none, whatever is said", false, { "x-bf-direct-key": "false" }, OWN],
  ])("when %s", (_, hasGatewayKey, given, expected) => {
    const isWanted = wantsCallerKey(H(given as unknown as Given))
    expect(chooseCallerKey(own, hasGatewayKey, isWanted)).toBe(expected)
    expect(chooseCallerKey(both, hasGatewayKey, isWanted)).toBe(expected)
    expect(chooseCallerKey(nobody, hasGatewayKey, isWanted)).toBeNull()
  })

  test("owns the job that it is made with, unless a virtual key does", () => {
    expect(nameOwner(own, OWN)).toBe(`key:${sha256Hex(OWN)}`)
    expect(nameOwner(own, null)).toBe("")
    expect(nameOwner(both, OWN)).toBe("vk:a")
    expect(nameOwner(both, null)).toBe("vk:a")
    expect(nameOwner(nobody, null)).toBe("")
  })

  test("with a virtual key does not count where own keys are not allowed", () => {
    const headers = H({ "x-bf-vk": A, authorization: `Bearer ${OWN}`, "x-bf-direct-key": "true" })
    expect(chooseCallerKey(authenticate(headers, { ...open, allowsCallerKeys: false }, NOW), false, true)).toBeNull()
  })

  const owner = `key:${sha256Hex(OWN)}`
  test.each([
    [{ authorization: `Bearer ${OWN}` }, null],
    [{ "x-api-key": OWN }, null],
    [{ "x-goog-api-key": OWN }, null],
    [{ "x-api-key": OTHER }, "provider key mismatch"],
    [{ "x-api-key": sha256Hex(OWN) }, "provider key mismatch"],
    [{ "api-key": OWN }, "the provider key the job was made with is required"],
    [{ "x-bf-vk": A }, "the provider key the job was made with is required"],
    [{}, "the provider key the job was made with is required"],
  ])("at a poll of its job: %j", (given, message) => {
    const expected = message === null ? null : { status: 404, type: "invalid_request_error", message }
    expect(refusal(() => authorizeJob(owner, H(given as unknown as Given), keyring))).toEqual(expected)
  })
})

test("the admin token is never taken for a provider's key", () => {
  const { newToken } = openAdmin(dir)
  const given = { authorization: `Bearer ${newToken}`, "x-api-key": `${newToken}` }
  expect(callerOf(given)).toBe("")
  expect(readBearer(H(given))).toBe(newToken)
  expect(readBearer(H({}))).toBeNull()
})

describe("what a virtual key may use", () => {
  const granted = authenticate(H({ "x-bf-vk": GRANTED }), open, NOW)

  test.each([
    ["one", "anything", null],
    ["two", "x", null],
    ["two", "dir/y", null],
    [
      "two",
      "z",
      {
        status: 403,
        type: "model_blocked",
        message: "this virtual key may not use model 'z' of provider 'two', only: x, dir/y",
      },
    ],
    [
      "three",
      "x",
      {
        status: 403,
        type: "provider_blocked",
        message: "this virtual key may not use provider 'three', only: one, two",
      },
    ],
    [
      "",
      "x",
      { status: 403, type: "provider_blocked", message: "this virtual key may not use provider '', only: one, two" },
    ],
  ])("%s/%s", (provider, model, expected) => {
    const target = { provider, model, requestType: "chat_completion" }
    expect(refusal(() => authorizeModel(granted, target))).toEqual(expected)
    expect(refusal(() => authorizeModel(authenticate(H({ "x-bf-vk": A }), open, NOW), target))).toBeNull()
  })

  test("a refusal says what was asked for", () => {
    try {
      authorizeModel(granted, { ...fields, provider: "three" })
    } catch (error) {
      expect(error).toMatchObject({ fields: { ...fields, provider: "three" }, param: "model" })
    }
    expect.assertions(1)
  })
})

test("a refusal of the caller carries the fields that are known", () => {
  for (const given of [{ "x-bf-vk": UNKNOWN }, { "x-bf-vk": INACTIVE }, { "x-bf-vk": EXPIRED }, {}]) {
    try {
      authenticate(H(given as Given), enforced, NOW, fields)
    } catch (error) {
      expect(error).toMatchObject({ fields })
    }
  }
  expect.assertions(4)
})

test.each([
  [{}, null],
  [{ "x-bf-api-key": "main" }, "main"],
  [{ "x-bf-api-key-id": "key-1" }, "key-1"],
  [{ "x-bf-api-key": "main", "x-bf-api-key-id": "key-1" }, "key-1"],
  [{ "x-bf-api-key": "main", "x-bf-api-key-id": "" }, "main"],
  [{ "x-bf-api-key": " " }, null],
])("%j pins the key %p", (headers, key) => {
  expect(readPinnedKey(new Headers(headers as Record<string, string>))).toBe(key)
})
