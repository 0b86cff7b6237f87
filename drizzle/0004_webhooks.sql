CREATE TABLE `webhook_deliveries` (
	`endpoint` integer NOT NULL,
	`job` integer NOT NULL,
	`job_id` text NOT NULL,
	`request_id` text NOT NULL,
	`request_type` text NOT NULL,
	`event` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`failures` integer NOT NULL,
	`next_at` integer,
	`created_at` integer NOT NULL,
	`ended_at` integer,
	`tries` text NOT NULL,
	PRIMARY KEY(`endpoint`, `job`),
	CONSTRAINT "webhook_deliveries_state" CHECK(("webhook_deliveries"."state" = 'pending') = ("webhook_deliveries"."next_at" IS NOT NULL) AND ("webhook_deliveries"."next_at" IS NULL) = ("webhook_deliveries"."ended_at" IS NOT NULL))
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`endpoint`,`next_at`) WHERE next_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `webhook_endpoints` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`owner` text NOT NULL,
	`source` text NOT NULL,
	`name` text NOT NULL,
	`url` text NOT NULL,
	`form` text NOT NULL,
	`events` text NOT NULL,
	`all_jobs` integer NOT NULL,
	`include_response` integer NOT NULL,
	`allow_private_network` integer NOT NULL,
	`schedule` text NOT NULL,
	`max_retries` integer NOT NULL,
	`retry_backoff_initial_ms` integer NOT NULL,
	`retry_backoff_max_ms` integer NOT NULL,
	`attempt_timeout_ms` integer NOT NULL,
	`response_bytes_max` integer NOT NULL,
	`max_concurrent_deliveries` integer NOT NULL,
	`disabled` integer NOT NULL,
	`sealed` blob,
	`previous_until` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`removed_at` integer,
	`consecutive_failures` integer NOT NULL,
	`failing_since` integer,
	`last_success_at` integer,
	`last_failure_at` integer,
	`disabled_reason` text,
	`disabled_at` integer,
	CONSTRAINT "webhook_endpoints_sealed" CHECK(("webhook_endpoints"."sealed" IS NULL) = ("webhook_endpoints"."removed_at" IS NOT NULL)),
	CONSTRAINT "webhook_endpoints_off" CHECK(("webhook_endpoints"."disabled_at" IS NULL) = ("webhook_endpoints"."disabled_reason" IS NULL))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `webhook_endpoints_name` ON `webhook_endpoints` (`owner`,`name`) WHERE removed_at IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `webhook_endpoints_id` ON `webhook_endpoints` (`id`);--> statement-breakpoint
ALTER TABLE `jobs` ADD `webhook` integer;