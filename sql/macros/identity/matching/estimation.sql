{#
    A materialization: the model's SQL gives patterns `(levels Array(UInt8), candidates UInt64, sampled UInt64)`: how many candidate
    pairs, and how many pairs drawn at random, compare like this. The table holds the chances of every level.

    A pair is one of four: one person twice (chance `m` of a level), relatives (`r`: they share a name, a roof, a telephone), neighbours
    (`n`: they share a city, a postcode) or strangers (`u`). With the first and the last alone, the fields of a place agree together
    so much more often than by chance that whole families and streets pass for one person.

    Expectation and maximisation, on patterns instead of pairs, so that a round costs the same for a thousand records and a million.
    m, r and n are counted in the candidate pairs, each weighted by the probability of its class; u in the random pairs (in a small
    data set true matches are drawn, too, and would make agreement look like chance, so they are weighted out); the priors are the
    shares of the classes among all pairs: those that share no blocking key count as strangers. It starts from what levels.sql believes.

    Sums are of whole millionths: adding them gives the same in any order, adding floats does not.
#}
{% materialization match_weights, adapter='clickhouse' %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set patterns = sluice.matching_table(this, 'patterns') -%}
    {%- set chances = sluice.matching_table(this, 'chances') -%}
    {%- set built = sluice.matching_table(this, 'built') -%}

    {{ run_hooks(pre_hooks) }}

    {%- do sluice.drop_matching_tables(this) -%}
    {%- do run_query('create table ' ~ patterns ~ ' ' ~ sluice.engine_clause() ~ ' order by levels as ' ~ sql) -%}
    {%- do run_query('create table ' ~ chances ~ ' ' ~ sluice.engine_clause() ~ ' order by (round, place, level) as ' ~ sluice.initial_chances()) -%}
    {%- set rounds = sluice.maximise_likelihood(patterns, chances) -%}

    {% call statement('main') -%}
        create table {{ built }}
        {{ sluice.engine_clause() }}
        order by (place, level)
        as
        select
            place,
            cast(field, 'LowCardinality(String)') as field,
            level,
            cast(level_name, 'LowCardinality(String)') as level_name,
            by_relatives > 0 as is_shared_by_relatives,
            by_neighbours > 0 as is_shared_by_neighbours,
            m,
            r,
            n,
            u,
            prior,
            prior_of_relatives,
            prior_of_neighbours,
            round as rounds
        from {{ chances }}
        where round = {{ rounds }}
    {%- endcall %}
    {%- do sluice.publish_matching_table(this, built, target_relation) -%}
    {%- do sluice.drop_matching_tables(this) -%}

    {{ run_hooks(post_hooks) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

{# After this many rounds the chances are taken as they are: rare with real data, harmless (each round only improves them). #}
{% macro max_estimation_rounds() -%}{{ return(50) }}{%- endmacro %}

{# How many imaginary pairs of strangers speak for it: few beside the random pairs of a thousand records, all there is for three records. #}
{% macro imaginary_strangers() -%}{{ return(1000) }}{%- endmacro %}

{# How many imaginary pairs of each other class speak for the chances of levels.sql. #}
{% macro imaginary_pairs() -%}{{ return(10) }}{%- endmacro %}

{# Before any evidence, every record is thought to have one other of the same person. #}
{% macro initial_chances() -%}
    select
        toUInt16(0) as round,
        *,
        assumeNotNull((select 1 / greatest(8, count()) from {{ ref('identity_match_records') }})) as prior,
        prior as prior_of_relatives,
        prior as prior_of_neighbours
    from {{ sluice.match_level_rows() }}
{%- endmacro %}

{% macro maximise_likelihood(patterns, chances) -%}
    {%- set pairs = run_query('select greatest(1, count() * (count() - 1) / 2) from ' ~ ref('identity_match_records')).rows[0][0] -%}
    {%- for round in range(1, sluice.max_estimation_rounds() + 1) -%}
        {%- do run_query('insert into ' ~ chances ~ ' ' ~ sluice.next_chances(patterns, chances, round, pairs)) -%}
        {%- set moved = run_query(
            'select max(spread) from (select max(m) - min(m) as spread from ' ~ chances ~ ' where round >= ' ~ (round - 1) ~ ' group by place, level)'
        ).rows[0][0] -%}
        {%- if moved is none or moved < 0.0005 -%}{{ return(round) }}{%- endif -%}
    {%- endfor -%}
    {{ return(sluice.max_estimation_rounds()) }}
{%- endmacro %}

{# One round: the insert's columns are those of `initial_chances`. #}
{% macro next_chances(patterns, chances, round, pairs) -%}
    with

    before as (select * from {{ chances }} where round = {{ round - 1 }}),

    likely as (

        select levels, candidates, sampled, {{ sluice.class_probabilities('before') }} as classes
        from {{ patterns }}

    ),

    counted as (

        select
            place,
            level,
            {{ sluice.exact_sum('candidates * classes.1') }} as persons,
            {{ sluice.exact_sum('candidates * classes.2') }} as relatives,
            {{ sluice.exact_sum('candidates * classes.3') }} as neighbours,
            {{ sluice.exact_sum('sampled * classes.4') }} as strangers
        from likely
        array join arrayEnumerate(levels) as place, levels as level
        where level > 0
        group by place, level

    ),

    totals as (

        select
            {{ sluice.exact_sum('candidates * classes.1') }} as persons,
            {{ sluice.exact_sum('candidates * classes.2') }} as relatives,
            {{ sluice.exact_sum('candidates * classes.3') }} as neighbours
        from likely

    ),

    seen as (

        select
            place,
            before.field as field,
            level,
            before.level_name as level_name,
            before.by_relatives as by_relatives,
            before.by_neighbours as by_neighbours,
            before.most_errors as most_errors,
            initial.m < initial.u as is_error,
            {{ sluice.share_in_field('counted.persons', 'initial.m') }} as seen_m,
            {{ sluice.share_in_field('counted.relatives', 'initial.r') }} as seen_r,
            {{ sluice.share_in_field('counted.neighbours', 'initial.n') }} as seen_n,
            -- half a pair for each level: what was never drawn is rare, not impossible
            (counted.strangers + 0.5 + {{ sluice.imaginary_strangers() }} * initial.u)
                / (sum(counted.strangers + 0.5 + {{ sluice.imaginary_strangers() }} * initial.u) over (partition by place)) as seen_u
        from before
        left join counted using (place, level)
        left join (select place, level, m, r, n, u from {{ chances }} where round = 0) as initial using (place, level)

    ),

    bounded as (

        select
            *,
            sumIf(seen_m, is_error) over (partition by place) as errors,
            if(errors <= most_errors, seen_m, seen_m * if(is_error, most_errors / errors, (1 - most_errors) / (1 - errors))) as bounded_m
        from seen

    )

    select
        toUInt16({{ round }}) as round,
        place,
        field,
        level,
        level_name,
        by_relatives,
        by_neighbours,
        most_errors,
        bounded_m as m,
        -- what is seldom shared is not learned: pairs of one person with a new name would teach that relatives have one birthday
        if(by_relatives >= 0.5, seen_r, by_relatives * bounded_m + (1 - by_relatives) * seen_u) as r,
        if(by_neighbours >= 0.5, seen_n, by_neighbours * bounded_m + (1 - by_neighbours) * seen_u) as n,
        seen_u as u,
        {{ sluice.share_of_pairs('persons', pairs) }} as prior,
        {{ sluice.share_of_pairs('relatives', pairs) }} as prior_of_relatives,
        {{ sluice.share_of_pairs('neighbours', pairs) }} as prior_of_neighbours
    from bounded
{%- endmacro %}

{% macro share_in_field(count, believed) -%}
    ({{ count }} + {{ sluice.imaginary_pairs() }} * {{ believed }}) / (sum({{ count }}) over (partition by place) + {{ sluice.imaginary_pairs() }})
{%- endmacro %}

{% macro share_of_pairs(class, pairs) -%}
    assumeNotNull(least(0.25, greatest(0.5, (select {{ class }} from totals)) / {{ pairs }}))
{%- endmacro %}

{# A sum that is the same in any order: of whole millionths. #}
{% macro exact_sum(value) -%}
    toFloat64(sum(toInt128(round(({{ value }}) * 1e6)))) / 1e6
{%- endmacro %}

{# By field and level, natural logarithms of chances; level 0, no evidence, weighs nothing. `ratio` is SQL such as m / u. #}
{% macro chances_by_level(chances, ratio) -%}
    assumeNotNull((
        select groupArray(logarithms)
        from (
            select arrayConcat([0.], groupArray(log({{ ratio }}))) as logarithms
            from (select place, level, m, r, n, u from {{ chances }} order by place, level)
            group by place
            order by place
        )
    ))
{%- endmacro %}

{# Tuple: the probabilities that a pair with `levels` is one person, two relatives, two neighbours, two strangers. #}
{% macro class_probabilities(chances) -%}
    arrayMap(
        odds -> (odds.1 / (odds.1 + odds.2 + odds.3 + 1), odds.2 / (odds.1 + odds.2 + odds.3 + 1), odds.3 / (odds.1 + odds.2 + odds.3 + 1), 1 / (odds.1 + odds.2 + odds.3 + 1)),
        [(
            {{ sluice.odds_against_strangers(chances, 'prior', 'm') }},
            {{ sluice.odds_against_strangers(chances, 'prior_of_relatives', 'r') }},
            {{ sluice.odds_against_strangers(chances, 'prior_of_neighbours', 'n') }}
        )]
    )[1]
{%- endmacro %}

{% macro odds_against_strangers(chances, prior, chance) -%}
    exp(least(300,
        assumeNotNull((select log(any({{ prior }} / (1 - prior - prior_of_relatives - prior_of_neighbours))) from {{ chances }}))
        + arraySum((level, logarithms) -> logarithms[level + 1], levels, {{ sluice.chances_by_level(chances, chance ~ ' / u') }})
    ))
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

{# What each field of a pair says, in bits, for one person and against an alternative (`u`, `n`, `r`). `shared`: fields in which that alternative agrees for a reason. #}
{% macro weights_against(chance, shared) -%}
    arrayMap(
        (level, by_level, exact, m, stranger, is_shared) -> if(level = exact and not is_shared, log2(m / stranger), by_level[level + 1] / log(2)),
        levels, {{ sluice.chances_by_level(ref('identity_match_weights'), 'm / ' ~ chance) }}, exact, m_exact, chances, {{ shared }}
    )
{%- endmacro %}
