CREATE TABLE `batch_refusals` (
	`batch` integer NOT NULL,
	`line` integer NOT NULL,
	`status_code` integer NOT NULL,
	`error` text NOT NULL,
	PRIMARY KEY(`batch`, `line`),
	FOREIGN KEY (`batch`) REFERENCES `batches`(`number`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `batches` (
	`number` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`owner` text NOT NULL,
	`sealed` blob,
	`url` text NOT NULL,
	`request_type` text NOT NULL,
	`input_file` text NOT NULL,
	`window` text NOT NULL,
	`expires_at` integer NOT NULL,
	`metadata` text,
	`output_ttl_ms` integer NOT NULL,
	`status` text NOT NULL,
	`errors` text,
	`total` integer,
	`taken` integer NOT NULL,
	`completed` integer NOT NULL,
	`failed` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`output_file` text,
	`error_file` text,
	`created_at` integer NOT NULL,
	`in_progress_at` integer,
	`finalizing_at` integer,
	`completed_at` integer,
	`failed_at` integer,
	`expired_at` integer,
	`cancelling_at` integer,
	`cancelled_at` integer,
	CONSTRAINT "batches_sealed" CHECK("batches"."sealed" IS NULL OR "batches"."status" IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
);
--> statement-breakpoint
CREATE INDEX `batches_unfinished` ON `batches` (`number`) WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling');--> statement-breakpoint
CREATE TABLE `files` (
	`number` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`owner` text NOT NULL,
	`filename` text NOT NULL,
	`purpose` text NOT NULL,
	`bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer
);
--> statement-breakpoint
CREATE INDEX `files_expires_at` ON `files` (`expires_at`) WHERE expires_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `batch` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `batch_line` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_batch` ON `jobs` (`batch`,`batch_line`) WHERE batch IS NOT NULL;