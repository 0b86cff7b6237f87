// How webhook endpoints and deliveries are stored: their columns by the members that they hold, lists as JSON text and switches as
// numbers.
import type { Delivery, WebhookEndpoint } from "../../webhooks/webhook.ts"
import { listNames, nameColumns } from "./columns.ts"
import { webhookDeliveries, webhookEndpoints } from "./tables.ts"

/** An endpoint or a delivery as a query returns it. */
export type StoredEndpoint = Omit<WebhookEndpoint, "events" | Switch> & { events: string } & Record<Switch, number>
export type StoredDelivery = Omit<Delivery, "tries"> & { tries: string }

const switches = ["allJobs", "includeResponse", "allowPrivateNetwork", "disabled"] as const
type Switch = (typeof switches)[number]

/** The columns of an endpoint, each with the member that it holds. */
export const endpointNames = listNames(webhookEndpoints).filter(({ column }) => column !== "removed_at")

/** The columns of each table, for a SELECT. */
export const endpointColumns = nameColumns(endpointNames)
export const deliveryColumns = nameColumns(listNames(webhookDeliveries).filter(({ column }) => column !== "job"))

export function readEndpoint(row: StoredEndpoint): WebhookEndpoint {
  const are = Object.fromEntries(switches.map((name) => [name, row[name] === 1])) as Record<Switch, boolean>
  return { ...row, ...are, events: JSON.parse(row.events) }
}

/** The values that are bound for a new or changed endpoint. */
export function toStored(endpoint: Omit<WebhookEndpoint, "number">): Omit<StoredEndpoint, "number"> {
  const are = Object.fromEntries(switches.map((name) => [name, Number(endpoint[name])])) as Record<Switch, number>
  return { ...endpoint, ...are, events: JSON.stringify(endpoint.events) }
}

export function readDelivery(row: StoredDelivery): Delivery {
  return { ...row, tries: JSON.parse(row.tries) }
}
