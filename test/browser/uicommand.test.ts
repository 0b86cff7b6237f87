// The command ui, with a real browser: it opens signed in, and the token stays in its tab.
import { expect, test } from "bun:test"
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { tempDir } from "../cleanup.ts"
import { runClient } from "../commands.ts"
import { onChange, start } from "../harness.ts"
import { describeInBrowser, visit } from "./stage.ts"

describeInBrowser("asyncgate ui", () => {
  test("opens the dashboard as the admin: neither the address nor the history has the token", async () => {
    const gateway = await start()
    const token = await gateway.adminToken()
    const dir = tempDir()
    const noted = join(dir, "opened")
    // It tells what it shall open, and this test opens that.
    writeFileSync(join(dir, "xdg-open"), `#!/bin/sh\nprintf %s "$1" > ${dir}/draft && /bin/mv ${dir}/draft ${noted}\n`)
    chmodSync(join(dir, "xdg-open"), 0o755)
    const env = { PATH: dir, DISPLAY: ":0", TMPDIR: dir, ASYNCGATE_TOKEN: token }
    const command = runClient(gateway, ["ui"], { env })
    await onChange(dir, () => existsSync(noted))
    const { page } = await visit(`file://${readFileSync(noted, "utf8")}`)
    await page.waitForURL((url) => url.href.startsWith(`${gateway.url}/ui`) && url.hash === "")
    const me = await page.evaluate(async () => {
      const headers = { authorization: `Bearer ${sessionStorage.getItem("asyncgate.token")}` }
      return (await fetch("/v1/async/me", { headers })).json()
    })
    expect(me).toMatchObject({ kind: "admin" })
    expect(page.url()).not.toContain(token)
    await page.goBack().catch(() => null)
    expect(page.url()).not.toContain(token)
    expect(await command).toMatchObject({ code: 0, stderr: "signed in as the admin\n" })
  })
})
