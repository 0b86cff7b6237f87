ALTER TABLE `batches` ADD `cost` real;--> statement-breakpoint
ALTER TABLE `batches` ADD `calls_without_cost` integer DEFAULT 0 NOT NULL;