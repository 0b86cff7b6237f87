ALTER TABLE `jobs` ADD `fallbacks_tried` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- Headers of callers stood here in the clear: see `secret`.
UPDATE `jobs` SET `extras` = NULL WHERE `completed_at` IS NOT NULL;--> statement-breakpoint
CREATE INDEX `jobs_sealed` ON `jobs` (`number`) WHERE secret IS NOT NULL;
