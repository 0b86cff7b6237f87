CREATE TABLE `answer_events` (
	`job` integer NOT NULL,
	`first` integer NOT NULL,
	`attempt` integer NOT NULL,
	`count` integer NOT NULL,
	`data` blob NOT NULL,
	PRIMARY KEY(`job`, `first`)
) WITHOUT ROWID;
