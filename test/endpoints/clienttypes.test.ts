// What clients know of the request types is what their endpoints say.
import { expect, test } from "bun:test"
import { clientTypes, getClientType } from "../../src/endpoints/clienttypes.ts"
import { described, type Endpoint } from "../../src/endpoints/endpoint.ts"
import { endpoints } from "../../src/endpoints/endpoints.ts"

test("there are as many as endpoints, in their order", () => {
  expect(Object.values(clientTypes).map(({ requestType }) => requestType)).toEqual(
    endpoints.map(({ requestType }) => requestType),
  )
  expect(() => getClientType("poem")).toThrow("poem")
})

test.each(endpoints.map((endpoint): [string, Endpoint] => [endpoint.requestType, endpoint]))(
  "%s says truly whether it streams, holds images and takes a file",
  (_, endpoint) => {
    const { isStreamed, hasImages, filePart, path, jobsPath } = getClientType(endpoint.requestType)
    const { parts = {} } = described(endpoint)
    expect({ path, jobsPath, isStreamed: isStreamed === true, hasImages: hasImages === true, filePart }).toEqual({
      path: endpoint.path,
      jobsPath: endpoint.jobsPath,
      isStreamed: endpoint.stream !== undefined,
      hasImages: endpoint.readImage !== undefined,
      filePart: Object.keys(parts)[0],
    })
  },
)
