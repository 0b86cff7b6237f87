// What is done with one job: asked first, done by the gateway, and told. The list and the page of a job share it.
import { explain, send } from "../client.ts"
import { writeMoney } from "../format.ts"
import { isEnded } from "../fulljob.ts"
import { act } from "../parts/act.ts"
import { confirm } from "../parts/dialog.tsx"
import { toast } from "../parts/toast.tsx"

interface Target {
  id: string
  state: string
  cost_usd: number | null
}

export async function cancelJob(job: Target): Promise<void> {
  if (isEnded(job)) return toast("This job has ended: there is nothing to cancel.")
  const body = "A call that is under way is aborted; the provider may charge for it."
  if (!(await confirm({ title: "Cancel this job?", body, action: "Cancel the job", isDangerous: true }))) return
  await act(() => send("POST", `/v1/async/jobs/${job.id}/cancel`), "The job is cancelled.")
}

/** Runs the same request again, as a new job. */
export async function retryJob({ id, cost_usd }: Target): Promise<void> {
  const body = `A new job is made of the same request, and its calls cost again. What this one has cost: ${writeMoney(cost_usd)}.`
  if (!(await confirm({ title: "Run this job again?", body, action: "Run it again" }))) return
  try {
    const made = await send<{ id: string }>("POST", `/v1/async/jobs/${id}/replay`, {})
    toast("A new job is made of it.", "good", `/ui/jobs/${made.id}`)
  } catch (error) {
    toast(explain(error), "bad")
  }
}

/** Whether it is gone. */
export async function deleteJob(job: Target): Promise<boolean> {
  const running = isEnded(job) ? "" : " Its call is aborted; the provider may charge for it."
  const body = `Its request, its result and its attempts are gone for good.${running}`
  if (!(await confirm({ title: "Delete this job?", body, action: "Delete the job", isDangerous: true }))) return false
  return act(() => send("DELETE", `/v1/async/jobs/${job.id}`), "The job is deleted.")
}
