CREATE TABLE `answer_events` (
	`place` integer PRIMARY KEY NOT NULL,
	`job` integer NOT NULL,
	`first` integer NOT NULL,
	`attempt` integer NOT NULL,
	`count` integer NOT NULL,
	`data` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `answer_events_job` ON `answer_events` (`job`,`first`);