{#
    Limits and never-links: what a component may hold. A component that holds too much is taken apart and joined again edge by edge, the
    best evidence first; an edge that would join what must stay apart is refused. This is Kruskal's algorithm with constraints: a pure
    function of the component's edges, whatever order they came in.

    It runs inside one row per component (`arrayFold`): 60,000 components of ten identifiers take 0.2 s, one of a thousand 0.1 s. A component
    of more than `max_split_size` identifiers is not taken apart but put into quarantine.
#}

{# The cost of taking apart grows with identifiers times edges; 4,000 identifiers take about two seconds. #}
{% macro max_split_size() -%}{{ return(4000) }}{%- endmacro %}

{# [{ number, max, within_days, on_excess, entity }] of the types that have a limit. `isolate` of the entity holds for limits that only split. #}
{% macro identity_limits() -%}
    {%- set found = [] -%}
    {%- for type in sluice.identity_types() if type.limit -%}
        {%- set policy = sluice.identity_rules().entities[type.entity].on_conflict -%}
        {%- set on_excess = 'isolate' if type.limit.on_excess == 'split' and policy == 'isolate' else type.limit.on_excess -%}
        {%- do found.append({'number': type.number, 'max': type.limit.max, 'within_days': type.limit.within_days, 'on_excess': on_excess, 'entity': type.entity}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# The most identifiers that a profile of the entity may have, by type number; `key` names the rule, max_size or max_growth. #}
{% macro identity_bound(number, key) -%}
    {%- set cases = [] -%}
    {%- for entity in sluice.identity_rules().entities.values() if entity.types -%}
        {%- do cases.append(number ~ ' in (' ~ entity.types | map(attribute='number') | join(', ') ~ '), ' ~ entity[key]) -%}
    {%- endfor -%}
    multiIf({{ cases | join(', ') }}, 0)
{%- endmacro %}

{#
    Components of table `nodes` (node, type_number, root) that want a closer look. Table `<nodes>_over` (root, size, is_over, is_large): is_over when it
    holds too many values of a type or both ends of a never-link, is_large when it has more identifiers than a profile may (`with_sizes`: the root is a strength key,
    which says what entity it is).
#}
{% macro find_violating(nodes, with_sizes=true) -%}
    {%- set conditions = [] -%}
    {%- for limit in sluice.identity_limits() -%}
        {%- do conditions.append('countIf(type_number = ' ~ limit.number ~ ') > ' ~ limit.max) -%}
    {%- endfor -%}
    {%- set apart = "root in (select x.root from (select n.root as root, pair.node_b as node_b from " ~ sluice.solve_table('never') ~ ' as pair inner join ' ~ sluice.solve_table(nodes)
        ~ ' as n on n.node = pair.node_a) as x inner join ' ~ sluice.solve_table(nodes) ~ ' as n on n.node = x.node_b where n.root = x.root)' if sluice.solve_state().never > 0 else '0' -%}
    {%- do sluice.make_solve_table(nodes ~ '_over', '(root UInt64, size UInt64, is_over UInt8, is_large UInt8)', 'root',
        'select root, size, holds_too_much or ' ~ apart ~ ' as is_over, ' ~ ('size > ' ~ sluice.identity_bound(sluice.type_of_key('root'), 'max_size') if with_sizes else '0') ~ ' as is_large from ('
        ~ 'select root, count() as size, ' ~ (conditions | join(' or ') or '0') ~ ' as holds_too_much from ' ~ sluice.solve_table(nodes) ~ ' group by root) where is_over or is_large') -%}
{%- endmacro %}

{#
    Takes the components `<nodes>_over` apart. `edges`: SQL of rows with is_active. Leaves the tables
    `<nodes>_parts` (node, type_number, root, part): their identifiers with the part they end in, a number (its strongest key);
    `<nodes>_refused` (kind, entity, type_number, node_a, node_b, observed, allowed, rule): for each two parts, the best evidence that did not join them.
#}
{% macro split_components(nodes, edges) -%}
    {%- set k = nodes ~ '_k' -%}
    {%- do sluice.make_solve_table(k, '(node UInt64, type_number UInt8, root UInt64)', 'node',
        'select node, type_number, root from ' ~ sluice.solve_table(nodes) ~ ' where root in (select root from ' ~ sluice.solve_table(nodes ~ '_over')
        ~ ' where is_over and size <= ' ~ sluice.max_split_size() ~ ')') -%}
    {%- set among = '(select node from ' ~ sluice.solve_table(k) ~ ')' -%}
    {%- do sluice.make_solve_table(k ~ '_edges',
        '(root UInt64, a UInt64, b UInt64, type_a UInt8, type_b UInt8, is_forced UInt8, rule_priority UInt8, last_at Int64, first_at Int64, seen_count UInt64, rule String)', 'root',
        'select n.root, e.a, e.b, any(e.type_a), any(e.type_b), max(' ~ sluice.is_forced() ~ '), min(e.rule_priority), max(' ~ sluice.milliseconds('e.last_seen_at')
        ~ '), min(ifNull(toUnixTimestamp64Milli(e.first_seen_at), 9223372036854775807)), sum(e.seen_count), argMin(toString(e.rule), e.rule_priority) from (select * from ('
        ~ edges ~ ') where is_active and a in ' ~ among ~ ') as e inner join ' ~ sluice.solve_table(k) ~ ' as n on n.node = e.a group by n.root, e.a, e.b') -%}
    {%- do sluice.make_solve_table(k ~ '_seen', '(node UInt64, seen Int64)', 'node', sluice.first_sightings_of_limited(k, edges)) -%}
    {%- do sluice.make_solve_table(k ~ '_cut', '(node UInt64, type_number UInt8)', 'node', 'select 0, 0 where 0') -%}
    {#- a value that is cut off loses its edges, which may allow what was refused: again, until nothing more is cut -#}
    {%- set state = namespace(cut=0) -%}
    {%- for _ in range(sluice.max_split_size()) -%}
        {%- do sluice.make_solve_table(k ~ '_fold',
            '(root UInt64, ids Array(UInt64), kinds Array(UInt8), labels Array(UInt32), refused Array(Tuple(a UInt64, b UInt64, reason UInt8)), excess Array(Tuple(node UInt64, reason UInt8)))',
            'root', sluice.fold_components(k)) -%}
        {%- do run_query('insert into ' ~ sluice.solve_table(k ~ '_cut') ~ ' select node, min(reason) from (' ~ sluice.newly_cut(k) ~ ') where node not in (select node from '
            ~ sluice.solve_table(k ~ '_cut') ~ ') group by node') -%}
        {%- set cut = sluice.solve_count(k ~ '_cut') -%}
        {%- if cut == state.cut -%}{%- break -%}{%- endif -%}
        {%- set state.cut = cut -%}
    {%- endfor -%}
    {%- do sluice.make_solve_table(nodes ~ '_parts', '(node UInt64, type_number UInt8, root UInt64, part UInt64)', 'node',
        'select id, kind, root, ' ~ sluice.strength_key('ids[indexOf(labels, label)]', 'kinds[indexOf(labels, label)]') ~ ' as part from ' ~ sluice.solve_table(k ~ '_fold')
        ~ ' array join ids as id, kinds as kind, labels as label') -%}
    {%- do sluice.make_solve_table(nodes ~ '_refused',
        '(kind String, entity String, type_number UInt8, node_a UInt64, node_b UInt64, observed UInt64, allowed UInt64, rule String)', '(node_a, node_b)',
        sluice.refusals(nodes)) -%}
{%- endmacro %}

{# When each value of a limited type was first seen; only asked for when a limit has a window or detaches what came last. #}
{% macro first_sightings_of_limited(k, edges) -%}
    {%- set timed = sluice.identity_limits() | selectattr('within_days') | map(attribute='number') | list + sluice.identity_limits() | selectattr('on_excess', 'equalto', 'detach') | map(attribute='number') | list -%}
    {%- if timed | length == 0 -%}{{ return('select 0, 0 where 0') }}{%- endif -%}
    {%- set numbers = timed | join(', ') -%}
    {%- set among = '(select node from ' ~ sluice.solve_table(k) ~ ' where type_number in (' ~ numbers ~ '))' -%}
    {{ return('select node, min(at) from (select a as node, ' ~ sluice.milliseconds('first_seen_at') ~ ' as at from (' ~ edges ~ ') where type_a in (' ~ numbers ~ ') and a in ' ~ among
        ~ ' union all select b, ' ~ sluice.milliseconds('first_seen_at') ~ ' from (' ~ edges ~ ') where type_b in (' ~ numbers ~ ') and b in ' ~ among ~ ') group by node') }}
{%- endmacro %}

{# The order in which evidence is taken: forced links, then the rule's priority, then what the entity's on_conflict says. Smaller is better. #}
{% macro strength_of_edge() -%}
    {%- set by_policy = {'last': '-last_at', 'first': 'first_at', 'isolate': '-toInt64(seen_count)'} -%}
    {%- set cases = [] -%}
    {%- for entity in sluice.identity_rules().entities.values() if entity.types -%}
        {%- do cases.append('type_a in (' ~ entity.types | map(attribute='number') | join(', ') ~ '), ' ~ by_policy[entity.on_conflict]) -%}
    {%- endfor -%}
    (not is_forced, rule_priority, multiIf({{ cases | join(', ') }}, toInt64(0)), -toInt64(seen_count), -last_at)
{%- endmacro %}

{#
    One row per component: (root, ids, kinds, labels, refused, excess). The state of the fold is (the label of each identifier, the refused edges,
    the values that are too many); `e` is an edge as (place of a, place of b, its number, is_forced).
#}
{% macro fold_components(k) -%}
    {%- set left = 'acc.1[e.1]' -%}
    {%- set right = 'acc.1[e.2]' -%}
    {%- set cases = [] -%}
    {%- do cases.append(left ~ ' = ' ~ right ~ ', acc') -%}
    {%- if sluice.solve_state().never > 0 -%}
        {%- do cases.append('arrayExists(p -> (acc.1[p.1] = ' ~ left ~ ' and acc.1[p.2] = ' ~ right ~ ') or (acc.1[p.1] = ' ~ right ~ ' and acc.1[p.2] = ' ~ left
            ~ '), never), (acc.1, arrayPushBack(acc.2, (e.3, toUInt8(0))), acc.3)') -%}
    {%- endif -%}
    {%- for limit in sluice.identity_limits() -%}
        {%- set of = 'kind = ' ~ limit.number ~ ' and label = ' -%}
        {%- set here = 'arrayCount((label, kind) -> ' ~ of ~ left ~ ', acc.1, kinds)' -%}
        {%- set there = 'arrayCount((label, kind) -> ' ~ of ~ right ~ ', acc.1, kinds)' -%}
        {%- set values = 'arraySort(arrayFilter((s, label, kind) -> kind = ' ~ limit.number ~ ' and (label = ' ~ left ~ ' or label = ' ~ right ~ '), seen, acc.1, kinds))' -%}
        {%- set too_many = here ~ ' > 0 and ' ~ there ~ ' > 0 and ' ~ here ~ ' + ' ~ there ~ ' > ' ~ limit.max -%}
        {%- if limit.within_days -%}
            {%- set too_many = too_many ~ ' and arrayExists((x, y) -> y.1 - x.1 <= ' ~ limit.within_days * 86400000 ~ ', arraySlice(' ~ values ~ ', 1, greatest(toInt64(length(' ~ values ~ ')) - '
                ~ limit.max ~ ', 0)), arraySlice(' ~ values ~ ', ' ~ (limit.max + 1) ~ '))' -%}
        {%- endif -%}
        {%- set excess = 'arrayConcat(acc.3, arrayMap(s -> (s.2, toUInt8(' ~ limit.number ~ ')), arraySlice(' ~ values ~ ', ' ~ (limit.max + 1) ~ ')))' if limit.on_excess == 'detach' else 'acc.3' -%}
        {%- do cases.append('e.4 = 0 and ' ~ too_many ~ ', (acc.1, arrayPushBack(acc.2, (e.3, toUInt8(' ~ limit.number ~ '))), ' ~ excess ~ ')') -%}
    {%- endfor -%}
    {%- do cases.append('(arrayMap(label -> if(label = ' ~ right ~ ', ' ~ left ~ ', label), acc.1), acc.2, acc.3)') -%}
    {%- set cut = '(select node from ' ~ sluice.solve_table(k ~ '_cut') ~ ')' -%}
    {%- set fold -%}
select
    root,
    ids,
    kinds,
    folded.1 as labels,
    arrayMap(x -> (edges[x.1].2, edges[x.1].3, x.2), folded.2) as refused,
    folded.3 as excess
from (
    select
        root,
        ids,
        kinds,
        edges,
        arrayFold(
            (acc, e) -> multiIf({{ cases | join(',\n                ') }}),
            arrayMap((x, i) -> (toUInt32(indexOf(ids, x.2)), toUInt32(indexOf(ids, x.3)), toUInt32(i), x.4), edges, arrayEnumerate(edges)),
            (
                arrayMap(i -> toUInt32(i), arrayEnumerate(ids)),
                cast([], 'Array(Tuple(UInt32, UInt8))'),
                cast([], 'Array(Tuple(UInt64, UInt8))')
            )
        ) as folded
    from (
        select
            members.root as root,
            members.ids as ids,
            members.kinds as kinds,
            members.seen as seen,
            evidence.edges as edges,
            arrayMap(p -> (toUInt32(indexOf(members.ids, p.1)), toUInt32(indexOf(members.ids, p.2))), apart.pairs) as never
        from (
            select root, arraySort(groupArray(({{ sluice.strength_key('k.node', 'k.type_number') }}, k.node, k.type_number, s.seen))) as sorted,
                arrayMap(x -> x.2, sorted) as ids, arrayMap(x -> x.3, sorted) as kinds, arrayMap(x -> (x.4, x.2), sorted) as seen
            from {{ sluice.solve_table(k) }} as k
            left join {{ sluice.solve_table(k ~ '_seen') }} as s on s.node = k.node
            group by root
        ) as members
        left join (
            select root, arraySort(groupArray(({{ sluice.strength_of_edge() }}, a, b, is_forced))) as edges
            from {{ sluice.solve_table(k ~ '_edges') }}
            where is_forced or (a not in {{ cut }} and b not in {{ cut }})
            group by root
        ) as evidence on evidence.root = members.root
        left join (
            select x.root as root, groupArray((pair.node_a, pair.node_b)) as pairs
            from {{ sluice.solve_table('never') }} as pair
            inner join {{ sluice.solve_table(k) }} as x on x.node = pair.node_a
            inner join {{ sluice.solve_table(k) }} as y on y.node = pair.node_b
            where x.root = y.root
            group by root
        ) as apart on apart.root = members.root
    )
)
    {%- endset -%}
    {{ return(fold) }}
{%- endmacro %}

{#
    What the last fold cut off, as SQL of (node, reason): with `isolate` the weaker end of a refused edge (it is tied to both sides, so it is nobody's;
    unless it is a value of the limited type itself), with `detach` the values past the limit, those seen last.
#}
{% macro newly_cut(k) -%}
    {%- set isolating = sluice.identity_limits() | selectattr('on_excess', 'equalto', 'isolate') | map(attribute='number') | list -%}
    {%- set cut = 'select x.1 as node, x.2 as reason from ' ~ sluice.solve_table(k ~ '_fold') ~ ' array join excess as x' -%}
    {%- if isolating -%}
        {%- set cut = cut ~ ' union all select weaker.2 as node, reason from (select greatest((kinds[indexOf(ids, x.1)], x.1), (kinds[indexOf(ids, x.2)], x.2)) as weaker, x.3 as reason from '
            ~ sluice.solve_table(k ~ '_fold') ~ ' array join refused as x) where reason in (' ~ isolating | join(', ') ~ ') and weaker.1 != reason' -%}
    {%- endif -%}
    {{ return(cut) }}
{%- endmacro %}

{# The boundary between parts: for each two of them the best evidence that would have joined them, and the rule that kept them apart. #}
{% macro refusals(nodes) -%}
    {%- set k = nodes ~ '_k' -%}
    {%- set allowed = [] -%}
    {%- for limit in sluice.identity_limits() -%}{%- do allowed.append('reason = ' ~ limit.number ~ ', ' ~ limit.max) -%}{%- endfor -%}
    {%- set boundary -%}
select
    if(reason = 0, 'never_link', 'limit') as kind,
    {{ sluice.entity_of_type('type_a') }} as entity,
    reason,
    node_a,
    node_b,
    ifNull(held.observed, 0) as observed,
    toUInt64({{ 'multiIf(' ~ allowed | join(', ') ~ ', 0)' if allowed else '0' }}) as allowed,
    rule
from (
    select root, best.1 as node_a, best.2 as node_b, best.3 as type_a, best.4 as reason, best.5 as rule
    from (
        select root, low, high, argMin(evidence, (strength, evidence)) as best
        from (
            select
                e.root as root,
                least(x.part, y.part) as low,
                greatest(x.part, y.part) as high,
                {{ sluice.strength_of_edge() }} as strength,
                (e.a, e.b, e.type_a, if(r.a != 0, r.reason, if(cut_a.node != 0, cut_a.type_number, cut_b.type_number)), e.rule) as evidence
            from {{ sluice.solve_table(k ~ '_edges') }} as e
            inner join {{ sluice.solve_table(nodes ~ '_parts') }} as x on x.node = e.a
            inner join {{ sluice.solve_table(nodes ~ '_parts') }} as y on y.node = e.b
            left join (select x.1 as a, x.2 as b, x.3 as reason from {{ sluice.solve_table(k ~ '_fold') }} array join refused as x) as r on r.a = e.a and r.b = e.b
            left join {{ sluice.solve_table(k ~ '_cut') }} as cut_a on cut_a.node = e.a
            left join {{ sluice.solve_table(k ~ '_cut') }} as cut_b on cut_b.node = e.b
            where x.part != y.part
        )
        group by root, low, high
    )
) as apart
left join (
    select root, type_number, count() as observed
    from {{ sluice.solve_table(k) }}
    group by root, type_number
) as held on held.root = apart.root and held.type_number = apart.reason
    {%- endset -%}
    {{ return(boundary) }}
{%- endmacro %}

{# The entity of a type number, as SQL. #}
{% macro entity_of_type(number) -%}
    {%- set cases = [] -%}
    {%- for entity in sluice.identity_rules().entities.values() if entity.types -%}
        {%- do cases.append(number ~ ' in (' ~ entity.types | map(attribute='number') | join(', ') ~ "), '" ~ entity.name ~ "'") -%}
    {%- endfor -%}
    multiIf({{ cases | join(', ') }}, '')
{%- endmacro %}
