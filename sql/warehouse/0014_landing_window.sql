-- How many inserts later a retry is still known. Small requests make about a hundred inserts a second, several services may write, and
-- a retry after a silent connection comes 12 s later, up to three times: the thousand of before were too few.

alter table sluice_raw.events modify setting non_replicated_deduplication_window = 10000;

alter table sluice_raw.rejected_events modify setting non_replicated_deduplication_window = 10000;
