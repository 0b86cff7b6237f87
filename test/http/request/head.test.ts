// What is read of a request's head, and when.
import { expect, test } from "bun:test"
import { readHead } from "../../../src/http/request/head.ts"

test("a caller without a key is the same when its connection is gone, so that its Idempotency-Key stands for the same job", () => {
  let peer: string | null = "127.0.0.1"
  const options = {
    clock: { now: () => 0 },
    keyring: { isEmpty: () => true, isUnmarked: () => false },
    isAuthEnforced: false,
    readPeer: () => peer,
  } as unknown as Parameters<typeof readHead>[2]
  const request = new Request("http://localhost/", { method: "POST", headers: { "idempotency-key": "k" } })
  const head = readHead(request, "chat_completion", options)
  peer = null
  expect(head.nameAnonymous()).toBe("")
  expect(() => readHead(request, "chat_completion", options)).toThrow("the connection was closed")
})

test("a caller without a key is the same when its connection ends while its head is read", () => {
  const peers = ["127.0.0.1", null]
  const options = {
    clock: { now: () => 0 },
    keyring: { isEmpty: () => true, isUnmarked: () => false },
    isAuthEnforced: false,
    readPeer: () => peers.shift() ?? null,
  } as unknown as Parameters<typeof readHead>[2]
  const request = new Request("http://localhost/", { method: "POST", headers: { "idempotency-key": "k" } })
  expect(readHead(request, "chat_completion", options).nameAnonymous()).toBe("")
})
