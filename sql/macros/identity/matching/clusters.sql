{#
    A materialization: the model's SQL gives pairs of records `(a, b, weights, known, base, best)`: what each field says in whole
    thousandths of a bit, 1 for each field that both know, the evidence needed before any field has spoken, and `best`, the pair itself
    as (evidence, a, b). The table holds one row per record, its cluster, and the pair that joined it to that cluster.

    Connected components alone would let one false pair join two people with all their records. Records are joined bottom-up
    instead: two clusters become one when, field by field, the average over all their pairs that know the field speaks for it. One
    record with an error that makes it look like another person is outvoted by the others of its own person; a field that few records know
    counts by those that do. Each round every cluster points at its best partner, and those that point at each other merge: a
    handful of rounds, the same result whatever the order of the rows.
#}
{% materialization match_clusters, adapter='clickhouse' %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set built = sluice.matching_table(this, 'built') -%}

    {{ run_hooks(pre_hooks) }}

    {%- do sluice.drop_matching_tables(this) -%}
    {%- set records = sluice.join_records(this, sql) -%}
    {% call statement('main') -%}
        create table {{ built }}
        {{ sluice.engine_clause() }}
        order by record_id
        as
        select record_id, cluster, joined_by.2 as joined_a, joined_by.3 as joined_b
        from {{ records }}
    {%- endcall %}
    {%- do sluice.publish_matching_table(this, built, target_relation) -%}
    {%- do sluice.drop_matching_tables(this) -%}

    {{ run_hooks(post_hooks) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

{# More than any cluster needs (each round at least halves a clique); reaching it means a bug, and is said loudly. #}
{% macro max_linkage_rounds() -%}{{ return(200) }}{%- endmacro %}

{# Returns the table (record_id, cluster, joined_by). A cluster goes by its smallest record, so every other record loses its name exactly once. #}
{% macro join_records(relation, pairs_sql) -%}
    {%- set state = namespace(links=sluice.matching_table(relation, 'links_0'), records=sluice.matching_table(relation, 'records_0')) -%}
    {%- do run_query('create table ' ~ state.links ~ ' ' ~ sluice.engine_clause() ~ ' order by (a, b) as ' ~ pairs_sql) -%}
    {%- do run_query('create table ' ~ state.records ~ ' ' ~ sluice.engine_clause()
        ~ ' order by record_id as select arrayJoin([a, b]) as record_id, record_id as cluster, any((best.1 * 0, best.2 * 0, best.3 * 0)) as joined_by from '
        ~ state.links ~ ' group by record_id') -%}
    {%- for round in range(1, sluice.max_linkage_rounds() + 1) -%}
        {%- set merges = sluice.matching_table(relation, 'merges_' ~ round) -%}
        {%- do run_query('create table ' ~ merges ~ ' ' ~ sluice.engine_clause() ~ ' order by loser as ' ~ sluice.mutual_best(state.links)) -%}
        {%- if run_query('select count() from ' ~ merges).rows[0][0] == 0 -%}{{ return(state.records) }}{%- endif -%}
        {%- set links = sluice.matching_table(relation, 'links_' ~ round) -%}
        {%- set records = sluice.matching_table(relation, 'records_' ~ round) -%}
        {%- do run_query('create table ' ~ links ~ ' ' ~ sluice.engine_clause() ~ ' order by (a, b) as ' ~ sluice.links_after(state.links, merges)) -%}
        {%- do run_query('create table ' ~ records ~ ' ' ~ sluice.engine_clause() ~ ' order by record_id as ' ~ sluice.records_after(state.records, merges)) -%}
        {%- do run_query('drop table ' ~ state.links) -%}
        {%- do run_query('drop table ' ~ state.records) -%}
        {%- set state.links = links -%}
        {%- set state.records = records -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(relation ~ ': the clusters are not final after ' ~ sluice.max_linkage_rounds() ~ ' rounds; this is a bug of Sluice') -%}
{%- endmacro %}

{# Clusters that are each other's best partner: (loser, winner, best). The number breaks ties, so that the answer is one. #}
{% macro mutual_best(links) -%}
    with

    averages as (

        select
            a,
            b,
            best,
            arrayMap((said, known) -> intDiv(said, greatest(1, known)), weights, known) as said,
            arrayMin(arrayMap(
                (needed, part) -> arraySum(arraySlice(said, 1 + part * intDiv(length(said), 3), intDiv(length(said), 3))) - needed,
                {{ sluice.evidence_needed() }}, [0, 1, 2]
            )) as average
        from {{ links }}
        where average >= 0

    ),

    partners as (

        select one, argMax((other, best), (average, bitNot(bitXor(one, other)), other)) as partner
        from (select a as one, b as other, best, average from averages union all select b, a, best, average from averages)
        group by one

    )

    select greatest(x.one, x.partner.1) as loser, least(x.one, x.partner.1) as winner, x.partner.2 as best
    from partners as x
    inner join partners as y on x.partner.1 = y.one
    where y.partner.1 = x.one and x.one < x.partner.1
{%- endmacro %}

{# Before any field has spoken: what must be said against strangers, neighbours, relatives to reach the link threshold, in thousandths of a bit. #}
{% macro evidence_needed() -%}
    {%- set weights = ref('identity_match_weights') -%}
    assumeNotNull((
        select any(arrayMap(other -> toInt64(round(1000 * ({{ sluice.link_evidence() }} + log2(other / prior)))),
            [1 - prior - prior_of_relatives - prior_of_neighbours, prior_of_neighbours, prior_of_relatives]))
        from {{ weights }}
    ))
{%- endmacro %}

{% macro links_after(links, merges) -%}
    select least(x, y) as a, greatest(x, y) as b, sumForEach(w) as weights, sumForEach(k) as known, max(p) as best
    from (
        select if(ma.loser = 0, l.a, ma.winner) as x, if(mb.loser = 0, l.b, mb.winner) as y, l.weights as w, l.known as k, l.best as p
        from {{ links }} as l
        left join {{ merges }} as ma on l.a = ma.loser
        left join {{ merges }} as mb on l.b = mb.loser
    )
    where x != y
    group by a, b
{%- endmacro %}

{% macro records_after(records, merges) -%}
    select
        r.record_id as record_id,
        if(m.loser = 0, r.cluster, m.winner) as cluster,
        if(m.loser = r.record_id, m.best, r.joined_by) as joined_by
    from {{ records }} as r
    left join {{ merges }} as m on r.cluster = m.loser
{%- endmacro %}
