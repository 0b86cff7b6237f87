import { describe, expect, test } from "bun:test"
import { getCACertificates } from "node:tls"
import type { ProviderConfig } from "../../../src/config/schema.ts"
import { readNetwork } from "../../../src/providers/net/network.ts"
import { makeCertificates } from "../../certificates.ts"

const read = (proxy_config?: ProviderConfig["proxy_config"], network_config?: ProviderConfig["network_config"]) =>
  readNetwork(
    { ...(proxy_config ? { proxy_config } : {}), ...(network_config ? { network_config } : {}) },
    "providers.x",
  )

describe("a proxy", () => {
  test.each([
    [undefined, undefined],
    [{}, undefined],
    [{ type: "environment" }, undefined],
    [{ type: "environment", url: "http://ignored" }, undefined],
    [{ type: "none" }, false],
    [{ type: "none", url: "http://proxy:3128" }, false],
    [{ type: "http", url: "http://proxy:3128" }, "http://proxy:3128/"],
    [{ url: "http://proxy:3128" }, "http://proxy:3128/"],
    [{ type: "http", url: "https://proxy", username: "a b", password: "p@s:s" }, "https://a%20b:p%40s%3As@proxy/"],
  ] as const)("of %j is %j", (config, proxy) => {
    expect(read(config)).toMatchObject({ off: null, warnings: [] })
    expect(read(config).network?.proxy).toBe(proxy as never)
  })

  test.each([
    [{ type: "socks5", url: "socks5://proxy:1080" }, "SOCKS proxies are not served here; write"],
    [{ url: "socks5h://proxy:1080" }, "SOCKS proxies are not served here; write"],
    [{ type: "http" }, "proxy_config.url is no address; write"],
    [{ type: "http", url: "proxy:3128" }, "proxy_config.url is no address; write"],
    [{ type: "ftp", url: "http://proxy" }, "proxy_config.type is not known; write"],
  ] as const)("of %j turns the provider off", (config, says) => {
    expect(read(config).off).toContain(says)
  })
})

describe("certificates", () => {
  test("are trusted besides the usual ones, however their line breaks are written", async () => {
    const { ca } = await makeCertificates()
    for (const text of [ca, ca.replaceAll("\n", "\\n"), `a comment\n${ca}\n${ca}`]) {
      const found = read(undefined, { ca_cert_pem: text }).network?.tls?.ca ?? []
      expect(found.length).toBeGreaterThan(getCACertificates("default").length)
      expect(found.at(-1)?.replace(/\s/g, "")).toBe(ca.replace(/\s/g, ""))
    }
    expect(read({ type: "environment", ca_cert_pem: ca }).network?.tls?.ca).toContain(ca.trim())
  })

  test.each(["", undefined])("that are not there change nothing: %j", (ca_cert_pem) => {
    expect(read(undefined, ca_cert_pem === undefined ? {} : { ca_cert_pem }).network).toBeNull()
  })

  test.each(["garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "/etc/ssl/my.pem"])(
    "that cannot be read turn the provider off: %j",
    (text) => {
      expect(read(undefined, { ca_cert_pem: text }).off).toMatch(
        /^network_config\.ca_cert_pem is no certificate; write it in PEM/,
      )
      expect(read({ ca_cert_pem: text }).off).toMatch(/^proxy_config\.ca_cert_pem is no certificate/)
    },
  )

  test("that are not looked at are warned of", () => {
    const { network, warnings, off } = read(undefined, { insecure_skip_verify: true })
    expect({ network, off }).toEqual({ network: { tls: { rejectUnauthorized: false } }, off: null })
    expect(warnings.map(({ path }) => path)).toEqual(["providers.x.network_config.insecure_skip_verify"])
    expect(warnings[0]?.says).toContain(
      "can read the keys, prompts and answers of every call; write network_config.ca_cert_pem",
    )
    expect(read(undefined, { insecure_skip_verify: false })).toMatchObject({ network: null, warnings: [] })
  })
})
