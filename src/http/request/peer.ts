// The address of a caller whose request another gateway of the same database has passed on. It is sealed with the encryption key that
// these gateways share, so that no caller can name another address than its own.
import { SecretLost, type Secrets } from "../../auth/sealing.ts"

export type Peers = ReturnType<typeof createPeers>

export const PEER = "x-asyncgate-peer"
/** In a response to another gateway: the code with which the request was refused. Nothing of it was carried out. */
export const REFUSED = "x-asyncgate-refused"
/** What the sealed address is bound to, in the place of a job's id. */
const BOUND_TO = "the peer of a request"

export function createPeers({ seal, unseal }: Secrets) {
  return {
    /** Whether another gateway has passed the request on, or a caller says so. */
    isMarked: (headers: Headers): boolean => headers.has(PEER),

    mark(headers: Headers, peer: string): void {
      headers.set(PEER, Buffer.from(seal(peer, BOUND_TO)).toString("base64"))
    },

    /** The address of the caller; null: no other gateway has passed the request on. */
    read(headers: Headers): string | null {
      const sealed = headers.get(PEER)
      if (sealed === null) return null
      try {
        return unseal(Buffer.from(sealed, "base64"), BOUND_TO)
      } catch (error) {
        if (error instanceof SecretLost) return null
        throw error
      }
    },
  }
}
