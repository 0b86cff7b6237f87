// Holds every test to this machine: a fetch that leaves loopback fails before it is made.
const direct = globalThis.fetch

const guarded = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const { hostname } = new URL(input instanceof Request ? input.url : input)
  if (!/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)) throw new Error(`a test tried to reach ${hostname}`)
  return await direct(input, init)
}
globalThis.fetch = Object.assign(guarded, { preconnect: direct.preconnect })
