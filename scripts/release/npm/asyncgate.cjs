#!/usr/bin/env node
"use strict"
// Finds the program in the package of this system and becomes it, or where that cannot be, runs it and passes signals on.
const { accessSync, constants, existsSync } = require("node:fs")
const { platform, arch, version } = process

const loaders = { x64: "/lib64/ld-linux-x86-64.so.2", arm64: "/lib/ld-linux-aarch64.so.1" }
const system = platform === "win32" ? "windows" : platform
const file = platform === "win32" ? "asyncgate.exe" : "asyncgate"

/** npm installs the package of this system alone. Where a client installed those of glibc and of musl, the loader tells which runs. */
function findProgram() {
  const plain = `@asyncgate/${system}-${arch}`
  const names = platform === "linux" ? [plain, `${plain}-musl`] : [plain]
  const found = names.flatMap((name) => {
    try {
      return [require.resolve(`${name}/bin/${file}`)]
    } catch {
      return []
    }
  })
  return found.length === 2 && !existsSync(loaders[arch]) ? found[1] : found[0]
}

function fail(message) {
  process.stderr.write(`asyncgate: ${message}\n`)
  process.exit(1)
}

function run(program, args) {
  // Node.js aborts, with a dump of memory, where execve fails.
  try {
    accessSync(program, constants.X_OK)
  } catch ({ code }) {
    fail(`${program} cannot be run (${code}): make it executable with chmod +x, or install the package anew`)
  }
  if (typeof process.execve === "function" && platform !== "win32")
    process.execve(program, [program, ...args], process.env)
  const child = require("node:child_process").spawn(program, args, { stdio: "inherit" })
  // A terminal sends these to the program too: passed on, they would be the second signal, which stops it at once.
  const ofTerminal = ["SIGINT", "SIGQUIT", "SIGHUP"]
  const { stdin, stdout, stderr } = process
  const isOnTerminal = Boolean(stdin.isTTY || stdout.isTTY || stderr.isTTY)
  for (const signal of ["SIGTERM", ...ofTerminal]) {
    process.on(signal, () => {
      if (!(isOnTerminal && ofTerminal.includes(signal))) child.kill(signal)
    })
  }
  child.on("error", ({ message }) => fail(`${program} cannot be run: ${message}`))
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

const program = findProgram()
if (program === undefined) {
  fail(
    `there is no package @asyncgate/${system}-${arch} beside this one. It is an optional dependency: install without --omit=optional ` +
      `(or --no-optional), and on the system that runs it. Published are linux, darwin and windows, each for x64 and arm64; ` +
      `this is ${platform} on ${arch}, Node.js ${version}.`,
  )
}
run(program, process.argv.slice(2))
