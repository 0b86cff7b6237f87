// The ids of the items of a response that is made of a chat completion. They are known before the items are whole. Pure.

/** @param id of the response, without `resp_` */
export function itemIds(id: string) {
  return {
    reasoning: `rs_${id}`,
    message: `msg_${id}`,
    image: (at: number) => `ig_${id}_${at}`,
    call: (at: number) => `fc_${id}_${at}`,
  }
}
