{#
    A materialization: the model's SQL gives patterns `(levels Array(UInt8), candidates UInt64, sampled UInt64)`: how many candidate
    pairs, and how many pairs drawn at random, compare like this. The table holds the chances `m` and `u` of every level.

    Expectation and maximisation, on patterns instead of pairs, so that a round costs the same for a thousand records and a million:
    the probability that the pairs of a pattern are one person follows from m, u and the prior; m is then counted in the candidate
    pairs weighted by that probability, u in the random pairs weighted by its complement (in a small data set true matches are
    drawn, too, and would make agreement look like chance), and the prior is the share of expected matches among all pairs: those
    that share no blocking key count as none. It starts from the chances that levels.sql believes in and ends when nothing moves.

    Sums are of whole millionths: adding them gives the same in any order, adding floats does not.
#}
{% materialization match_weights, adapter='clickhouse' %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set patterns = matching_table(this, 'patterns') -%}
    {%- set chances = matching_table(this, 'chances') -%}
    {%- set built = matching_table(this, 'built') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}

    {%- do drop_matching_tables(this) -%}
    {%- do run_query('create table ' ~ patterns ~ ' ' ~ engine_clause() ~ ' order by levels as ' ~ sql) -%}
    {%- do run_query('create table ' ~ chances ~ ' ' ~ engine_clause() ~ ' order by (round, place, level) as ' ~ initial_chances()) -%}
    {%- set rounds = maximise_likelihood(patterns, chances) -%}

    {% call statement('main') -%}
        create table {{ built }}
        {{ engine_clause() }}
        order by (place, level)
        as
        select
            place,
            cast(field, 'LowCardinality(String)') as field,
            level,
            cast(level_name, 'LowCardinality(String)') as level_name,
            m,
            u,
            log2(m / u) as weight,
            prior,
            round as rounds
        from {{ chances }}
        where round = {{ rounds }}
    {%- endcall %}
    {%- do publish_matching_table(this, built, target_relation) -%}
    {%- do drop_matching_tables(this) -%}

    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

{# After this many rounds the chances are taken as they are: rare with real data, harmless (each round only improves them). #}
{% macro max_estimation_rounds() -%}{{ return(50) }}{%- endmacro %}

{# How many imaginary matches (of two records of one person) speak for the chances of levels.sql. #}
{% macro imaginary_matches() -%}{{ return(10) }}{%- endmacro %}

{# Before any evidence, every record is thought to have one other of the same person. #}
{% macro initial_chances() -%}
    select
        toUInt16(0) as round,
        *,
        assumeNotNull((select 1 / greatest(2, count()) from {{ ref('identity_match_records') }})) as prior
    from {{ match_level_rows() }}
{%- endmacro %}

{% macro maximise_likelihood(patterns, chances) -%}
    {%- set pairs = run_query('select greatest(1, count() * (count() - 1) / 2) from ' ~ ref('identity_match_records')).rows[0][0] -%}
    {%- for round in range(1, max_estimation_rounds() + 1) -%}
        {%- do run_query('insert into ' ~ chances ~ ' ' ~ next_chances(patterns, chances, round, pairs)) -%}
        {%- set moved = run_query(
            'select max(spread) from (select max(m) - min(m) as spread from ' ~ chances ~ ' where round >= ' ~ (round - 1) ~ ' group by place, level)'
        ).rows[0][0] -%}
        {%- if moved is none or moved < 0.0005 -%}{{ return(round) }}{%- endif -%}
    {%- endfor -%}
    {{ return(max_estimation_rounds()) }}
{%- endmacro %}

{# One round: the insert's columns are those of `initial_chances`. #}
{% macro next_chances(patterns, chances, round, pairs) -%}
    with

    before as (select * from {{ chances }} where round = {{ round - 1 }}),

    expected as (

        select
            levels,
            candidates,
            sampled,
            {{ match_probability('(select any(prior) from before)', 'levels', matching_weights('before')) }} as probability
        from {{ patterns }}

    ),

    counted as (

        select
            place,
            level,
            toFloat64(sum(toInt128(round(candidates * probability * 1e6)))) / 1e6 as matches,
            toFloat64(sum(toInt128(round(sampled * (1 - probability) * 1e6)))) / 1e6 as strangers
        from expected
        array join arrayEnumerate(levels) as place, levels as level
        where level > 0
        group by place, level

    )

    select
        toUInt16({{ round }}) as round,
        place,
        before.field as field,
        level,
        before.level_name as level_name,
        (counted.matches + {{ imaginary_matches() }} * initial.m) / (sum(counted.matches) over (partition by place) + {{ imaginary_matches() }}) as m,
        -- half a pair for each level: what was never drawn is rare, not impossible
        (counted.strangers + 0.5 + initial.u) / (sum(counted.strangers + 0.5 + initial.u) over (partition by place)) as u,
        least(0.5, greatest(0.5, assumeNotNull((select toFloat64(sum(toInt128(round(candidates * probability * 1e6)))) / 1e6 from expected))) / {{ pairs }}) as prior
    from before
    left join counted using (place, level)
    left join (select place, level, m, u from {{ chances }} where round = 0) as initial using (place, level)
{%- endmacro %}

{# Natural logarithms of m / u by field and level; level 0, no evidence, weighs nothing. #}
{% macro matching_weights(chances) -%}
    (
        select groupArray(weights)
        from (
            select arrayConcat([0.], groupArray(log(m / u))) as weights
            from (select place, level, m, u from {{ chances }} order by place, level)
            group by place
            order by place
        )
    )
{%- endmacro %}

{% macro match_probability(prior, levels, weights) -%}
    1 / (1 + exp(-(assumeNotNull(log({{ prior }} / (1 - {{ prior }}))) + arraySum((level, weight) -> weight[level + 1], {{ levels }}, {{ weights }}))))
{%- endmacro %}

{# Names of the tables of one run of a materialization. `__dbt_tmp` marks them as droppable when a build was killed. #}
{% macro matching_table(relation, part) -%}
    {{ return(relation.schema ~ '.' ~ relation.identifier ~ '__dbt_tmp_' ~ part) }}
{%- endmacro %}

{% macro drop_matching_tables(relation) -%}
    {%- set leftovers = run_query(
        "select name from system.tables where database = '" ~ relation.schema ~ "' and startsWith(name, '" ~ relation.identifier ~ "__dbt_tmp_')"
    ) -%}
    {%- for row in leftovers.rows -%}
        {%- do run_query('drop table if exists ' ~ relation.schema ~ '.' ~ row[0]) -%}
    {%- endfor -%}
{%- endmacro %}

{# `built` takes the place of the model's table in one step. #}
{% macro publish_matching_table(relation, built, target_relation) -%}
    {%- set existing = load_cached_relation(relation) -%}
    {%- if existing is none -%}
        {%- do run_query('rename table ' ~ built ~ ' to ' ~ target_relation) -%}
    {%- else -%}
        {%- do run_query('exchange tables ' ~ built ~ ' and ' ~ target_relation) -%}
    {%- endif -%}
    {%- do persist_docs(target_relation, model) -%}
{%- endmacro %}
