// Who the jobs of a batch are submitted for, kept encrypted until the batch has ended, and with which options.

import { SecretLost, type Secrets } from "../../auth/sealing.ts"
import type { Keyring } from "../../auth/virtualkeys.ts"
import { type Batch, IMMEDIATE } from "../../batches/batch.ts"
import type { Clock } from "../../clock.ts"
import { type ErrorFields, GatewayError } from "../../errors.ts"
import type { Caller } from "../intake/caller.ts"
import type { RequestHead } from "../intake/requesthead.ts"
import { refuseBlocked } from "../request/authentication.ts"
import { priorities } from "../request/joboptions.ts"

export interface BatchSecrets {
  secrets: Secrets
  keyring: Keyring
}

/** What is encrypted of a caller: a virtual key by its id, so that it can be changed and revoked meanwhile. */
interface StoredCaller {
  virtualKeyId: string | null
  callerKey: string | null
}

/**
 * The jobs of a batch are kept so much longer than the batch may take, because its results are written from them, also by a gateway that
 * was off for weeks. Once they are written, the jobs are kept as long as any others.
 */
const SPARE_MS = 30 * 86_400_000

/** Null: there is nothing to be kept of the caller. */
export function sealCaller(caller: Caller, id: string, { secrets }: Pick<BatchSecrets, "secrets">): Uint8Array | null {
  if (caller.kind === "anonymous") return null
  const stored: StoredCaller = {
    virtualKeyId: caller.kind === "virtual key" ? caller.key.id : null,
    callerKey: caller.callerKey,
  }
  return secrets.seal(JSON.stringify(stored), id)
}

/** The head of a line's request, as if its caller had submitted it now. */
export function makeLineHead(
  batch: Batch,
  line: number,
  { secrets, keyring, clock }: BatchSecrets & { clock: Clock },
): RequestHead {
  const now = clock.now()
  return {
    requestId: crypto.randomUUID(),
    receivedAt: now,
    originId: null,
    batch: { number: batch.number, line },
    pinnedKey: null,
    isCallerKeyWanted: false,
    authenticate: (fields) => readCaller(batch, fields, now, { secrets, keyring }),
    nameAnonymous: () => "",
    readOptions: () => ({
      deadlineAt: batch.expiresAt,
      ttlMs: Math.max(0, batch.expiresAt - now) + SPARE_MS,
      priority: priorities.indexOf(batch.window === IMMEDIATE ? "normal" : "low"),
      usualPriority: priorities.indexOf("low"),
      onInterrupt: null,
      idempotencyKey: null,
      extraHeaders: {},
      extraHeadersTo: "primary",
      traceparent: null,
      webhookName: null,
    }),
  }
}

function readCaller(batch: Batch, fields: ErrorFields, now: number, { secrets, keyring }: BatchSecrets): Caller {
  if (batch.sealed === null) return { kind: "anonymous" }
  const { virtualKeyId, callerKey } = unseal(batch.sealed, batch.id, fields, secrets)
  if (virtualKeyId === null) return callerKey === null ? { kind: "anonymous" } : { kind: "caller key", callerKey }
  const key = keyring.list().find(({ id, isActive }) => id === virtualKeyId && isActive)
  if (key === undefined) {
    const message = "the virtual key that the batch was created with is no longer there"
    throw new GatewayError("virtual_key_not_found", message, { fields })
  }
  refuseBlocked(key, now, fields)
  return { kind: "virtual key", key, callerKey }
}

function unseal(sealed: Uint8Array, id: string, fields: ErrorFields, secrets: Secrets): StoredCaller {
  try {
    return JSON.parse(secrets.unseal(sealed, id)) as StoredCaller
  } catch (cause) {
    if (!(cause instanceof SecretLost)) throw cause
    const message = "whom the batch was created for cannot be read: it was encrypted with another key"
    throw new GatewayError("no_keys", message, { fields, cause })
  }
}
