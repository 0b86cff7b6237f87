CREATE TABLE `attempts` (
	`job` integer NOT NULL,
	`attempt` integer NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`started_at` integer NOT NULL,
	`finished_at` integer NOT NULL,
	`outcome` text NOT NULL,
	`status` integer,
	`key_name` text,
	`reason` text,
	`upstream_request_id` text,
	`usage` text,
	`cost` real,
	PRIMARY KEY(`job`, `attempt`),
	FOREIGN KEY (`job`) REFERENCES `jobs`(`number`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `contents` (
	`place` integer PRIMARY KEY NOT NULL,
	`data` blob NOT NULL,
	CONSTRAINT "contents_size" CHECK(length("contents"."data") <= 262144)
);
--> statement-breakpoint
CREATE TABLE `jobs` (
	`number` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`request_id` text NOT NULL,
	`request_type` text NOT NULL,
	`owner` text NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`state` text NOT NULL,
	`priority` integer NOT NULL,
	`key_choice` text NOT NULL,
	`key_id` text,
	`attempt` integer NOT NULL,
	`failures` integer NOT NULL,
	`losses` integer NOT NULL,
	`loss_retries` integer,
	`crashes` integer NOT NULL,
	`created_at` integer NOT NULL,
	`run_at` integer NOT NULL,
	`deadline_at` integer NOT NULL,
	`started_at` integer,
	`lease_until` integer,
	`ttl_ms` integer NOT NULL,
	`form` text,
	`extras` text,
	`fallbacks` text,
	`primary_error` text,
	`provider_state` text,
	`secret` blob,
	`idempotency_key` text,
	`body_digest` text,
	`completed_at` integer,
	`expires_at` integer,
	`status_code` integer,
	`error` text,
	`usage` text,
	`warnings` text,
	`content_kind` text,
	CONSTRAINT "jobs_state" CHECK(CASE "jobs"."state"
        WHEN 'queued' THEN "jobs"."lease_until" IS NULL AND "jobs"."completed_at" IS NULL AND "jobs"."error" IS NULL
        WHEN 'waiting' THEN "jobs"."provider_state" IS NOT NULL AND "jobs"."lease_until" IS NULL AND "jobs"."completed_at" IS NULL AND "jobs"."error" IS NULL
        WHEN 'running' THEN "jobs"."lease_until" IS NOT NULL AND "jobs"."completed_at" IS NULL AND "jobs"."error" IS NULL
        WHEN 'succeeded' THEN "jobs"."lease_until" IS NULL AND "jobs"."completed_at" IS NOT NULL AND "jobs"."error" IS NULL
        WHEN 'failed' THEN "jobs"."lease_until" IS NULL AND "jobs"."completed_at" IS NOT NULL AND "jobs"."error" IS NOT NULL
        WHEN 'cancelled' THEN "jobs"."lease_until" IS NULL AND "jobs"."completed_at" IS NOT NULL AND "jobs"."error" IS NOT NULL
        ELSE 0 END),
	CONSTRAINT "jobs_ended" CHECK(("jobs"."expires_at" IS NULL) = ("jobs"."completed_at" IS NULL)
        AND ("jobs"."status_code" IS NULL) = ("jobs"."completed_at" IS NULL)
        AND ("jobs"."secret" IS NULL OR "jobs"."completed_at" IS NULL)),
	CONSTRAINT "jobs_attempts" CHECK(0 <= "jobs"."failures" AND "jobs"."failures" <= "jobs"."attempt"
        AND ("jobs"."started_at" IS NULL) = ("jobs"."attempt" = 0))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_id_unique` ON `jobs` (`id`);--> statement-breakpoint
CREATE INDEX `jobs_owner` ON `jobs` (`owner`,`id`) WHERE owner <> '';--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_idempotency_key` ON `jobs` (`idempotency_key`) WHERE idempotency_key IS NOT NULL;--> statement-breakpoint
CREATE INDEX `jobs_due` ON `jobs` (`provider`,`model`,`key_choice`,`owner`,`priority`,`run_at`) WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX `jobs_waiting` ON `jobs` (`run_at`) WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX `jobs_deadline` ON `jobs` (`deadline_at`) WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX `jobs_lease_until` ON `jobs` (`lease_until`) WHERE state = 'running';--> statement-breakpoint
CREATE INDEX `jobs_expires_at` ON `jobs` (`expires_at`) WHERE expires_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `quotas` (
	`provider` text NOT NULL,
	`key_id` text NOT NULL,
	`model` text NOT NULL,
	`closed_until` integer NOT NULL,
	`spacing_ms` real,
	PRIMARY KEY(`provider`, `key_id`, `model`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `requests` (
	`place` integer PRIMARY KEY NOT NULL,
	`data` blob NOT NULL,
	CONSTRAINT "requests_size" CHECK(length("requests"."data") <= 262144)
);
--> statement-breakpoint
CREATE TABLE `results` (
	`place` integer PRIMARY KEY NOT NULL,
	`data` blob NOT NULL,
	CONSTRAINT "results_size" CHECK(length("results"."data") <= 262144)
);
--> statement-breakpoint
CREATE TABLE `spending` (
	`owner` text NOT NULL,
	`day` integer NOT NULL,
	`tokens` integer NOT NULL,
	`cost` real NOT NULL,
	PRIMARY KEY(`owner`, `day`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `uploads` (
	`job_id` text PRIMARY KEY NOT NULL,
	`number` integer NOT NULL,
	`started_at` integer NOT NULL
);
