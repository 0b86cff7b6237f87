// @portkey-ai/gateway in a process of its own: `bun bench/peers/portkey.ts`. By itself it would listen on every address of the machine.
import { Server } from "node:http"
import type { AddressInfo } from "node:net"

const { listen } = Server.prototype

Server.prototype.listen = function (this: Server) {
  return Reflect.apply(listen, this, [0, "127.0.0.1", () => say(this.address() as AddressInfo)])
} as typeof listen

await import("@portkey-ai/gateway/build/start-server.js" as string)

function say({ port }: AddressInfo): void {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`)
}
