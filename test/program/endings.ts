// How each command of the table ends. A row of src/cli/table.ts without an entry here fails cliendings.test.ts.

/** Stands in the words of a case for a job of the gateway that has succeeded. */
export const JOB = "{job}"
/** Stands in the words of a case for a directory that is made for it. */
export const DIR = "{dir}"

export interface Case {
  /** What follows the words of the command. */
  args: readonly string[]
  /** By default that of its kind: 0, 10 (no gateway), 2 (wrong use), 11 (not allowed), 0 (--json). */
  code?: number
  /** What its output contains. */
  says?: string
  env?: Record<string, string>
}

/** A text says why there is no such case. */
export type Ending = Case | string

export interface Endings {
  success: Ending
  /** In an app directory that does not exist. */
  noGateway: Ending
  wrongUse: Ending
  /** Of a gateway that wants a token, without one. */
  notAllowed: Ending
  json: Ending
}

/** A command that asks a gateway. @param wrong words that it refuses @param over the cases that are different */
function asking(args: readonly string[], wrong: readonly string[], over: Partial<Endings> = {}): Endings {
  const usual = { args }
  return {
    success: usual,
    noGateway: usual,
    wrongUse: { args: wrong },
    notAllowed: usual,
    json: { args: [...args, "--json"] },
    ...over,
  }
}

const OWN_FILES = "it asks no gateway: whether its files may be read and changed is for the system to say"

/** A command that asks no gateway and has no --json. */
function local(args: readonly string[], wrong: readonly string[], over: Partial<Endings> = {}): Endings {
  return {
    success: { args },
    noGateway: { args, code: 0 },
    wrongUse: { args: wrong },
    notAllowed: OWN_FILES,
    json: "it has no --json",
    ...over,
  }
}

const inDir = ["--app-dir", DIR]

/** A user without a service. */
const unserved = { XDG_CONFIG_HOME: "/none" }

/** A command about the service, which is not there. */
const ofService: Endings = {
  success: "it needs a service: service.test.ts",
  noGateway: { args: [], code: 1, says: "asyncgate service install makes one", env: unserved },
  wrongUse: { args: ["more"] },
  notAllowed: "it asks no gateway",
  json: "it needs a service: service.test.ts",
}

/** A command about an endpoint, which is not there. */
const ofEndpoint: Endings = {
  success: "it needs an endpoint: cliwebhooks.test.ts",
  noGateway: { args: ["nowhere"] },
  wrongUse: { args: ["one", "two"] },
  notAllowed: { args: ["nowhere"] },
  json: "it needs an endpoint: cliwebhooks.test.ts",
}

/** A command about a batch, which is not there. */
const ofBatch: Endings = {
  success: "it needs a batch: clibatches.test.ts",
  noGateway: { args: ["0".repeat(32)] },
  wrongUse: { args: ["short"] },
  notAllowed: { args: ["0".repeat(32)] },
  json: "it needs a batch: clibatches.test.ts",
}

/** By the words of the row. */
export const endings: Record<string, Endings> = {
  serve: {
    success: "it runs until it is stopped: start.test.ts and signals.test.ts say how it ends",
    noGateway: "it is the gateway",
    wrongUse: { args: ["--port", "many"] },
    notAllowed: "it asks nobody",
    json: "it has no --json: start.test.ts reads its banner with --log-style json",
  },
  submit: asking(["-m", "mock/echo", "Hello"], ["Hello"]),
  wait: asking([JOB], [JOB, "--timeout", "soon"]),
  ps: asking([], ["--limit", "0"]),
  get: asking([JOB], []),
  logs: asking([JOB], [JOB, "--limit", "1"]),
  cancel: asking([JOB], []),
  retry: asking(["--all", "--dry-run"], ["--all", "--filter", "state=failed"]),
  rm: asking([JOB], ["--filter", "state"], { json: { args: ["--all", "--yes", "--json"] } }),
  wipe: asking(["--yes"], ["more"]),
  stats: asking([], ["--window"]),
  top: asking([], ["more"]),
  queues: asking([], ["more"], { success: { args: [], says: "nothing waits" } }),
  models: asking([], ["mock", "more"]),
  ui: asking(["--print"], ["more"], { notAllowed: { args: ["--print"], code: 0, says: "sign in there with" } }),
  version: local([], ["more"], {
    noGateway: { args: ["--json"], code: 0, says: '"gateway":null' },
    notAllowed: { args: ["--json"], code: 0, says: '"gateway":null' },
    json: { args: ["--json"] },
  }),
  backup: {
    success: "it needs data: backup.test.ts",
    noGateway: { args: inDir, code: 1, says: "there is no" },
    wrongUse: { args: ["one", "two", ...inDir] },
    notAllowed: OWN_FILES,
    json: "it needs data: backup.test.ts",
  },
  restore: {
    success: "it needs a backup: backup.test.ts",
    noGateway: { args: ["none.backup", ...inDir], code: 1, says: "none.backup" },
    wrongUse: { args: inDir },
    notAllowed: OWN_FILES,
    json: "it needs a backup: backup.test.ts",
  },
  "migrate-to": {
    success: "it needs a PostgreSQL: migrateto.test.ts",
    noGateway: { args: ["postgres://127.0.0.1:1/none", ...inDir], code: 1, says: "there is no asyncgate.db" },
    wrongUse: { args: ["mysql://127.0.0.1/none", ...inDir] },
    notAllowed: OWN_FILES,
    json: "it needs a PostgreSQL: migrateto.test.ts",
  },
  doctor: asking([], ["more"], { noGateway: { args: [], code: 0 }, notAllowed: { args: [], code: 0 } }),
  completion: local(["bash"], ["tcsh"]),
  "batch submit": asking(["--template", "{{text}}", "-m", "mock/echo", "LICENSE"], ["LICENSE"]),
  "batch ls": asking([], ["--limit", "0"], { success: { args: [], says: "batch_" } }),
  "batch get": ofBatch,
  "batch cancel": ofBatch,
  "batch results": ofBatch,
  "webhooks ls": asking([], ["one", "two"], { success: { args: [], says: "there are no webhook endpoints" } }),
  "webhooks add": asking(["ended", "http://127.0.0.1:9/"], ["ended"], {
    json: { args: ["other", "http://127.0.0.1:9/", "--json"] },
  }),
  "webhooks rm": ofEndpoint,
  "webhooks enable": ofEndpoint,
  "webhooks disable": ofEndpoint,
  "webhooks rotate": ofEndpoint,
  "webhooks test": ofEndpoint,
  "webhooks resend": { ...ofEndpoint, success: "it needs a delivery: cliwebhooks.test.ts" },
  "webhooks listen": {
    ...ofEndpoint,
    success: "it goes on until it is stopped: cliwebhooks.test.ts",
    noGateway: { args: [] },
    wrongUse: { args: ["--forward-to", "here"] },
    notAllowed: { args: [] },
    json: "it prints with --print-json: cliwebhooks.test.ts",
  },
  "webhooks verify": {
    success: "it needs a signature: cliwebhooks.test.ts",
    noGateway: "it asks no gateway: cliwebhooks.test.ts runs it without one",
    wrongUse: { args: [] },
    notAllowed: "it asks no gateway",
    json: "it needs a signature: cliwebhooks.test.ts",
  },
  "config check": local(inDir, ["--host"], { json: { args: [...inDir, "--json"] } }),
  "config show": local(inDir, ["more"], { json: { args: [...inDir, "--json"] } }),
  "config path": local(inDir, ["more"]),
  "config schema": local([], ["more"]),
  update: {
    success: "it needs a release: updatebinary.test.ts",
    noGateway: { args: ["--check"], code: 1, says: "without the key of the releases" },
    wrongUse: { args: ["--to", "newest"] },
    notAllowed: "it asks no gateway",
    json: "it needs a release: updatebinary.test.ts",
  },
  "service install": {
    success: { args: ["--dry-run", ...inDir], env: unserved },
    noGateway: { args: ["--dry-run", ...inDir], code: 0, env: unserved },
    wrongUse: { args: ["--port", "many"] },
    notAllowed: "it asks no gateway",
    json: { args: ["--dry-run", "--json", ...inDir], env: unserved },
  },
  "service uninstall": ofService,
  "service status": ofService,
  "service logs": ofService,
  "vk create": local(["somebody", ...inDir], inDir),
  "vk list": local(inDir, ["more", ...inDir]),
  "vk revoke": local(["nobody", ...inDir], inDir, {
    success: "it revokes what vk create has made: keys.test.ts",
    noGateway: { args: ["nobody", ...inDir], code: 2, says: "nobody" },
  }),
  "admin-token rotate": local(inDir, ["more", ...inDir]),
}
