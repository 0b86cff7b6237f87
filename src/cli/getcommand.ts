// The command get: prints the answer of a job, or what was asked.
import { copy, printAnswer } from "./answers.ts"
import { openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readCount, readText } from "./input.ts"
import { findId, JOBS } from "./jobcalls.ts"

export async function run(input: Input): Promise<number> {
  const { terminal, words } = input
  const file = readText(input, "output")
  const index = readCount(input, "index", 0, 0)
  const gateway = openGateway(input)
  const id = await findId(words[0] ?? "", gateway)
  if (!isSet(input, "request")) {
    return printAnswer(id, gateway, terminal, {
      file,
      index,
      isJson: isSet(input, "json"),
      isQuiet: isSet(input, "quiet"),
    })
  }
  const path = `${JOBS}/${id}/request`
  if (terminal.isTerminal && file === null) terminal.show(`${(await gateway.read(path)).text}\n`)
  else await copy(await gateway.ask(path), { again: `asyncgate get ${id}`, file, url: gateway.url }, terminal)
  return 0
}
