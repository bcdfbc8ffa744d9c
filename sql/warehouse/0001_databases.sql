-- The databases of one installation and the record of what was applied to them.
-- An operator who wants another database engine (Replicated) creates the databases beforehand; these statements then change nothing.

create database if not exists sluice comment 'Published tables: the contract for BI tools, segments and syncs';

create database if not exists sluice_raw comment 'Landing tables: what arrived, as it arrived, append-only';

create database if not exists sluice_staging comment 'dbt: one typed, renamed view per source table';

create database if not exists sluice_identity comment 'dbt: identifiers, edges and the identity graph';

create database if not exists sluice_state comment 'Owned by the service: segment memberships, sync ledger, migrations';

create database if not exists sluice_audit comment 'What ran and what came of it: public, documented, kept for a limited time';

-- Grain: one row per applied migration file. Two services that start together may both write one; readers group by name.
create table if not exists sluice_state.migrations
(
    name       String                 comment 'File name in sql/warehouse',
    checksum   String                 comment 'SHA-256 of the file as it was applied: an edited file is refused',
    applied_at DateTime64(3, 'UTC')   default now64(3, 'UTC') comment 'When its last statement had succeeded'
)
engine = MergeTree
order by name
comment 'Which files of sql/warehouse were applied, and in which form';
