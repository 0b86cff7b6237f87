-- Numbers were counted. From here on they are read from the ids: 39 bits of time since 2026, and the 12 bits of the counter (see numbers.ts).
CREATE TABLE `renumbered` (`old` integer PRIMARY KEY NOT NULL, `number` integer NOT NULL UNIQUE);--> statement-breakpoint
WITH RECURSIVE `digits`(`at`) AS (SELECT 1 UNION ALL SELECT `at` + 1 FROM `digits` WHERE `at` < 15),
	`ids` AS (SELECT `number`, `id` FROM `jobs` UNION ALL SELECT `number`, `job_id` FROM `uploads`),
	`hex` AS (SELECT `number`, substr(`id`, 1, 8) || substr(`id`, 10, 4) || substr(`id`, 16, 3) AS `text` FROM `ids`)
INSERT INTO `renumbered` SELECT `number`,
	sum((instr('0123456789abcdef', substr(`text`, `at`, 1)) - 1) << (4 * (15 - `at`))) - 1767225600000 * 4096
	FROM `hex`, `digits` GROUP BY `number`;--> statement-breakpoint
UPDATE `requests` SET `place` = (SELECT `number` FROM `renumbered` WHERE `old` = `place` / 65536) * 4096 + `place` % 65536
	WHERE `place` / 65536 IN (SELECT `old` FROM `renumbered`);--> statement-breakpoint
UPDATE `results` SET `place` = (SELECT `number` FROM `renumbered` WHERE `old` = `place` / 65536) * 4096 + `place` % 65536
	WHERE `place` / 65536 IN (SELECT `old` FROM `renumbered`);--> statement-breakpoint
UPDATE `contents` SET `place` = (SELECT `number` FROM `renumbered` WHERE `old` = `place` / 65536) * 4096 + `place` % 65536
	WHERE `place` / 65536 IN (SELECT `old` FROM `renumbered`);--> statement-breakpoint
DELETE FROM `attempts` WHERE `job` NOT IN (SELECT `old` FROM `renumbered`);--> statement-breakpoint
UPDATE `attempts` SET `job` = (SELECT `number` FROM `renumbered` WHERE `old` = `job`);--> statement-breakpoint
UPDATE `attempts` SET `outcome` = 'not_sent' WHERE `outcome` = 'unsendable';--> statement-breakpoint
UPDATE `uploads` SET `number` = (SELECT `renumbered`.`number` FROM `renumbered` WHERE `old` = `uploads`.`number`);--> statement-breakpoint
UPDATE `jobs` SET `number` = (SELECT `renumbered`.`number` FROM `renumbered` WHERE `old` = `jobs`.`number`);--> statement-breakpoint
DROP TABLE `renumbered`;--> statement-breakpoint
DROP INDEX `jobs_id_unique`;--> statement-breakpoint
DROP INDEX `jobs_owner`;--> statement-breakpoint
ALTER TABLE `jobs` ADD `last_attempt` text;--> statement-breakpoint
CREATE INDEX `jobs_owner` ON `jobs` (`owner`,`number`) WHERE owner <> '';--> statement-breakpoint
CREATE VIEW `attempt_log` AS SELECT job, attempt, provider, model, started_at, finished_at, outcome, status, key_name, reason, upstream_request_id, usage, cost
    FROM attempts
    UNION ALL SELECT number, attempt, provider, model, started_at, completed_at, last_attempt ->> 'outcome', last_attempt ->> 'status',
      last_attempt ->> 'keyName', last_attempt ->> 'reason', last_attempt ->> 'upstreamRequestId', last_attempt ->> 'used', last_attempt ->> 'cost'
    FROM jobs WHERE last_attempt IS NOT NULL;