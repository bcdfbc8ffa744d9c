-- Builds that the service did not run (`dbt build`, an orchestrator) are written here too, by the hook `on-run-end` of the dbt package
-- (sql/macros/invocations.sql): it needs the right to insert into both tables, and leaves them alone without it.

alter table sluice_audit.dbt_runs
    add column if not exists recorded_by LowCardinality(String) default 'service' comment 'service, or dbt where a command line or an orchestrator ran it' after invocation_id,
    add column if not exists excluded Array(String) comment 'What was left out, as dbt selectors' after selected,
    add column if not exists vars Array(String) comment 'Names of the variables that were given for this run' after excluded,
    add column if not exists target LowCardinality(String) comment 'Target of the dbt profile; empty for the default' after vars;
