// What a call of a client, whose promises are its own, fails with.
export async function catchError(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error("the call did not fail")
}
