{#
    Connected components by min-hash neighbour contraction: every node points at the strongest of itself and its neighbours, the edges
    between the pointed-at nodes form the next, smaller graph, until no edge is left; then the pointers are followed back.

    "Strongest" is an order over all identifiers: the type's number first, then the hash of the identifier. Types first, because people's
    edges are stars around their strongest identifier: one round makes 2.3 million edges out of 12 million, where an order by hash alone
    leaves 5.6 million. Past eight rounds the order is shuffled anew each round, which bounds the worst shapes (a chain of a million). All
    state is in tables, so memory stays small; ClickHouse's recursive CTEs cannot do this (UNION ALL only, no keyed state).
#}

{# More rounds than any real graph needs (a chain of a million: about twenty): reaching it is a bug, and is said loudly. #}
{% macro max_contraction_rounds() -%}{{ return(40) }}{%- endmacro %}

{# How many rounds keep the order of strength. Fewer rounds on hubs and on real graphs; then shuffling takes over. #}
{% macro rounds_in_own_order() -%}{{ return(8) }}{%- endmacro %}

{#
    The place of an identifier in the order of strength: 5 bits of its type's number, 59 bits of its hash. It stands for the identifier while
    components are sought, and the strongest one of a new profile becomes its canonical id: so it must be unique, which
    sql/tests/identity_strength_keys_are_unique.sql asserts.
#}
{% macro strength_key(node, type_number) -%}
    bitOr(bitShiftLeft(toUInt64(least({{ type_number }}, 31)), 59), bitShiftRight({{ node }}, 5))
{%- endmacro %}

{#
    The components of the graph that `edges_sql` gives as (a, b, type_a, type_b, is_active): table `<name>` (node, type_number, root), sorted
    by node, where root is the strongest key of the component as long as eight rounds were enough. Both ends of an inactive edge are nodes
    too. `edges`: about how many there are. Returns the number of rounds.
#}
{% macro solve_components(name, edges_sql, edges=0) -%}
    {%- do sluice.point_at_strongest(name ~ '_r1', edges_sql, edges) -%}
    {%- do sluice.contract_edges(name, 1, '(select a, b from (' ~ edges_sql ~ ') where is_active and a != b)') -%}
    {%- set rounds = sluice.contract_further(name, 1) -%}
    {%- set labels = sluice.follow_pointers(name, rounds) -%}
    {%- do sluice.make_solve_table(name, '(node UInt64, type_number UInt8, root UInt64)', 'node',
        'select p.v as node, p.k as type_number, if(l.v = 0, p.r, l.r) as root from ' ~ sluice.solve_table(name ~ '_r1') ~ ' as p left join '
        ~ labels ~ ' as l on p.r = l.v' if labels else 'select v as node, k as type_number, r as root from ' ~ sluice.solve_table(name ~ '_r1'), "join_algorithm = 'parallel_hash'") -%}
    {{ return(rounds) }}
{%- endmacro %}

{#
    The first round: table `<name>` (v, k, r) of every identifier, its type's number, and the strongest key of itself and its neighbours. Identifiers are
    hashes, so ranges of them are of one size: one range after the other, in memory that a statement may have. All at once, thirteen million edges
    would spill to disk and take twice as long.
#}
{% macro point_at_strongest(name, edges_sql, edges) -%}
    {%- set state = namespace(ranges=1) -%}
    {%- for _ in range(16) -%}{%- if state.ranges * sluice.setting('identity_edges_at_once') < edges -%}{%- set state.ranges = state.ranges * 2 -%}{%- endif -%}{%- endfor -%}
    {%- set width = 2 ** 64 // state.ranges -%}
    {%- for number in range(state.ranges) -%}
        {%- set within = ' where {} between ' ~ number * width ~ ' and ' ~ ((number + 1) * width - 1) if state.ranges > 1 else '' -%}
        {%- set select = 'select v, any(k) as kind, least(' ~ sluice.strength_key('v', 'kind') ~ ', min(w)) as r from ('
            ~ 'select a as v, type_a as k, if(is_active, ' ~ sluice.strength_key('b', 'type_b') ~ ', ' ~ sluice.strength_key('a', 'type_a') ~ ') as w from (' ~ edges_sql ~ ')' ~ within.format('a')
            ~ ' union all '
            ~ 'select b as v, type_b as k, if(is_active, ' ~ sluice.strength_key('a', 'type_a') ~ ', ' ~ sluice.strength_key('b', 'type_b') ~ ') as w from (' ~ edges_sql ~ ')' ~ within.format('b')
            ~ ') group by v' -%}
        {%- if number == 0 -%}
            {%- do sluice.make_solve_table(name, '(v UInt64, k UInt8, r UInt64)', 'v', select) -%}
        {%- else -%}
            {%- do run_query('insert into ' ~ sluice.solve_table(name) ~ ' ' ~ select ~ sluice.settings_of_solve()) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{# The number of the type that a strength key begins with. #}
{% macro type_of_key(key) -%}
    toUInt8(bitShiftRight({{ key }}, 59))
{%- endmacro %}

{# Components of a graph whose nodes are numbers without types: table `<name>` (node, root) for every end of an edge in `edges` (a, b). #}
{% macro solve_plain_components(name, edges_sql) -%}
    {%- do sluice.make_solve_table(name ~ '_e0', '(a UInt64, b UInt64)', '(a, b)', edges_sql) -%}
    {%- set rounds = sluice.contract_further(name, 0) -%}
    {%- do sluice.name_solve_select(name, 'select v as node, r as root from ' ~ sluice.follow_pointers(name, rounds, 0)) -%}
    {{ return(rounds) }}
{%- endmacro %}

{# Setting of a join: tables on disk are sorted by what they are joined on, so that merging them needs no memory; those in memory are small, and not sorted. #}
{% macro join_of_sorted() -%}
    {{ return('' if sluice.solve_state().in_memory else "join_algorithm = 'full_sorting_merge'") }}
{%- endmacro %}

{# Relabels both ends of `edges` by the pointers of a round; what still joins two labels is the next graph. #}
{% macro contract_edges(name, round, edges) -%}
    {%- set pointers = sluice.solve_table(name ~ '_r' ~ round) -%}
    {%- set half = 'select p.r as a, e.b as b from ' ~ edges ~ ' as e inner join ' ~ pointers ~ ' as p on e.a = p.v' -%}
    {%- if sluice.solve_state().in_memory -%}
        {%- set half = '(' ~ half ~ ')' -%}
    {%- else -%}
        {%- do sluice.make_solve_table(name ~ '_x', '(a UInt64, b UInt64)', 'b', half, sluice.join_of_sorted()) -%}
        {%- set half = sluice.solve_table(name ~ '_x') -%}
    {%- endif -%}
    {%- do sluice.make_solve_table(name ~ '_e' ~ round, '(a UInt64, b UInt64)', '(a, b)',
        'select least(x, y) as a, greatest(x, y) as b from (select h.a as x, p.r as y from ' ~ half ~ ' as h inner join ' ~ pointers
        ~ ' as p on h.b = p.v where h.a != p.r) group by a, b', sluice.join_of_sorted()) -%}
{%- endmacro %}

{# Contracts `<name>_e<done>` until no edge is left; returns the number of the last round. #}
{% macro contract_further(name, done) -%}
    {%- set state = namespace(round=done) -%}
    {%- for _ in range(sluice.max_contraction_rounds()) -%}
        {%- set edges = sluice.solve_table(name ~ '_e' ~ state.round) -%}
        {%- set left = sluice.solve_count(name ~ '_e' ~ state.round) if state.round > 0 else none -%}
        {%- if left == 0 -%}{%- break -%}{%- endif -%}
        {%- if state.round >= sluice.max_contraction_rounds() -%}
            {%- do exceptions.raise_compiler_error('identity: ' ~ left ~ ' edges are left after ' ~ state.round ~ ' rounds of contraction; this is a bug of Sluice') -%}
        {%- endif -%}
        {%- set state.round = state.round + 1 -%}
        {%- do sluice.make_solve_table(name ~ '_r' ~ state.round, '(v UInt64, r UInt64)', 'v',
            'select v, ' ~ sluice.strongest_neighbour(state.round) ~ ' as r from (select a as v, b as w from ' ~ edges
            ~ ' union all select b, a from ' ~ edges ~ ' where a != b) group by v') -%}
        {%- do sluice.contract_edges(name, state.round, edges) -%}
    {%- endfor -%}
    {{ return(state.round) }}
{%- endmacro %}

{% macro strongest_neighbour(round) -%}
    {%- if round <= sluice.rounds_in_own_order() -%}
        {{ return('least(v, min(w))') }}
    {%- else -%}
        {%- set shuffled = 'intHash64(bitXor({}, toUInt64(' ~ round * 2654435761 ~ ')))' -%}
        {{ return('if(' ~ shuffled.format('v') ~ ' < min(' ~ shuffled.format('w') ~ '), v, argMin(w, ' ~ shuffled.format('w') ~ '))') }}
    {%- endif -%}
{%- endmacro %}

{# Back: the last label of every node that took part in round `first` + 1 or a later one; none when there was no such round. #}
{% macro follow_pointers(name, rounds, first=1) -%}
    {%- if rounds == first -%}{{ return(none) }}{%- endif -%}
    {%- set state = namespace(labels=sluice.solve_table(name ~ '_r' ~ rounds)) -%}
    {%- for round in range(rounds - 1, first, -1) -%}
        {%- do sluice.make_solve_table(name ~ '_l' ~ round, '(v UInt64, r UInt64)', 'v',
            'select p.v as v, if(l.v = 0, p.r, l.r) as r from ' ~ sluice.solve_table(name ~ '_r' ~ round) ~ ' as p left join '
            ~ state.labels ~ ' as l on p.r = l.v', sluice.join_of_sorted()) -%}
        {%- set state.labels = sluice.solve_table(name ~ '_l' ~ round) -%}
    {%- endfor -%}
    {{ return(state.labels) }}
{%- endmacro %}
