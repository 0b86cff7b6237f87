CREATE TABLE `conversation_items` (
	`conversation` integer NOT NULL,
	`place` integer NOT NULL,
	`id` text NOT NULL,
	`provider` text,
	`item` text NOT NULL,
	PRIMARY KEY(`conversation`, `place`),
	FOREIGN KEY (`conversation`) REFERENCES `conversations`(`number`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `conversation_items_id` ON `conversation_items` (`conversation`,`id`);--> statement-breakpoint
CREATE TABLE `conversations` (
	`number` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`owner` text NOT NULL,
	`metadata` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `conversations_expires_at` ON `conversations` (`expires_at`);