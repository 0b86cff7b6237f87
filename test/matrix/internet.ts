// The internet as a program under test sees it: a proxy on loopback, behind which one server answers for every host there is.
import { generateKeyPairSync, sign } from "node:crypto"
import { connect, createServer, type Socket } from "node:net"

export interface Arrived {
  method: string
  /** With the host that the connection was made to. */
  url: string
  headers: Record<string, string>
  bytes: Buffer
}

export interface Internet {
  /** The environment of a program that is to see no other. */
  env: Record<string, string>
  /** `host:port` of every connection that was asked for. */
  hosts: Set<string>
  stop(): Promise<void>
}

export async function openInternet(answer: (arrived: Arrived) => Response): Promise<Internet> {
  const hosts = new Set<string>()
  /** The near port of a tunnel to the secure server -> what was asked for. */
  const tunnels = new Map<number, string>()
  const open = new Set<Socket>()
  const serve = (tls?: { key: string; cert: string }) =>
    Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      ...(tls ? { tls } : {}),
      async fetch(request, server) {
        const { pathname, search, host } = new URL(request.url)
        const port = server.requestIP(request)?.port ?? 0
        const authority = tls ? (tunnels.get(port) ?? "").replace(/:443$/, "") : host
        return answer({
          method: request.method,
          url: `${tls ? "https" : "http"}://${authority}${pathname}${search}`,
          headers: Object.fromEntries(request.headers),
          bytes: Buffer.from(await request.arrayBuffer()),
        })
      },
    })
  const [secure, plain] = [serve(certificate()), serve()]
  const proxy = createServer((socket) => {
    socket.once("data", (first) => {
      // Until there is somebody to take it, what comes next must not come.
      socket.pause()
      const [, tunnel, target] = /^(CONNECT )?(?:[A-Z]+ http:\/\/)?([^ /]+)/.exec(first.toString("latin1")) ?? []
      hosts.add(target ?? "")
      const behind = connect((tunnel === undefined ? plain : secure).port ?? 0, "127.0.0.1", () => {
        if (tunnel === undefined) behind.write(first)
        else {
          tunnels.set(behind.localPort ?? 0, target ?? "")
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
        }
        socket.pipe(behind)
        behind.pipe(socket)
      })
      for (const end of [socket, behind]) {
        open.add(end)
        end.on("error", () => end.destroy())
        end.on("close", () => open.delete(end))
      }
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve))
  const { port } = proxy.address() as { port: number }
  const url = `http://127.0.0.1:${port}`
  return {
    // Its certificate is nobody's.
    env: { HTTPS_PROXY: url, HTTP_PROXY: url, NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    hosts,
    async stop() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
      await Promise.all([secure.stop(true), plain.stop(true)])
    },
  }
}

/** Made anew each time, so that no key lies around. https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
function certificate(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const ecdsaWithSha256 = der(0x30, der(0x06, Buffer.from("2a8648ce3d040302", "hex")))
  const commonName = [der(0x06, Buffer.from("550403", "hex")), der(0x0c, Buffer.from("everyone"))]
  const name = der(0x30, der(0x31, der(0x30, ...commonName)))
  const lifetime = ["20000101000000Z", "20991231235959Z"].map((time) => der(0x18, Buffer.from(time)))
  const content = der(
    0x30,
    ...[
      der(0xa0, der(0x02, Buffer.of(2))),
      der(0x02, Buffer.of(1)),
      ecdsaWithSha256,
      name,
      der(0x30, ...lifetime),
      name,
    ],
    publicKey.export({ type: "spki", format: "der" }),
  )
  const signature = der(0x03, Buffer.of(0), sign("sha256", content, privateKey))
  const base64 = der(0x30, content, ecdsaWithSha256, signature).toString("base64")
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  }
}

/** A tag, a length and a value. */
function der(tag: number, ...values: Buffer[]): Buffer {
  const value = Buffer.concat(values)
  const { length } = value
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.of(tag, ...head), value])
}
