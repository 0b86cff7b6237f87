// How the dashboard is served: one page under all of its addresses, files that are kept for good, and nothing of another host.
import { afterAll, describe, expect, test } from "bun:test"
import { launch, start } from "../harness.ts"

const gateway = await launch()
afterAll(() => gateway.dispose())

const page = await (await gateway.fetch("/ui")).text()
const files = [...page.matchAll(/(?:src|href)="(\/ui\/assets\/[^"]+)"/g)].map((match) => match[1] ?? "")

describe("the page", () => {
  test.each(["/ui", "/ui/", "/ui/jobs", "/ui/jobs/0199-any?status=failed"])("is at %s", async (path) => {
    const response = await gateway.fetch(path)
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8")
    expect(await response.text()).toBe(page)
  })

  test("allows no script, style or text of its own to become code, and no other host", async () => {
    const { headers } = await gateway.fetch("/ui")
    const policy = headers.get("content-security-policy") ?? ""
    expect(policy).toStartWith("default-src 'none'; script-src 'self'; style-src 'self';")
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(headers.get("x-content-type-options")).toBe("nosniff")
    expect(headers.get("referrer-policy")).toBe("no-referrer")
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin")
    expect(page).not.toMatch(/<script(?![^>]*src=)|<style| style=| on\w+=|https?:\/\/(?!www\.w3\.org)/)
  })

  test("is asked for again, and is not sent twice", async () => {
    const { headers } = await gateway.fetch("/ui")
    expect(headers.get("cache-control")).toBe("no-cache")
    const again = await gateway.fetch("/ui/jobs", { headers: { "if-none-match": headers.get("etag") ?? "" } })
    expect(again.status).toBe(304)
  })

  test("may be opened by a link of another site, which may not load what it is made of", async () => {
    const of = (mode: string) => ({ headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": mode } })
    expect((await gateway.fetch("/ui", of("navigate"))).status).toBe(200)
    expect((await gateway.fetch(files[0] ?? "", of("no-cors"))).status).toBe(403)
  })
})

describe("its files", () => {
  test("are named by their content, and are kept for good", async () => {
    expect(files.length).toBe(2)
    for (const file of files) {
      expect(file).toMatch(/^\/ui\/assets\/[\w-]+-\w{8}\.(js|css)$/)
      const { status, headers } = await gateway.fetch(file)
      expect(status).toBe(200)
      expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable")
      expect(headers.get("content-type")).toMatch(/^text\/(javascript|css); charset=utf-8$/)
    }
  })

  test("come compressed, and plain for who does not take that", async () => {
    const plain = await gateway.fetch(files[0] ?? "", { headers: { "accept-encoding": "identity" } })
    const gzip = await gateway.fetch(files[0] ?? "", { headers: { "accept-encoding": "gzip" } })
    expect([plain.headers.get("content-encoding"), gzip.headers.get("content-encoding")]).toEqual([null, "gzip"])
    expect(await plain.text()).toBe(await gzip.text())
  })

  test.each(["nothing-12345678.js", "index.html", "..%2f..%2fmain.js", "%2e%2e%2findex.html.gz", "."])(
    "are the only ones: not %s",
    async (name) => {
      const response = await gateway.fetch(`/ui/assets/${name}`)
      // A path that is no file's is a page's.
      const isPage = response.status === 200 && (await response.text()) === page
      expect(isPage || response.status === 404).toBe(true)
    },
  )
})

test("the first view weighs at most 40 KB, and all files 150 KB", async () => {
  const weigh = async (path: string) => {
    const response = await fetch(gateway.url + path, { headers: { "accept-encoding": "gzip" }, decompress: false })
    return { path, bytes: (await response.arrayBuffer()).byteLength }
  }
  const script = files.find((file) => file.endsWith(".js")) ?? ""
  const seen = new Set(files)
  const queue = [script]
  // Chunks name the chunks that they load.
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const text = await (await gateway.fetch(file)).text()
    for (const [name] of text.matchAll(/[\w-]+-\w{8}\.js/g)) {
      const path = `/ui/assets/${name}`
      if (seen.has(path)) continue
      seen.add(path)
      queue.push(path)
    }
  }
  const all = await Promise.all([...seen].map(weigh))
  const sum = (some: { bytes: number }[]) => some.reduce((total, { bytes }) => total + bytes, 0)
  const chunks = all.filter(({ path }) => !files.includes(path))
  const largest = Math.max(...chunks.map(({ bytes }) => bytes))
  expect(chunks.length).toBeGreaterThan(1)
  expect(sum(all.filter(({ path }) => files.includes(path))) + largest).toBeLessThan(40 * 1024)
  expect(sum(all)).toBeLessThan(150 * 1024)
})

test("it can be switched off: then a browser is led to the page of the API", async () => {
  const off = await start({ config: { ui: { enabled: false } } })
  for (const path of ["/ui", "/ui/jobs", files[0] ?? ""]) {
    const response = await off.fetch(path)
    expect(response.status).toBe(404)
    expect(await response.text()).toContain("ui.enabled")
  }
  const home = await off.fetch("/", { headers: { accept: "text/html" }, redirect: "manual" })
  expect(home.headers.get("location")).toBe("/docs")
  expect(await (await off.fetch("/")).json()).not.toHaveProperty("ui")
})
