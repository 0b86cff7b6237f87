// Who asks for the responses of a run, and who reads them: so many are in flight, and each is read in many ways at once.
import OpenAI from "openai"
import OpenAI6 from "openai-6"
import { addReader, follow, help, readEvents, readOn, stall, type Told, type World } from "./answerreaders.ts"
import { makeAnswerScript } from "./answerscript.ts"

/** Some readers come so much later than others. */
const LATE_MS_MAX = 1200
const FAILING_SHARE = 0.1
/** Those with a key are asked for again where the first answer was cut off before it told of an id. */
const KEYED_SHARE = 0.8

export type Crowd = ReturnType<typeof createCrowd>

export function createCrowd(world: World, seed: number) {
  const { ledger, random, url } = world
  // A connection of a gateway that was killed is of no use to the next.
  const alone = ((input: string | URL | Request, init?: RequestInit) =>
    fetch(input, { ...init, keepalive: false })) as typeof fetch
  const options = { baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0, fetch: alone }
  const clients = { "helper 7": new OpenAI(options), "helper 6": new OpenAI6(options) as unknown as OpenAI }
  const told: Told[] = []
  let target = 0
  let open = 0
  let reading = 0
  let unknown = 0
  let asked = 0

  function begin(reader: Promise<void>): void {
    reading++
    void reader.catch((error) => ledger.problem("a reader that cannot read", `${error?.stack}`)).then(() => reading--)
  }

  async function late(read: () => Promise<void>): Promise<void> {
    await Bun.sleep(random() * LATE_MS_MAX)
    await read()
  }

  function addReaders(one: Told): void {
    told.push(one)
    begin(follow(world, one, addReader(one, "one that comes at once")))
    begin(late(() => follow(world, one, addReader(one, "one that leaves and comes back"), true)))
    begin(stall(world, one, addReader(one, "one that stalls")))
    for (const [name, client] of Object.entries(clients)) {
      const read = () => help(world, one, client, name)
      begin(random() < 0.5 ? read() : late(read))
    }
  }

  async function ask(): Promise<void> {
    const isTold = await create(world, makeTold(world, seed, ++asked), addReaders)
    if (!isTold) unknown++
  }

  function fill(): void {
    while (open < target) {
      open++
      const over = () => {
        open--
        fill()
      }
      begin(ask().finally(over))
    }
  }

  return {
    /** All whose id is known. */
    told,
    /** How many readers and creators have not come to their end. */
    reading: () => reading,
    /** How many requests were cut off before an id came. */
    unknown: () => unknown,
    asked: () => asked,

    keepOpen(count: number): void {
      target = count
      fill()
    },
  }
}

function makeTold({ random }: World, seed: number, job: number): Told {
  return {
    script: makeAnswerScript(random, seed, job),
    model: random() < 0.5 ? "cerebras/m" : "up/m",
    isFailing: random() < FAILING_SHARE,
    ...{ id: "", lines: [], readers: [], helpers: [], ended: Promise.withResolvers<void>() },
  }
}

/**
 * One response from its request to its end, as its creator reads it.
 * @param learn called once its id is known
 * @returns false: nobody knows whether it was accepted
 */
async function create(world: World, told: Told, learn: (told: Told) => void): Promise<boolean> {
  const { lives, random } = world
  const isKeyed = random() < KEYED_SHARE
  const headers = {
    ...(isKeyed ? { "idempotency-key": `answer-${told.script.job}` } : {}),
    ...(told.isFailing ? { "x-asyncgate-on-interrupt": "fail" } : {}),
  }
  const reader = addReader(told, "its creator")
  async function* hear(events: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const data of events) {
      if (told.id === "") {
        told.id = (JSON.parse(data) as { response: { id: string } }).response.id
        learn(told)
      }
      yield data
    }
  }
  while (told.id === "") {
    const life = await lives.whenUp()
    const events = await submit(world, told, headers, life)
    if (events) await readOn(world, told, reader, hear(events), life)
    // With a key it can be asked for again.
    if (told.id === "" && !(isKeyed && lives.current() !== life)) return false
  }
  await follow(world, told, reader)
  return true
}

/** The events of the response to a POST; null: it was cut off, or has been refused, which is a problem. */
async function submit({ ledger, lives, url }: World, told: Told, headers: Record<string, string>, life: number) {
  const { script, model } = told
  const body = JSON.stringify({ model, input: JSON.stringify(script), background: true, stream: true })
  const request = { method: "POST", headers: { "content-type": "application/json", ...headers }, body }
  try {
    const response = await fetch(`${url}/v1/responses`, { ...request, keepalive: false })
    if (response.status === 200 && response.body) return readEvents(response.body)
    const words = await response.text()
    if (lives.current() === life) ledger.problem("refused", `response ${script.job}: ${response.status} ${words}`)
  } catch (error) {
    if (lives.current() === life) ledger.problem("no connection", `response ${script.job}: ${error}`)
  }
  return null
}
