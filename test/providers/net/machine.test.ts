// The one way out to a provider: what is asked directly, and what an answer is read as, on real sockets.
import { describe, expect, test } from "bun:test"
import { isOnThisMachine } from "../../../src/providers/net/machine.ts"

describe("an address of this machine is asked directly, whatever proxy the environment names:", () => {
  const local = [
    ...[
      "localhost",
      "LOCALHOST.",
      "a.b.localhost",
      "127.0.0.1",
      "127.1",
      "127.255.0.9",
      "2130706433",
      "0x7f.1",
      "0.0.0.0",
    ],
    ...["[::1]", "[0:0::1]", "[::]", "[::ffff:127.0.0.1]", "169.254.169.254", "[fd00:ec2::254]"],
    ...["metadata.google.internal", "key:secret@127.0.0.1"],
  ]
  test.each(local)("%s", (host) => {
    expect(isOnThisMachine(`http://${host}:8000/v1`)).toBe(true)
    expect(isOnThisMachine(`https://${host}/v1?at=example.com`)).toBe(true)
  })

  const elsewhere = [
    ...["example.com", "localhost.example.com", "notlocalhost", "127.0.0.1.example.com", "128.0.0.1", "10.0.0.1"],
    ...["192.168.1.2", "[::2]", "[2001:db8::1]", "[::ffff:10.0.0.1]", "127.0.0.1@example.com", "169.253.0.1"],
  ]
  test.each(elsewhere)("but not %s", (host) => {
    expect(isOnThisMachine(`http://${host}/v1?at=127.0.0.1`)).toBe(false)
  })
})
