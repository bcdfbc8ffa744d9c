-- Grain: one row per change of the last build that no new evidence explains. Key: (kind, from_id, into_id, node_a). Must be empty.
-- Freshness: live view over the graph's log. Empty as well when the last build cannot be traced (see identity_last_solve).
-- A change is explained when new evidence or a decision touched one of its profiles, or a profile that the same build changed together with
-- one of them, or when a guard keeps one of them from others: there, one new link may redraw the line between profiles farther away.
{{ config(materialized='view') }}
with

solve as (

    select * from {{ ref('identity_last_solve') }} where is_traceable

),

changes as (

    select
        kind,
        from_id,
        into_id,
        node_a,
        node_b
    from {{ graph_log('changes') }}
    where version in (select version from solve)

),

touched as (

    select arrayJoin([a, b]) as node
    from {{ evidence_table('delta') }}
    where version > (select previous_evidence_version from solve)
        and version <= (select evidence_version from solve)

    union distinct

    select arrayJoin(decided_nodes) as node
    from solve

),

explaining as (

    select canonical_id as id
    from {{ ref('identity_graph') }}
    where node in (select node from touched)
        or node in (select arrayJoin([node_a, node_b]) from {{ graph_log('violations') }} where kind != 'cap')

),

explained as (

    select id from explaining

    union distinct

    select arrayJoin([from_id, into_id]) as id
    from changes
    where node_a in (select node from touched)
        or node_b in (select node from touched)
        or from_id in (select id from explaining)
        or into_id in (select id from explaining)

)

select *
from changes
where not (
    (from_id != 0 and from_id in (select id from explained))
    or (into_id != 0 and into_id in (select id from explained))
)
