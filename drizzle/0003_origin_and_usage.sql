CREATE TABLE `usage_daily` (
	`day` integer NOT NULL,
	`owner` text NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`request_type` text NOT NULL,
	`key_name` text NOT NULL,
	`calls` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`cost` real NOT NULL,
	`calls_without_cost` integer NOT NULL,
	PRIMARY KEY(`day`, `owner`, `provider`, `model`, `request_type`, `key_name`)
) WITHOUT ROWID;
--> statement-breakpoint
-- Only the tokens of both directions together were kept, and of what they were is not known.
INSERT INTO `usage_daily` SELECT `day`, `owner`, 'unknown', 'unknown', 'unknown', '', 0, `tokens`, 0, `cost`, 0 FROM `spending`;--> statement-breakpoint
DROP TABLE `spending`;--> statement-breakpoint
DROP INDEX `jobs_lease_until`;--> statement-breakpoint
DROP INDEX `jobs_expires_at`;--> statement-breakpoint
ALTER TABLE `jobs` ADD `origin_id` text;--> statement-breakpoint
CREATE INDEX `jobs_reaped_at` ON `jobs` (CASE WHEN lease_until IS NULL THEN expires_at ELSE lease_until + 4503599627370496 END) WHERE CASE WHEN lease_until IS NULL THEN expires_at ELSE lease_until + 4503599627370496 END IS NOT NULL;