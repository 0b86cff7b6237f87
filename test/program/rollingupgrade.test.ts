// Gateways of two versions on one PostgreSQL database, while the newer ones replace the older ones.
import { describe, expect, setDefaultTimeout, test } from "bun:test"
import { afterTest, tempDir } from "../cleanup.ts"
import { type GatewayGround, openGround } from "../gatewayground.ts"
import { chat, plainEnv, program, readOutput } from "../harness.ts"
import { adding, makeNextVersion, nextSchemaVersion, nextVersion, replacing } from "../nextversion.ts"
import { freePort, hasPostgres } from "../postgres.ts"
import { completion, configFor, startUpstream } from "../upstream.ts"

setDefaultTimeout(240_000)

const BEGUN = "this gateway runs the jobs now"
const MAKES_WAY = "this gateway stops, so that a newer one takes over"
const IS_OLD = "this gateway does not take over any more"

let ground: GatewayGround

/** A provider whose calls are answered once they are released, and how often it was called. */
function openProvider() {
  const released = Promise.withResolvers<void>()
  const calls: string[] = []
  const upstream = startUpstream(async ({ body }) => {
    calls.push(JSON.parse(body).messages[0].content)
    await released.promise
    return completion("an answer")
  })
  afterTest(() => upstream.stop())
  const ask = (content: string) => chat({ model: "up/m", messages: [{ role: "user", content }] })
  return { config: configFor(upstream), calls, ask, release: released.resolve }
}

/** Whether the tables are those of the next version. */
async function isMigrated(): Promise<boolean> {
  const rows = await ground.cluster.run(
    "SELECT 1 FROM information_schema.columns WHERE table_name = 'jobs' AND column_name = 'tag'",
    ground.database,
  )
  return rows.length > 0
}

async function isAnnounced(): Promise<boolean> {
  const rows = await ground.cluster.run(
    `SELECT 1 FROM asyncgate.settings WHERE name = 'oldest_writer' AND value = '${nextSchemaVersion}'`,
    ground.database,
  )
  return rows.length > 0
}

/** A gateway of the next version, which does not listen before the tables are its own. */
function beginNext(command: string[]) {
  const child = Bun.spawn([...command, "--port", "0", "--app-dir", tempDir(), "--log-style", "json"], {
    ...{ env: { ...plainEnv(), ...ground.env() }, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  })
  afterTest(() => child.kill("SIGKILL"))
  return child
}

describe.skipIf(!hasPostgres())("a rolling upgrade", () => {
  ground = openGround()

  test("to tables that only have more: both versions run the jobs, whichever takes over", async () => {
    await ground.createDatabase()
    const { config, ask, release } = openProvider()
    release()
    const next = makeNextVersion(tempDir(), adding)
    const old = await ground.open({ config })
    const newer = await ground.open({ config, program: next })
    expect(newer.facts).toMatchObject({ standby: true, version: nextVersion })
    expect(await isMigrated()).toBe(true)
    const ids = [await old.accept(ask("1")), await newer.accept(ask("2"))]

    expect(await old.stop()).toBe(0)
    await newer.logged(BEGUN)
    const again = await ground.open({ config })
    expect(again.facts).toMatchObject({ standby: true, version: old.facts.version })
    ids.push(await again.accept(ask("3")))

    expect(await newer.stop()).toBe(0)
    await again.logged(BEGUN)
    ids.push(await again.accept(ask("4")))
    for (const id of ids) expect((await again.end(id)).status).toBe("completed")
  })

  test("to tables that older programs cannot write: those stop in good order first, and nothing is lost", async () => {
    await ground.createDatabase()
    const { config, calls, ask, release } = openProvider()
    const next = makeNextVersion(tempDir(), replacing)
    const runs = await ground.open({ config })
    const waits = await ground.open({ config })
    const out = await runs.accept(ask("1"))
    while (calls.length === 0) await runs.fetch("/health")
    const begun = ground.open({ config, program: next, port: freePort() })
    await runs.logged(MAKES_WAY)
    await waits.logged(IS_OLD)
    // It takes no more work, and waits for its call.
    while ((await runs.submit(ask("refused"))).status !== 503);
    expect(await isMigrated()).toBe(false)
    const meanwhile = waits.accept(ask("2"))
    release()
    expect(await runs.exit()).toBe(0)
    const newer = await begun
    expect(newer.facts).toMatchObject({ version: nextVersion })
    expect(await isMigrated()).toBe(true)
    for (const id of [out, await meanwhile]) expect((await newer.end(id)).status).toBe("completed")
    expect(calls.sort()).toEqual(["1", "2"])

    // The older one that waits passes requests on, and does nothing else.
    const id = await waits.accept(ask("3"))
    await newer.stop("SIGKILL")
    const last = await ground.open({ config, program: next, dir: newer.dir })
    expect(last.facts).not.toHaveProperty("standby")
    expect((await waits.end(id)).status).toBe("completed")
    expect(waits.log()).not.toContain(BEGUN)
  })

  test("an older program is not started any more, and says what to start", async () => {
    await ground.createDatabase()
    const newer = await ground.open({ program: makeNextVersion(tempDir(), replacing) })
    const child = Bun.spawn([...program, "--port", "0", "--app-dir", tempDir()], {
      ...{ env: { ...plainEnv(), ...ground.env() }, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    })
    const { stderr, code } = await readOutput(child)
    expect(code).toBe(4)
    expect(stderr).toContain(
      `takes programs of schema version ${nextSchemaVersion} or newer, this program has ${nextSchemaVersion - 1}. Start the newer asyncgate`,
    )
    expect((await newer.end(await newer.accept(chat()))).status).toBe("completed")
  })

  test("a newer one that waits for an older one to stop stops when it is asked to, and says what it waits for", async () => {
    await ground.createDatabase()
    const { config, calls, ask, release } = openProvider()
    const runs = await ground.open({ config })
    const id = await runs.accept(ask("1"))
    while (calls.length === 0) await runs.fetch("/health")
    const child = beginNext(makeNextVersion(tempDir(), replacing))
    await runs.logged(MAKES_WAY)
    child.kill("SIGTERM")
    const { stderr, code } = await readOutput(child)
    expect(code).toBe(0)
    expect(stderr).toContain("waiting for a gateway of an older version to stop")
    // What was announced stays so: the next start finds nobody in its way.
    expect(await isAnnounced()).toBe(true)
    release()
    expect(await runs.exit()).toBe(0)
    const newer = await ground.open({ program: makeNextVersion(tempDir(), replacing) })
    expect(newer.facts).not.toHaveProperty("standby")
    expect((await newer.end(id)).status).toBe("completed")
  })

  test("one that was frozen while the tables were changed does not write any more", async () => {
    await ground.createDatabase()
    const { config, calls, ask, release } = openProvider()
    const runs = await ground.open({ config, port: freePort() })
    const id = await runs.accept(ask("1"))
    while (calls.length === 0) await runs.fetch("/health")
    runs.process.kill("SIGSTOP")
    // As a network that has lost it: the server ends what it does not hear of any more.
    await ground.cluster.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'asyncgate %'",
      ground.database,
    )
    const newer = await ground.open({ config, program: makeNextVersion(tempDir(), replacing) })
    runs.process.kill("SIGCONT")
    // By its own look at the database it stops, as the start of its program again it is refused.
    expect([0, 4]).toContain(Number(await runs.exit()))
    release()
    expect((await newer.end(id)).status).toBe("completed")
    // The call that was out, and the one that was made in its place.
    expect(calls).toEqual(["1", "1"])
  })
})
