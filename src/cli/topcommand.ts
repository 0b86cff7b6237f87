// The command top: what a gateway does, on a screen that is drawn again each second; without a terminal once.
import { steadyNow, systemClock } from "../clock.ts"
import { asRecord, asRecords } from "../values.ts"
import { CommandError } from "./exitcodes.ts"
import { type Gateway, openGateway } from "./gatewayclient.ts"
import { type Input, isSet } from "./input.ts"
import { JOBS } from "./jobcalls.ts"
import { openScreen, type Screen } from "./screen.ts"
import { cutLine, inLine } from "./terminal.ts"
import { drawView, type View } from "./topview.ts"

const LOOK_MS = 1000
/** Older seconds are not drawn. */
const HISTORY_MS = 65_000
const RUNNING_MAX = 100
/** How long a gateway that is started again may take. */
const RESTART_MS = 20_000

export async function run(input: Input): Promise<number> {
  const { terminal } = input
  const gateway = openGateway(input)
  const { value: me } = await gateway.read("/v1/async/me")
  const mayOperate = asRecord(me["may"])["operate"] === true
  const first = await look(gateway, mayOperate)
  if (isSet(input, "json")) {
    const { stats, queues, running } = first
    terminal.show(`${JSON.stringify({ object: "top", stats, queues, running })}\n`)
    return 0
  }
  if (!terminal.isTerminal || !terminal.canRedraw) {
    terminal.write(`${drawView(first, terminal.width, Number.POSITIVE_INFINITY).join("\n")}\n`)
    return 0
  }
  const screen = openScreen(terminal)
  try {
    await follow(first, () => look(gateway, mayOperate), screen)
  } finally {
    screen.close()
  }
  return 0
}

/** Asks for everything that is shown. @throws {CommandError} */
async function look(gateway: Gateway, mayOperate: boolean): Promise<View> {
  const since = new Date(systemClock.wall() - HISTORY_MS).toISOString()
  const [stats, queues, running] = await Promise.all([
    mayOperate ? gateway.read(`/v1/async/stats?${new URLSearchParams({ since })}`) : null,
    gateway.read("/v1/async/queues"),
    gateway.read(`${JOBS}?state=running&limit=${RUNNING_MAX}`),
  ])
  return {
    url: gateway.url,
    stats: stats?.value ?? null,
    queues: queues.value,
    running: asRecords(running.value["data"]),
    now: systemClock.wall(),
  }
}

/** Shows it until the user leaves, or the gateway stays away. @throws {CommandError} */
async function follow(first: View, lookAgain: () => Promise<View>, screen: Screen): Promise<void> {
  let view = first
  let note = "q ends this"
  let goneAt = Number.POSITIVE_INFINITY
  let lookedAt = steadyNow()
  while (!screen.hasLeft()) {
    const { columns, rows } = screen.size()
    const lines = rows > 1 ? drawView(view, columns, rows - 1) : []
    screen.draw([...lines, cutLine(inLine(note), columns)])
    await screen.pause(LOOK_MS)
    // After a change of size what is known is drawn again.
    if (screen.hasLeft() || steadyNow() < lookedAt + LOOK_MS) continue
    lookedAt = steadyNow()
    try {
      view = (await Promise.race([lookAgain(), screen.left])) ?? view
      note = "q ends this"
      goneAt = Number.POSITIVE_INFINITY
    } catch (error) {
      if (!(error instanceof CommandError) || error.ending !== "unreachable") throw error
      goneAt = Math.min(goneAt, steadyNow())
      if (steadyNow() > goneAt + RESTART_MS) throw error
      note = `${error.message}; this is how it was`
    }
  }
}
