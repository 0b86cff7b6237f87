// Stand-in.
import type { Context } from "../gateway.ts"
import type { Server } from "../stage.ts"
export const peerNames = ["bullmq, appendfsync always", "bullmq, appendfsync everysec", "pg-boss", "plainjob"] as const
export type PeerName = (typeof peerNames)[number]
export interface Peer extends Server {
  kill(): Promise<void>
}
export async function startPeer(_context: Context, name: PeerName): Promise<Peer | { missing: string }> {
  return { missing: `${name} is not here yet` }
}
