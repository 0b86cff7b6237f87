// Starts listening on the port, and explains in words why it cannot.
import { describeCause } from "../values.ts"
import { type createServer, IDLE_SECONDS } from "./server.ts"

export interface Address {
  host: string
  port: number
}

/** @returns the address of the server. @throws an error whose message says what to do */
export function listen(app: ReturnType<typeof createServer>, { host, port }: Address): string {
  try {
    app.listen({
      hostname: host,
      port,
      // Otherwise two gateways could share one port, and requests would silently go to either.
      reusePort: false,
      idleTimeout: IDLE_SECONDS,
      // The limit is checked in request/body.ts: Bun's own response to a larger body does not say why.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    })
  } catch (error) {
    throw new Error(explain(error, host, port), { cause: error })
  }
  return `http://${host.includes(":") ? `[${host}]` : host}:${app.server?.port ?? port}`
}

function explain(error: unknown, host: string, port: number): string {
  const { code } = error as { code?: unknown }
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} is in use. Start with --port N (or APP_PORT=N) to take another.`
    case "EACCES":
    case "EPERM":
      return `port ${port} is not allowed to this user. Start with --port N (or APP_PORT=N) from 1024 on.`
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOENT":
    case "ENOTFOUND":
    case "EAFNOSUPPORT":
      return `${JSON.stringify(host)} is no address of this machine (${code}). Start with --host ADDRESS (or APP_HOST=ADDRESS), as 127.0.0.1 or 0.0.0.0.`
    default:
      return `cannot listen on ${host}, port ${port}: ${describeCause(error)}. Start with another --host or --port.`
  }
}
