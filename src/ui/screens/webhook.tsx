// One webhook endpoint: how it stands, what was delivered to it and how, and what can be done with it.
import { useState } from "preact/hooks"
import { explain, send } from "../client.ts"
import { writeCount } from "../format.ts"
import { Deliveries } from "../parts/deliveries.tsx"
import { confirm } from "../parts/dialog.tsx"
import { Icon } from "../parts/icon.tsx"
import { Empty, Fact, Head, Loading, Panel, Trouble } from "../parts/panels.tsx"
import { ShownOnce } from "../parts/shownonce.tsx"
import { toast } from "../parts/toast.tsx"
import { Moment } from "../parts/values.tsx"
import { useResource } from "../resource.ts"
import { go, url, withQuery } from "../router.ts"
import { useShortcuts } from "../shortcuts.ts"
import {
  type DeliveryPage,
  deleteEndpoint,
  type Endpoint,
  findPath,
  joinTries,
  switchEndpoint,
  testEndpoint,
} from "../webhooks.ts"
import { WebhookDialog } from "./webhookdialog.tsx"
import { EndpointState } from "./webhooks.tsx"

const POLL_MS = 5000
const ROWS = 25

export function Screen({ params }: { params: Record<string, string> }) {
  return <EndpointPage key={params["id"]} id={params["id"] ?? ""} />
}

function EndpointPage({ id }: { id: string }) {
  const { data: endpoint, error, reload } = useResource<Endpoint>(findPath({ id }), POLL_MS)
  const [secret, setSecret] = useState<string | null>(null)
  useShortcuts({ u: { does: "Back to the endpoints", run: () => go("/ui/webhooks") } })
  return (
    <>
      <nav class="walk" aria-label="Webhook endpoints">
        <a class="button small" href="/ui/webhooks">
          <Icon name="back" />
          Webhooks
        </a>
      </nav>
      {endpoint === null ? <Head title="Webhook" /> : <Actions of={endpoint} onChange={reload} onSecret={setSecret} />}
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {secret === null ? null : (
        <ShownOnce
          key={secret}
          title="The new secret"
          what="the secret"
          value={secret}
          onClose={() => setSecret(null)}
        />
      )}
      {endpoint === null ? (
        error === null ? (
          <Loading what="Reading the endpoint" />
        ) : null
      ) : (
        <>
          <Facts of={endpoint} />
          <History id={id} />
        </>
      )}
    </>
  )
}

interface ActionsProps {
  of: Endpoint
  onChange(): void
  onSecret(secret: string): void
}

function Actions({ of: endpoint, onChange, onSecret }: ActionsProps) {
  const [isEditing, setEditing] = useState(false)
  const [event = ""] = endpoint.events
  const test = () => void testEndpoint(endpoint, event, onChange)
  useShortcuts({ t: { does: "Send a sample", run: test } })
  const remove = async () => {
    const isDone = await deleteEndpoint(
      endpoint,
      <p>
        Nothing more is sent to <strong>{endpoint.name}</strong>, and the record of what was sent goes with it.
      </p>,
    )
    if (isDone) go("/ui/webhooks")
  }
  return (
    <Head title="Webhook" lead={<span class="break">{endpoint.name}</span>}>
      <button type="button" title="Key t" onClick={test}>
        Send a sample
      </button>
      <button type="button" onClick={() => void rotate(endpoint, onSecret, onChange)}>
        Make a new secret…
      </button>
      {endpoint.is_read_only ? (
        <span class="note">in config.json: changed there</span>
      ) : (
        <>
          <button type="button" onClick={() => setEditing(true)}>
            Change…
          </button>
          <button type="button" onClick={() => void switchEndpoint(endpoint, onChange)}>
            {endpoint.disabled ? "Switch on" : "Switch off"}
          </button>
          <button type="button" class="danger" onClick={() => void remove()}>
            Delete…
          </button>
        </>
      )}
      {isEditing ? (
        <WebhookDialog
          edited={endpoint}
          onClose={(found) => {
            setEditing(false)
            if (found !== null) toast(`The endpoint ${found.endpoint.name} is changed.`, "good")
            onChange()
          }}
        />
      ) : null}
    </Head>
  )
}

async function rotate(endpoint: Endpoint, onSecret: (secret: string) => void, onChange: () => void): Promise<void> {
  const body = (
    <p>
      The gateway signs with the old secret too for 24 hours: give the new one to the receiver of{" "}
      <strong>{endpoint.name}</strong> in that time.
    </p>
  )
  if (!(await confirm({ title: "Make a new secret?", body, action: "Make a new secret" }))) return
  try {
    const ask = { keep_previous_hours: 24 }
    const { secret } = await send<{ secret: string }>("POST", `${findPath(endpoint)}/rotate-secret`, ask)
    onSecret(secret)
    onChange()
  } catch (error) {
    toast(explain(error), "bad")
  }
}

function Facts({ of: endpoint }: { of: Endpoint }) {
  const { url, events, consecutive_failures, pending_deliveries, secret_hint, previous_secret_until } = endpoint
  return (
    <section class="panel" aria-label="Facts">
      <dl class="facts">
        <Fact name="State" value={<EndpointState of={endpoint} />} />
        <Fact name="URL" value={<span class="break">{url}</span>} />
        <Fact name="Events" value={events.join(", ")} />
        <Fact name="Of which jobs" value={describeJobs(endpoint)} />
        <Fact name="Answers" value={endpoint.include_response ? "are sent too" : "are not sent"} />
        <Fact name="To be sent" value={writeCount(pending_deliveries)} />
        <Fact name="Last success" value={<Moment at={endpoint.last_success_at} />} />
        <Fact name="Last failure" value={<Moment at={endpoint.last_failure_at} />} />
        <Fact name="Failed in a row" value={writeCount(consecutive_failures)} isBad={consecutive_failures > 0} />
        <Fact name="Secret" value={<span class="mono">{secret_hint ?? "unknown"}</span>} />
        {previous_secret_until === null ? null : (
          <Fact name="The one before is void" value={<Moment at={previous_secret_until} />} />
        )}
      </dl>
    </section>
  )
}

function describeJobs({ owner, form, all_jobs }: Endpoint): string {
  const whose = owner === null ? "" : ` of ${owner.name ?? owner.id}`
  if (form === "event") return `responses and batches${whose}`
  return `${all_jobs ? "all" : "those that name it"}${whose}`
}

/** What was delivered, page by page. */
function History({ id }: { id: string }) {
  const offset = Math.max(0, Number(url.value.searchParams.get("offset")) || 0)
  const query = new URLSearchParams({ limit: String(ROWS), offset: String(offset) })
  const { data, error, reload } = useResource<DeliveryPage>(`${findPath({ id })}/deliveries?${query}`, POLL_MS)
  const total = data?.pagination.total_count ?? 0
  return (
    <Panel title="Deliveries" note={total === 0 ? null : writeCount(total)}>
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {data === null ? (
        error === null ? (
          <Loading what="Reading the deliveries" />
        ) : null
      ) : data.groups.length === 0 ? (
        <Empty title="Nothing was delivered yet">
          <p>A sample tells whether the receiver takes what the gateway sends; it is not recorded here.</p>
        </Empty>
      ) : (
        <Deliveries deliveries={joinTries(data)} of="endpoint" onDone={reload} />
      )}
      <div class="actions">
        {offset === 0 ? null : (
          <a class="button small" href={withQuery({ offset: offset > ROWS ? String(offset - ROWS) : null })}>
            Newer
          </a>
        )}
        {offset + ROWS >= total ? null : (
          <a class="button small" href={withQuery({ offset: String(offset + ROWS) })}>
            Older
          </a>
        )}
      </div>
    </Panel>
  )
}
