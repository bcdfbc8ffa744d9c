{#
    A materialization: the model's SQL gives edges `(a, b)`, both UInt64; the table holds `(node, component)`, one row per node,
    where two nodes have the same component exactly when a path of edges joins them. An edge from a node to itself gives a lonely
    node its row.

    The method is min-hash neighbour contraction: every node points at the smallest of itself and its neighbours, edges between
    the pointed-at nodes form the next, smaller graph, until no edge is left; then the pointers are followed back. Nodes are hashes
    already, so "smallest" is a random choice and few rounds do (4 for 13 million edges); past eight rounds the order is shuffled
    anew each round, which bounds the worst shapes (a chain of a million: 20 rounds). All state is in tables, so memory stays small;
    ClickHouse's recursive CTEs cannot do this (UNION ALL only, no keyed state).
#}
{% materialization connected_components, adapter='clickhouse' %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set built = make_temp_relation(this, '__dbt_tmp') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}

    {%- do drop_contraction(this) -%}
    {%- set rounds = contract_graph(this, sql) -%}
    {%- set labels = label_nodes(this, rounds) -%}

    {%- do run_query('drop table if exists ' ~ built) -%}
    {% call statement('main') -%}
        create table {{ built }}
        {{ engine_clause() }}
        order by node
        as
        select
            v as node,
            r as component
        from {{ labels }}
    {%- endcall %}

    {%- if existing_relation is none -%}
        {%- do run_query('rename table ' ~ built ~ ' to ' ~ target_relation) -%}
    {%- elif existing_relation.can_exchange -%}
        {%- do exchange_tables_atomic(built, target_relation) -%}
    {%- else -%}
        {%- do run_query('drop table ' ~ target_relation) -%}
        {%- do run_query('rename table ' ~ built ~ ' to ' ~ target_relation) -%}
    {%- endif -%}
    {%- do persist_docs(target_relation, model) -%}
    {%- do run_query('drop table if exists ' ~ built) -%}
    {%- do drop_contraction(this) -%}

    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

{# More rounds than any graph of 2^64 nodes needs with a fair shuffle: reaching it means a bug, and is said loudly. #}
{% macro max_contraction_rounds() -%}{{ return(60) }}{%- endmacro %}

{# How many rounds keep the nodes' own order. Fewer rounds on hubs and on real graphs; then shuffling takes over. #}
{% macro rounds_in_own_order() -%}{{ return(8) }}{%- endmacro %}

{# Names of the tables of one solve. `__dbt_tmp` marks them as droppable when a build was killed. #}
{% macro contraction_table(relation, part) -%}
    {{ return(relation.schema ~ '.' ~ relation.identifier ~ '__dbt_tmp_' ~ part) }}
{%- endmacro %}

{% macro create_sorted(table, key, select) -%}
    {%- do run_query(
        'create table ' ~ table ~ ' ' ~ engine_clause() ~ ' order by ' ~ key ~ ' as ' ~ select
        ~ " settings join_algorithm = 'full_sorting_merge'"
    ) -%}
{%- endmacro %}

{# Forward: contracts until no edge is left. Leaves one table of pointers `(v, r)` per round; returns the number of rounds. #}
{% macro contract_graph(relation, edges_sql) -%}
    {%- set state = namespace(rounds=0, edges=contraction_table(relation, 'e0')) -%}
    {%- do create_sorted(state.edges, '(a, b)',
        'select least(x, y) as a, greatest(x, y) as b from (select a as x, b as y from (' ~ edges_sql ~ ')) group by a, b') -%}

    {%- for round in range(1, max_contraction_rounds() + 1) -%}
        {%- set pointers = contraction_table(relation, 'r' ~ round) -%}
        {%- set half = contraction_table(relation, 'x') -%}
        {%- set next_edges = contraction_table(relation, 'e' ~ round) -%}

        {%- do create_sorted(pointers, 'v',
            'select v, ' ~ smallest_neighbour(round) ~ ' as r from (select a as v, b as w from ' ~ state.edges
            ~ ' union all select b, a from ' ~ state.edges ~ ') group by v') -%}
        {%- do create_sorted(half, 'b',
            'select p.r as a, e.b as b from ' ~ state.edges ~ ' as e inner join ' ~ pointers ~ ' as p on e.a = p.v') -%}
        {%- do create_sorted(next_edges, '(a, b)',
            'select least(x, y) as a, greatest(x, y) as b from (select h.a as x, p.r as y from ' ~ half ~ ' as h inner join ' ~ pointers
            ~ ' as p on h.b = p.v where h.a != p.r) group by a, b') -%}
        {%- do run_query('drop table ' ~ half) -%}
        {%- do run_query('drop table ' ~ state.edges) -%}

        {%- set state.rounds = round -%}
        {%- set state.edges = next_edges -%}
        {%- set left = run_query('select count() from ' ~ next_edges).rows[0][0] -%}
        {%- if left == 0 -%}{%- break -%}{%- endif -%}
        {%- if round == max_contraction_rounds() -%}
            {%- do exceptions.raise_compiler_error(relation ~ ': ' ~ left ~ ' edges are left after ' ~ round ~ ' rounds of contraction') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(state.rounds) }}
{%- endmacro %}

{% macro smallest_neighbour(round) -%}
    {%- if round <= rounds_in_own_order() -%}
        {{ return('least(v, min(w))') }}
    {%- else -%}
        {%- set shuffled = 'intHash64(bitXor(' ~ '{}' ~ ', toUInt64(' ~ round * 2654435761 ~ ')))' -%}
        {{ return('if(' ~ shuffled.format('v') ~ ' < min(' ~ shuffled.format('w') ~ '), v, argMin(w, ' ~ shuffled.format('w') ~ '))') }}
    {%- endif -%}
{%- endmacro %}

{# Back: follows each round's pointers through the later rounds'. Returns the table `(v, r)` of all nodes. #}
{% macro label_nodes(relation, rounds) -%}
    {%- set state = namespace(labels=contraction_table(relation, 'r' ~ rounds)) -%}
    {%- for round in range(rounds - 1, 0, -1) -%}
        {%- set labels = contraction_table(relation, 'l' ~ round) -%}
        {%- do create_sorted(labels, 'v',
            'select p.v as v, if(l.v = 0, p.r, l.r) as r from ' ~ contraction_table(relation, 'r' ~ round) ~ ' as p left join '
            ~ state.labels ~ ' as l on p.r = l.v') -%}
        {%- set state.labels = labels -%}
    {%- endfor -%}
    {{ return(state.labels) }}
{%- endmacro %}

{% macro drop_contraction(relation) -%}
    {%- set leftovers = run_query(
        "select name from system.tables where database = '" ~ relation.schema ~ "' and startsWith(name, '" ~ relation.identifier ~ "__dbt_tmp_')"
    ) -%}
    {%- for row in leftovers.rows -%}
        {%- do run_query('drop table if exists ' ~ relation.schema ~ '.' ~ row[0]) -%}
    {%- endfor -%}
{%- endmacro %}
