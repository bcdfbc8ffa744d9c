-- Grain: one row, about the last build that changed the graph; none before the first. Freshness: live view over the graph's log.
-- is_traceable: whether the evidence still says what was new to that build. It does not when the evidence was written again from scratch since, or when
-- other rules made everything new.
{{ config(materialized='view') }}
with

solves as (

    select
        version,
        mode,
        evidence_version,
        fingerprint,
        decisions,
        rounds,
        touched_identifiers,
        changed_identifiers,
        started_at,
        finished_at,
        lagInFrame(version) over one_before as previous_version,
        lagInFrame(evidence_version) over one_before as previous_evidence_version,
        lagInFrame(fingerprint) over one_before as previous_fingerprint,
        lagInFrame(decisions) over one_before as previous_decisions
    from {{ graph_log('versions') }}
    where {{ is_committed() }}
    window one_before as (order by version rows between 1 preceding and current row)

)

select
    version,
    mode,
    rounds,
    touched_identifiers,
    changed_identifiers,
    started_at,
    finished_at,
    previous_version,
    previous_evidence_version,
    evidence_version,
    arrayDistinct(arrayFlatten(arrayMap(
        decision -> [decision.2, decision.3],
        arrayFilter(decision -> has(decisions, decision) != has(previous_decisions, decision), arrayConcat(decisions, previous_decisions))
    ))) as decided_nodes,
    toBool(
        previous_version != 0
        and fingerprint = previous_fingerprint
        and (select max(version) from {{ evidence_table('base') }}) <= previous_evidence_version
    ) as is_traceable
from solves
order by version desc
limit 1
