// What the doctor looks at on this machine, one thing after the other: the configuration, and all that lies in the app directory.
import { findAppDir } from "../config/appdir.ts"
import { type Config, readConfig } from "../config/load.ts"
import { ConfigError, describeWarning } from "../config/problems.ts"
import { readElsewhere } from "../jobs/sqlite/elsewhere.ts"
import type { Sight } from "../jobs/sqlite/snapshot.ts"
import { describeAccess, isGuessed } from "../providers/local.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { resolveProviders } from "../providers/settings.ts"
import { createResults, type Result } from "./doctor.ts"
import { checkDatabase, checkKeys } from "./doctordata.ts"
import { checkServer } from "./doctordatabase.ts"
import { checkClock, checkDirectory, checkDisk, checkKinds, checkLeftovers, checkPort } from "./doctormachine.ts"
import { type Input, readText } from "./input.ts"

/** Everything on this machine. @param runningAt where the gateway of the directory listens; null: none runs */
export async function checkHere(input: Input, runningAt: string | null): Promise<Result[]> {
  const { env, makeChecker } = input
  const appDir = findAppDir(readText(input, "appDir"), env)
  const kinds = checkKinds(appDir)
  if (kinds.length > 0) return kinds
  const { results, config } = checkConfig(appDir, input)
  let sight: Sight | null = null
  const checks: [check: string, look: () => Result[] | Promise<Result[]>][] = [
    ["port", () => (config === null ? [] : [checkPort(config, runningAt)])],
    ["directory", () => checkDirectory(appDir)],
    ["disk", () => checkDisk(appDir, config?.client.disk_reserve_mb ?? null)],
    [
      "database",
      async () => {
        const [url, place] = [config?.database ?? null, readElsewhere(appDir)]
        if (url !== null || place !== null) return await checkServer(url, place)
        const found = await checkDatabase(appDir, makeChecker, runningAt !== null)
        sight = found.sight
        return found.results
      },
    ],
    ["keys", () => checkKeys(appDir, env, sight)],
    ["clock", () => [checkClock(appDir, sight?.newestAt ?? null)]],
    ["leftovers", () => checkLeftovers(appDir)],
    ["providers", () => (config === null || runningAt !== null ? [] : [listProviders(config)])],
  ]
  for (const [check, look] of checks) results.push(...(await tryTo(check, look)))
  return results
}

/** What keeps one thing from being looked at does not keep the others from it. */
export async function tryTo(check: string, look: () => Result[] | Promise<Result[]>): Promise<Result[]> {
  try {
    return await look()
  } catch (thrown) {
    return [createResults(check).error(`it cannot be looked at: ${(thrown as Error).message}`)]
  }
}

/** What the gateway would say of config.json, of the flags and of the environment that this command sees. */
export function checkConfig(
  appDir: string,
  { env }: Input,
): { results: Result[]; config: Config<ProviderSettings[]> | null } {
  const { ok, warning, error } = createResults("config")
  try {
    const command = readConfig(["--app-dir", appDir], env, resolveProviders)
    if (command.kind !== "serve") throw new Error(`the configuration was read as ${command.kind}`)
    const { config } = command
    const warnings = [
      ...config.warnings.map((each) => warning(describeWarning(each))),
      ...config.ignored.map((path) =>
        warning(`config.json: ${path} is not known to this version, and is ignored`, "remove it, or correct its name"),
      ),
    ]
    return { results: warnings.length > 0 ? warnings : [ok("nothing is wrong with it")], config }
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    const { mistakes, problems } = thrown
    const results = [
      ...mistakes.map((mistake) => error(mistake)),
      ...problems.map(({ path, found, fix }) => error(`${path}: found ${found}`, `write ${fix}`)),
    ]
    return { results, config: null }
  }
}

function listProviders({ providers }: Config<ProviderSettings[]>): Result {
  const names = providers.filter((one) => describeAccess(one) !== null && !isGuessed(one)).map(({ name }) => name)
  return createResults("providers").ok(
    `${names.length} could be called with the keys of this environment and of config.json: ${names.join(", ")}`,
  )
}
