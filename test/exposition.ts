// Reads Prometheus' text format by its grammar, strictly: what a scraper would forgive fails here.

export interface Family {
  type: string
  help: string
  /** The name and the labels in their order -> the value. */
  samples: Map<string, number>
}

const HEAD = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/

/** @throws when the text is not what the format says, or not what it asks of counters and histograms */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end")
  const families = new Map<string, Family>()
  let name = ""
  for (const line of text.split("\n")) {
    if (line === "") continue
    const [, head, named = "", rest = ""] = HEAD.exec(line) ?? []
    if (head === "HELP") {
      if (families.has(named)) throw new Error(`${named} comes twice`)
      name = named
      families.set(name, { type: "", help: rest, samples: new Map() })
      continue
    }
    const family = families.get(name)
    if (!family) throw new Error(`outside of a family: ${line}`)
    if (head === "TYPE") {
      if (named !== name || family.type !== "" || family.samples.size > 0) throw new Error(`out of place: ${line}`)
      family.type = rest
    } else read(line, name, family)
  }
  for (const [familyName, family] of families) check(familyName, family)
  return families
}

/** The value of a sample, by its name and labels as they stand in the text; NaN where there is none. */
export function readSample(families: Map<string, Family>, sample: string): number {
  const name = sample.replace(/\{.*/, "")
  return families.get(name)?.samples.get(sample) ?? families.get(readBase(name))?.samples.get(sample) ?? Number.NaN
}

function read(line: string, name: string, { type, samples }: Family): void {
  const [, sampleName = "", labels = "", value = ""] = SAMPLE.exec(line) ?? []
  const belongs = type === "histogram" ? readBase(sampleName) === name : sampleName === name
  if (!belongs) throw new Error(`not a sample of ${name}: ${line}`)
  const seen = new Set<string>()
  for (let rest = labels; rest !== ""; ) {
    const [whole = "", label = ""] = LABEL.exec(rest) ?? []
    if (whole === "" || seen.has(label)) throw new Error(`labels that cannot be read: ${line}`)
    seen.add(label)
    rest = rest.slice(whole.length)
  }
  const key = labels === "" ? sampleName : `${sampleName}{${labels}}`
  if (samples.has(key)) throw new Error(`it comes twice: ${line}`)
  samples.set(key, Number(value.replace("Inf", "Infinity")))
}

function check(name: string, { type, samples }: Family): void {
  if (type !== "counter" && type !== "gauge" && type !== "histogram") throw new Error(`${name} has the type ${type}`)
  if (type === "counter" && !name.endsWith("_total")) throw new Error(`the counter ${name} does not end in _total`)
  if (type !== "gauge" && [...samples.values()].some((value) => !(value >= 0))) throw new Error(`${name} is below 0`)
  if (type === "histogram") checkHistogram(name, samples)
}

/** Buckets rise with their bounds, the last one has all, and as many as it has are counted. */
function checkHistogram(name: string, samples: Family["samples"]): void {
  const last = new Map<string, { bound: number; count: number }>()
  for (const [key, count] of samples) {
    const [, le = "", others = ""] = new RegExp(`^${name}_bucket\\{le="([^"]+)",?(.*)\\}$`).exec(key) ?? []
    if (le === "") continue
    const bound = Number(le.replace("Inf", "Infinity"))
    const before = last.get(others) ?? { bound: Number.NEGATIVE_INFINITY, count: 0 }
    if (!(bound > before.bound && count >= before.count)) throw new Error(`a bucket falls behind: ${key} ${count}`)
    last.set(others, { bound, count })
  }
  for (const [others, { bound, count }] of last) {
    const labels = others === "" ? "" : `{${others}}`
    if (bound !== Number.POSITIVE_INFINITY) throw new Error(`${name}${labels} has no last bucket`)
    if (samples.get(`${name}_count${labels}`) !== count) throw new Error(`${name}${labels} counts other than ${count}`)
    if (!samples.has(`${name}_sum${labels}`)) throw new Error(`${name}${labels} has no sum`)
  }
  if (samples.size !== [...samples.keys()].filter((key) => key.includes("_bucket{")).length + 2 * last.size) {
    throw new Error(`${name} has samples without buckets`)
  }
}

function readBase(name: string): string {
  return name.replace(/_(bucket|sum|count)$/, "")
}
