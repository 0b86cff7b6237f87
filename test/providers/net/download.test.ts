import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { isPublic } from "../../../src/providers/net/address.ts"
import {
  CALL_BYTES_MAX,
  createPolicy,
  type DownloadPolicy,
  download,
  FILE_BYTES_MAX,
} from "../../../src/providers/net/download.ts"
import { startUpstream, type Upstream } from "../../upstream.ts"
import { bodyIn, exercise, PNG, players } from "../chat/exercise.ts"

let upstream: Upstream
beforeAll(() => {
  upstream = startUpstream(() => new Response("bytes", { headers: { "content-type": "image/png; charset=x" } }))
})
afterAll(() => upstream.stop())

const port = () => new URL(upstream.url).port

/** Every name is the server's, whose address counts as public here. */
function policy(over: Partial<DownloadPolicy> = {}): DownloadPolicy {
  return {
    ...{ fetch, signal: new AbortController().signal, budget: { bytes: CALL_BYTES_MAX } },
    resolve: async () => ["127.0.0.1"],
    isAllowed: (address) => address === "127.0.0.1" || isPublic(address),
    ...over,
  }
}

async function refusalOf(
  url: string,
  over: Partial<DownloadPolicy> = {},
): Promise<{ message: string; isPassing: boolean }> {
  return await download(url, policy(over)).then(
    () => Promise.reject(new Error("it was downloaded")),
    (error) => error,
  )
}

describe("an address of the public internet is", () => {
  test.each(["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"])(
    "%s",
    (address) => {
      expect(isPublic(address)).toBe(true)
    },
  )

  const closed: [string, string[]][] = [
    ["this machine", ["127.0.0.1", "127.255.0.1", "0.0.0.0", "0.1.2.3", "::1", "::"]],
    [
      "a private network",
      ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12:3456::1", "fec0::1"],
    ],
    ["the next machine", ["169.254.1.1", "fe80::1", "fe80::1%eth0"]],
    [
      "what a cloud tells its machines",
      ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "192.0.0.192"],
    ],
    [
      "IPv4 inside IPv6",
      ["::ffff:8.8.8.8", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1"],
    ],
    ["a tunnel", ["2002:7f00:1::", "2002:808:808::1", "2001::1", "2001:0:4136:e378::", "192.88.99.1"]],
    [
      "nobody",
      [
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "ff02::1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "2001:db8::1",
        "3fff::1",
      ],
    ],
    ["no address", ["", "localhost", "1.2.3", "1.2.3.4.5", "example.com"]],
  ]
  test.each(closed)("not that of %s", (_, addresses) => {
    for (const address of addresses) expect([address, isPublic(address)]).toEqual([address, false])
  })

  /** https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry */
  test.each([
    ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
    ...["192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
    ...["224.0.0.0/4", "240.0.0.0/4", "::/3", "4000::/2", "8000::/1", "2001::/23", "2001:db8::/32", "2002::/16"],
    "3fff::/20",
  ])("neither the first nor the last of %s", (network) => {
    const [first = "", length] = network.split("/")
    const last = first.includes(":")
      ? lastOf(expand6(first), Number(length), 16, ":", 16)
      : lastOf(first.split(".").map(Number), Number(length), 8, ".", 10)
    expect([first, isPublic(first), last, isPublic(last)]).toEqual([first, false, last, false])
  })
})

function expand6(address: string): number[] {
  const groups = address
    .replace(/::$/, "")
    .split(":")
    .filter((group) => group !== "")
  return [...groups.map((group) => Number.parseInt(group, 16)), ...new Array<number>(8 - groups.length).fill(0)]
}

/** The address with all bits set that lie behind the network's own. */
function lastOf(groups: number[], length: number, bits: number, separator: string, radix: number): string {
  const ends = groups.map((group, at) => group | ((2 ** bits - 1) >> Math.min(bits, Math.max(0, length - at * bits))))
  return ends.map((group) => group.toString(radix)).join(separator)
}

describe("a download", () => {
  test("goes to the address that was looked at, and names the host", async () => {
    let asked = 0
    // Asked a second time, the name would lead elsewhere.
    const resolve = async () => (asked++ === 0 ? ["127.0.0.1"] : ["10.0.0.1"])
    const { bytes, mediaType } = await download(`http://cats.example:${port()}/a%20b?c=d`, policy({ resolve }))
    expect([new TextDecoder().decode(bytes), mediaType, asked]).toEqual(["bytes", "image/png", 1])
    expect(upstream.received.at(-1)).toMatchObject({
      method: "GET",
      path: "/a%20b",
      headers: { host: `cats.example:${port()}` },
    })
  })

  test("asks the system for names, and goes to none that is this machine's", async () => {
    const own = createPolicy({ fetch: unreachable, signal: new AbortController().signal })
    const error = await download(`http://localhost:${port()}/`, own).catch((thrown) => thrown)
    expect(error.message).toContain("localhost is not on the public internet")
  })

  test("brings no secret along", async () => {
    await download(`http://user:pass@cats.example:${port()}/`, policy())
    expect(upstream.received.at(-1)?.headers).not.toHaveProperty("authorization")
  })

  const private_: [string, string, string[]][] = [
    ["a name of a private address", "http://cats.example/", ["10.0.0.7"]],
    ["a name of several of which one is private", "http://cats.example/", ["8.8.8.8", "192.168.0.1"]],
    ["a name of the metadata service", "http://cats.example/latest/meta-data/", ["169.254.169.254"]],
    ["a private address", "http://192.168.0.1/", []],
    ["an address in disguise", "http://0x0a000001/", []],
    ["an address in one number", "http://167772161/", []],
    ["an address in octal", "http://012.0.0.1/", []],
    ["IPv4 in IPv6", "http://[::ffff:10.0.0.1]/", []],
    ["NAT64", "http://[64:ff9b::10.0.0.1]/", []],
    ["6to4", "http://[2002:a00:1::]/", []],
    ["a unique local address", "http://[fd00::1]/", []],
    ["a link-local address", "http://[fe80::1]/", []],
  ]
  test.each(private_)("never goes to %s", async (_, url, addresses) => {
    const { message, isPassing } = await refusalOf(url, {
      resolve: async () => addresses,
      fetch: unreachable,
      isAllowed: isPublic,
    })
    expect(message).toContain("is not on the public internet")
    expect(isPassing).toBe(false)
  })

  test.each(["file:///etc/passwd", "ftp://cats.example/", "gs://bucket/a.png", "javascript:1", "blob:x"])(
    "is not of %s",
    async (url) => {
      expect((await refusalOf(url, { fetch: unreachable })).message).toContain("only https, http and data")
    },
  )

  test("is not of what is no URL, or of a name without address", async () => {
    expect((await refusalOf("cat.png", { fetch: unreachable })).message).toContain("no URL that can be read")
    expect(
      (await refusalOf("http://cats.example/", { fetch: unreachable, resolve: async () => [] })).message,
    ).toContain("has no address")
  })

  test("looks at the address of each redirect again", async () => {
    const redirecting = startUpstream(() => Response.redirect(`http://inside.example:${port()}/`))
    const resolve = async (host: string) => (host === "inside.example" ? ["10.0.0.1"] : ["127.0.0.1"])
    const { message } = await refusalOf(`http://cats.example:${new URL(redirecting.url).port}/`, { resolve })
    await redirecting.stop()
    expect(message).toContain("inside.example is not on the public internet")
  })

  test("follows three redirects and no fourth", async () => {
    const chain = startUpstream(({ path }) => {
      const left = Number(path.slice(1))
      return left > 0
        ? new Response(null, { status: 302, headers: { location: `/${left - 1}` } })
        : new Response("there")
    })
    const from = (count: number) => `http://cats.example:${new URL(chain.url).port}/${count}`
    expect((await download(from(3), policy())).bytes).toHaveLength(5)
    expect((await refusalOf(from(4))).message).toContain("redirected more than 3 times")
    await chain.stop()
  })

  test("ends at the limit of a file, whether or not its length was given", async () => {
    const large = new Uint8Array(FILE_BYTES_MAX + 1)
    const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(large.subarray(0, 1 << 20)) })
    for (const body of [() => new Response(large), () => new Response(endless())]) {
      const server = startUpstream(body)
      expect((await refusalOf(`http://cats.example:${new URL(server.url).port}/`)).message).toContain(
        "is larger than 20 MiB",
      )
      await server.stop()
    }
  })

  test("takes from what is left for the whole call", async () => {
    const budget = { bytes: 8 }
    await download(`http://cats.example:${port()}/`, policy({ budget }))
    expect(budget.bytes).toBe(3)
    expect((await refusalOf(`http://cats.example:${port()}/`, { budget })).message).toContain("all files together")
  })

  test("that fails for a while says so", async () => {
    const broken = startUpstream(({ path }) => new Response("", { status: Number(path.slice(1)) }))
    const from = (status: number) => refusalOf(`http://cats.example:${new URL(broken.url).port}/${status}`)
    expect(await from(503)).toMatchObject({ isPassing: true })
    expect(await from(429)).toMatchObject({ isPassing: true })
    expect(await from(404)).toMatchObject({ isPassing: false, message: expect.stringContaining("answered 404") })
    const url = `http://cats.example:${new URL(broken.url).port}/`
    await broken.stop()
    expect(await refusalOf(url)).toMatchObject({ isPassing: true })
  })

  test("throws what aborts it", async () => {
    const abort = new AbortController()
    const resolve = async () => {
      abort.abort(new Error("enough"))
      return ["127.0.0.1"]
    }
    expect((await refusalOf("http://cats.example/", { resolve, signal: abort.signal })).message).toBe("enough")
  })

  test("over TLS is of the host that the certificate names", async () => {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, tls: { key, cert }, fetch: () => new Response("safe") })
    // As if a trusted authority had signed it.
    const trusting = ((url: string, init: RequestInit & { tls?: object }) =>
      fetch(url, { ...init, tls: { ...init.tls, ca: cert } } as RequestInit)) as unknown as typeof fetch
    const { bytes } = await download(`https://cats.example:${server.port}/`, policy({ fetch: trusting }))
    expect(new TextDecoder().decode(bytes)).toBe("safe")
    const { message } = await refusalOf(`https://dogs.example:${server.port}/`, { fetch: trusting })
    expect(message).toContain("ERR_TLS_CERT_ALTNAME_INVALID")
    await server.stop(true)
  })
})

describe("of a request that points at a picture", () => {
  const request = (url: string) => ({
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
  })
  const hello = () =>
    Response.json({
      output: { message: { role: "assistant", content: [{ text: "A cat" }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    })

  test("the provider gets the bytes, of the kind that they are", async () => {
    const server = startUpstream(
      () => new Response(Buffer.from(PNG, "base64"), { headers: { "content-type": "application/octet-stream" } }),
    )
    const url = `http://cats.example:${new URL(server.url).port}/cat`
    const exercised = await exercise(players.bedrock, request(url), { answer: hello, policy: policy() })
    await server.stop()
    expect(bodyIn(exercised)["messages"]).toEqual([
      { role: "user", content: [{ image: { format: "png", source: { bytes: PNG } } }] },
    ])
  })

  test("nothing goes out when it cannot be had, and the request says which", async () => {
    const private_ = await exercise(players.gemini, request("http://192.168.0.1/cat.png"))
    expect(private_.received).toEqual([])
    expect(private_.outcome).toMatchObject({
      kind: "refused",
      status: 400,
      refusal: { code: "invalid_request", param: "messages[0].content[0]" },
    })
    const passing = await exercise(players.gemini, request("http://cats.example:1/"), { policy: policy() })
    expect(passing.received).toEqual([])
    expect(passing.outcome).toMatchObject({ kind: "unreached", reason: "unconnected" })
  })

  test("in a provider's own store it is passed on", async () => {
    const exercised = await exercise(players.bedrock, request("s3://bucket/cat.png"), { answer: hello })
    expect(bodyIn(exercised)["messages"]).toEqual([
      { role: "user", content: [{ image: { format: "png", source: { s3Location: { uri: "s3://bucket/cat.png" } } } }] },
    ])
  })
})

const unreachable = (() => Promise.reject(new Error("a request went out"))) as unknown as typeof fetch

function pem(what: string, base64: string): string {
  return `-----BEGIN ${what}-----\n${base64}\n-----END ${what}-----\n`
}

/** Signed by itself, for cats.example, until 2126. */
const cert = pem(
  "CERTIFICATE",
  "MIIBnzCCAUSgAwIBAgIUPOpoL3eHx5zfvNzqGCTIshZNmL8wCgYIKoZIzj0EAwIwFzEVMBMGA1UEAwwMY2F0cy5leGFtcGxlMCAXDTI2" +
    "MTEyMDEzNDIyMVoYDzIxMjYxMDI3MTM0MjIxWjAXMRUwEwYDVQQDDAxjYXRzLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC" +
    "AARI4D6hgCZ/TnJ6aBZOkgVuKk5BI9Sj7VwMNcCdB3Sfm0dDQNQmuEW6sQ/A+hV9FoAB3eJKWHz9awqOWnYr2lR6o2wwajAdBgNVHQ4E" +
    "FgQU06pabECT8/HTwmgbdKcoWxhSeIYwHwYDVR0jBBgwFoAU06pabECT8/HTwmgbdKcoWxhSeIYwDwYDVR0TAQH/BAUwAwEB/zAXBgNV" +
    "HREEEDAOggxjYXRzLmV4YW1wbGUwCgYIKoZIzj0EAwIDSQAwRgIhAKN7Tcsch4CaIiUn3Z+J6FmOy6uUSEd1UaTaj7ZWbVKlAiEA8zxV" +
    "gJaoQaHicoDxY4kFuUp9rEsLp35rskeh1cko34s=",
)
const key = pem(
  "PRIVATE KEY",
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOAnWsD2VvzGQcsRwjNpDsTrgD7YAiAg0+r/ngSHc0l6hRANCAARI4D6h" +
    "gCZ/TnJ6aBZOkgVuKk5BI9Sj7VwMNcCdB3Sfm0dDQNQmuEW6sQ/A+hV9FoAB3eJKWHz9awqOWnYr2lR6",
)
