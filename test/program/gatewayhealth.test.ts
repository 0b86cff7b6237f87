// What /health says where several gateways share one PostgreSQL: to a load balancer, and to the operator.
import { describe, expect, setDefaultTimeout, test } from "bun:test"
import { afterTest } from "../cleanup.ts"
import { type GatewayGround, openGround } from "../gatewayground.ts"
import { chat, type Gateway, type Job, run } from "../harness.ts"
import { createCluster, freePort, hasPostgres } from "../postgres.ts"
import { startRelay } from "../postgresrelay.ts"

setDefaultTimeout(240_000)

let ground: GatewayGround

async function ask(gateway: Gateway, headers: Record<string, string> = {}): Promise<{ status: number; said: Job }> {
  const response = await gateway.fetch("/health", { headers })
  return { status: response.status, said: (await response.json()) as Job }
}

/** As a load balancer, which connects again: for a moment nobody listens, when the server of the jobs takes the port. */
async function askAgain(gateway: Gateway): ReturnType<typeof ask> {
  for (;;) {
    try {
      return await ask(gateway)
    } catch (error) {
      const { code } = error as { code?: unknown }
      if (code !== "ECONNREFUSED" && code !== "ECONNRESET") throw error
    }
  }
}

/** Makes a virtual key, so that callers are told from the operator. @returns the admin token, once it holds */
async function makeKey(gateway: Gateway): Promise<string> {
  const env = { ASYNCGATE_DATABASE: ground.database }
  expect((await run(["vk", "create", "team", "--app-dir", gateway.dir], env)).code).toBe(0)
  const token = await gateway.adminToken()
  const headers = { authorization: `Bearer ${token}` }
  // The change of the files is looked for once a second.
  while ((await gateway.fetch("/v1/async/stats", { headers })).status !== 200);
  while ((await gateway.fetch("/v1/async/stats")).status === 200);
  return token
}

describe.skipIf(!hasPostgres())("the health of several gateways", () => {
  ground = openGround()

  test("the operator is told at each of all, who runs the jobs, how far its lease is, and what this one does", async () => {
    await ground.createDatabase()
    const runs = await ground.open()
    const waits = await ground.open()
    const { version } = runs.facts
    const listed = [
      { address: runs.url, version, role: "running", silent_ms: expect.any(Number), lease_left_ms: expect.any(Number) },
      { address: waits.url, version, role: "waiting", silent_ms: expect.any(Number), lease_left_ms: null },
    ]
    const shared = { gateways: listed, standbys: [] }
    expect(await ask(runs)).toEqual({ status: 200, said: { status: "ok", role: "running", ...shared } as Job })
    const { said } = await ask(waits)
    expect(said).toEqual({ status: "ok", role: "waiting", ...shared } as Job)
    const [first, second] = said["gateways"]
    expect(first.silent_ms + first.lease_left_ms).toBe(4000)
    expect(second.silent_ms).toBeLessThan(60_000)
    const { health } = (await (await waits.fetch("/v1/async/stats")).json()) as Job
    expect(health).toMatchObject(shared)
  })

  test("whoever has no rights is told no addresses, at neither", async () => {
    await ground.createDatabase()
    const runs = await ground.open()
    const waits = await ground.open()
    const token = await makeKey(runs)
    for (const gateway of [runs, waits]) {
      for (const headers of [{}, { authorization: "Bearer asyncgate-admin-wrong" }, { "x-bf-vk": "sk-bf-wrong" }])
        expect(await ask(gateway, headers)).toEqual({ status: 200, said: { status: "ok" } as Job })
      const { said } = await ask(gateway, { authorization: `Bearer ${token}` })
      expect(said["gateways"]).toHaveLength(2)
    }
  })

  test("one that stops in good order sends load balancers to the one that waits", async () => {
    await ground.createDatabase()
    const runs = await ground.open()
    const waits = await ground.open()
    await runs.accept(chat({ mock: { latency_ms: 5000 } }))
    const stopped = runs.stop()
    await runs.logged("stopping: calls under way may finish")
    expect(await ask(runs)).toMatchObject({ status: 503, said: { reason: "the gateway is shutting down" } })
    expect(await ask(waits)).toMatchObject({ status: 200, said: { status: "ok" } })
    await stopped
    expect((await askAgain(waits)).status).toBe(200)
  })

  test("one that waits is well through a takeover: by the next, and by itself", async () => {
    await ground.createDatabase()
    const runs = await ground.open()
    const others = [await ground.open(), await ground.open()]
    runs.process.kill("SIGSTOP")
    const states = new Set<number>()
    const begun = Promise.race(others.map((gateway) => gateway.logged("this gateway runs the jobs now")))
    let isOver = false
    void begun.then(() => {
      isOver = true
    })
    const roles = new Set<unknown>()
    // The other one finds the new one a moment after that has begun.
    while (!isOver || roles.size < 2) {
      roles.clear()
      for (const gateway of others) {
        const { status, said } = await askAgain(gateway)
        states.add(status)
        if (said["role"] !== undefined) roles.add(said["role"])
      }
    }
    expect([...states]).toEqual([200])
    expect([...roles].sort()).toEqual(["running", "waiting"])
  })

  test("one that waits and cannot reach the one that runs the jobs says so, names nobody, and is well again when it can", async () => {
    await ground.createDatabase()
    const runs = await ground.open({ port: freePort() })
    const waits = await ground.open()
    // As behind a wall: the address that the others know leads nowhere.
    const nowhere = `http://127.0.0.1:${freePort()}`
    await ground.cluster.run(
      `CREATE FUNCTION asyncgate.hide() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN IF NEW.address = '${runs.url}' THEN NEW.address := '${nowhere}'; END IF; RETURN NEW; END $$`,
      ground.database,
    )
    const hide =
      "CREATE TRIGGER hide BEFORE INSERT OR UPDATE ON asyncgate.gateways FOR EACH ROW EXECUTE FUNCTION asyncgate.hide()"
    await ground.cluster.run(hide, ground.database)
    let last = await ask(waits)
    while (last.status === 200) last = await ask(waits)
    const reason = "the gateway that runs the jobs cannot be reached"
    expect(last).toEqual({ status: 503, said: { status: "unavailable", reason } as Job })
    expect((await ask(runs)).status).toBe(200)
    await ground.cluster.run("DROP TRIGGER hide ON asyncgate.gateways", ground.database)
    while ((await ask(waits)).status !== 200);
  })

  test("one that waits and is cut off from the database says so, and is well again when it is not", async () => {
    await ground.createDatabase()
    const relay = startRelay(ground.database)
    afterTest(() => relay.stop())
    await ground.open()
    const waits = await ground.open({ env: { ASYNCGATE_DATABASE: relay.url } })
    relay.setOpen(false)
    let last = await ask(waits)
    while (last.status === 200) last = await ask(waits)
    expect(last.said["reason"]).toStartWith("the database has not answered for ")
    relay.setOpen(true)
    while ((await ask(waits)).status !== 200);
  })

  test("how far a standby of the database is behind is told to a user who may see it", async () => {
    await ground.createDatabase()
    const standby = await createCluster(["cluster_name=spare"], { primary: ground.cluster })
    afterTest(() => standby.dispose())
    const runs = await ground.open()
    const read = async (gateway: Gateway) => (await ask(gateway)).said["standbys"]
    while ((await read(runs)).length === 0);
    expect(await read(runs)).toEqual([{ name: "spare", is_synchronous: false, behind_bytes: expect.any(Number) }])
    // It comes to rest where nothing is written but the rows of the gateways.
    while ((await read(runs))[0]?.behind_bytes !== 0);
    await ground.cluster.run("CREATE ROLE plain LOGIN")
    const own = await ground.cluster.createDatabase()
    await ground.cluster.run(`GRANT CREATE ON DATABASE "${new URL(own).pathname.slice(1)}" TO plain`)
    const plain = await ground.open({
      env: { ASYNCGATE_DATABASE: Object.assign(new URL(own), { username: "plain" }).href },
    })
    expect(await read(plain)).toBeNull()
  })
})
