{#
    Guards of the graph, in this order: caps, sightings, then limits and never-links inside a component; those two are in solve_limits.sql.
    (Values that identify no person were kept out before: see block_reason.) Each is a pure function of the edges, the rules and the decisions, never of the order in
    which things arrived.

    `edges` is always SQL that gives rows of `identity_edges`: (a, b, type_a, type_b, rule, rule_priority, first_seen_at, last_seen_at, seen_count).
#}

{# What a force link carries, and what has to bear the caps: evidence that two identifiers are one person. #}
{% macro is_forced() -%}rule = 'manual'{%- endmacro %}
{% macro is_claim() -%}rule in ('declared', 'probabilistic') and a != b{%- endmacro %}

{# Of an edge, the end with the weaker type; of two equal ones the larger number. #}
{% macro weak_end() -%}if((type_a, a) > (type_b, b), a, b){%- endmacro %}
{% macro strong_end() -%}if((type_a, a) > (type_b, b), b, a){%- endmacro %}

{# [{ number, other, max, within_days }] of all types. #}
{% macro identity_caps() -%}
    {%- set found = [] -%}
    {%- for type in sluice.identity_types() -%}
        {%- for cap in type.caps -%}
            {%- do found.append({'number': type.number, 'other': cap.number, 'max': cap.max, 'within_days': cap.within_days}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#
    Identifiers that touch more identifiers of another type than their rule allows: a shared tablet, a junk address. They lose all their edges
    but forced ones. Two passes, because nearly every identifier has few neighbours: a cheap count of rows finds the candidates, the exact
    count is theirs alone. A window counts the neighbours seen within so many days before the newest one.

    Table `<name>` (node, type_number, other_type, observed, allowed). `among`: SQL condition on `v`, to look at some identifiers only.
#}
{% macro find_capped(name, edges, among='1') -%}
    {%- set caps = sluice.identity_caps() -%}
    {%- if caps | length == 0 -%}
        {%- do sluice.leave_solve_table_empty(name, sluice.capped_columns()) -%}
    {%- else -%}
        {%- set candidates = [] -%}
        {%- for other, of_other in caps | groupby('other') -%}
            {%- set numbers = of_other | map(attribute='number') | join(', ') -%}
            {%- do candidates.append(
                'select v from (select a as v from (' ~ edges ~ ') where ' ~ sluice.is_claim() ~ ' and type_b = ' ~ other ~ ' and type_a in (' ~ numbers ~ ')'
                ~ ' union all select b as v from (' ~ edges ~ ') where ' ~ sluice.is_claim() ~ ' and type_a = ' ~ other ~ ' and type_b in (' ~ numbers ~ '))'
                ~ ' where ' ~ among ~ ' group by v having count() > ' ~ of_other | map(attribute='max') | min
            ) -%}
        {%- endfor -%}
        {%- do sluice.make_solve_table(name ~ '_candidates', '(node UInt64)', 'node', 'select distinct v from (' ~ candidates | join(' union all ') ~ ')') -%}
        {%- set allowed = [] -%}
        {%- set window = [] -%}
        {%- for cap in caps -%}
            {%- do allowed.append('k = ' ~ cap.number ~ ' and u = ' ~ cap.other ~ ', ' ~ cap.max) -%}
            {%- do window.append('k = ' ~ cap.number ~ ' and u = ' ~ cap.other ~ ', ' ~ (cap.within_days * 86400000 if cap.within_days else 0)) -%}
        {%- endfor -%}
        {%- do sluice.make_solve_table(name, sluice.capped_columns(), 'node',
            'select v, k, u, if(window = 0, length(seen), arrayCount(at -> at = 0 or at > arrayMax(seen) - window, seen)) as observed, allowed from ('
            ~ 'select v, k, u, groupArray(last_at) as seen, toInt64(multiIf(' ~ window | join(', ') ~ ', 0)) as window, '
            ~ 'toUInt64(multiIf(' ~ allowed | join(', ') ~ ', 18446744073709551615)) as allowed from ('
            ~ 'select v, k, u, w, max(at) as last_at from ('
            ~ 'select a as v, type_a as k, type_b as u, b as w, ' ~ sluice.milliseconds('last_seen_at') ~ ' as at from (' ~ edges ~ ') where ' ~ sluice.is_claim() ~ ' and a in (select node from ' ~ sluice.solve_table(name ~ '_candidates') ~ ')'
            ~ ' union all select b, type_b, type_a, a, ' ~ sluice.milliseconds('last_seen_at') ~ ' from (' ~ edges ~ ') where ' ~ sluice.is_claim() ~ ' and b in (select node from ' ~ sluice.solve_table(name ~ '_candidates') ~ ')'
            ~ ') group by v, k, u, w) group by v, k, u) where observed > allowed') -%}
    {%- endif -%}
{%- endmacro %}

{% macro capped_columns() -%}{{ return('(node UInt64, type_number UInt8, other_type UInt8, observed UInt64, allowed UInt64)') }}{%- endmacro %}

{# Milliseconds since 1970 as Int64; 0 for an unknown time. #}
{% macro milliseconds(at) -%}
    ifNull(toUnixTimestamp64Milli({{ at }}), 0)
{%- endmacro %}

{#
    Identifiers whose sightings may be believed. A visit that carries two ids does not claim that they are one person: mobile SDKs send the last
    user's id with the next visitor's anonymous id. So a sighting links only when it was repeated, when the weaker id was never seen with
    another strong one, and when no claim speaks for it. Tables `<name>` (node), and `<name>_contested` as find_capped's: those that were seen with
    several.
#}
{% macro find_trusted(name, edges, among='1') -%}
    {%- set least_sightings = [] -%}
    {%- for entity in sluice.identity_rules().entities.values() -%}
        {%- do least_sightings.append("entity = '" ~ entity.name ~ "', " ~ entity.min_sightings) -%}
    {%- endfor -%}
    {%- do sluice.make_solve_table(name ~ '_sighted', '(node UInt64, type_number UInt8, strong_type UInt8, strong UInt64, is_often UInt8)', 'node',
        'select weak, any(weak_type), min(strong_type), uniqExact(strong), sum(seen_count) >= multiIf(' ~ least_sightings | join(', ') ~ ', 1) from ('
        ~ 'select entity, ' ~ sluice.weak_end() ~ ' as weak, ' ~ sluice.strong_end() ~ ' as strong, greatest(type_a, type_b) as weak_type, least(type_a, type_b) as strong_type, seen_count from ('
        ~ edges ~ ") where rule = 'sighting' and a != b) where " ~ among | replace('v in', 'weak in') ~ ' group by entity, weak') -%}
    {%- if sluice.solve_count(name ~ '_sighted') == 0 -%}
        {%- do sluice.trust_nobody(name) -%}
    {%- else -%}
        {%- do sluice.make_solve_table(name ~ '_contested', sluice.capped_columns(), 'node', 'select node, type_number, strong_type, strong, 1 from ' ~ sluice.solve_table(name ~ '_sighted') ~ ' where strong > 1') -%}
        {%- set is_enough = 'strong = 1 and is_often' -%}
        {%- set sighted = '(select node from ' ~ sluice.solve_table(name ~ '_sighted') ~ ' where ' ~ is_enough ~ ')' -%}
        {%- do sluice.make_solve_table(name, '(node UInt64)', 'node',
            'select node from ' ~ sluice.solve_table(name ~ '_sighted') ~ ' where ' ~ is_enough ~ ' and node not in (select ' ~ sluice.weak_end() ~ ' as weak from ('
            ~ edges ~ ") where rule = 'declared' and a != b and weak in " ~ sighted ~ ')') -%}
    {%- endif -%}
{%- endmacro %}

{# What find_trusted leaves where nothing was sighted. #}
{% macro trust_nobody(name) -%}
    {%- do sluice.leave_solve_table_empty(name, '(node UInt64)') -%}
    {%- do sluice.leave_solve_table_empty(name ~ '_contested', sluice.capped_columns()) -%}
{%- endmacro %}

{# Those of `edges` that with_activity could find inactive, and some more; '' when there can be none. #}
{% macro edges_that_may_not_join(edges) -%}
    {%- set reasons = [] -%}
    {%- if not sluice.is_left_empty('trusted') -%}{%- do reasons.append("rule = 'sighting'") -%}{%- endif -%}
    {%- for kept_out in (['select node from ' ~ sluice.solve_table('capped')] if sluice.solve_count('capped') > 0 else []) + ([sluice.unused_nodes()] if sluice.unused_nodes() else []) -%}
        {%- do reasons.append('a in (' ~ kept_out ~ ') or b in (' ~ kept_out ~ ')') -%}
    {%- endfor -%}
    {{ return('select * from (' ~ edges ~ ') where a != b and (' ~ reasons | join(' or ') ~ ')' if reasons else '') }}
{%- endmacro %}

{#
    The rows of `edges` with `is_active`: whether the row joins its two ends. Clauses that cannot apply are left out: at thirteen million edges
    each costs a look-up per row. `never_used`: SQL list of nodes, or '': their edges hang on nothing, so the other end stands for both.
#}
{% macro with_activity(edges, capped, trusted, never_used='') -%}
    {%- set clauses = ['a != b'] -%}
    {%- if sluice.solve_count(capped) > 0 -%}
        {%- set among = '(select node from ' ~ sluice.solve_table(capped) ~ ')' -%}
        {%- do clauses.append('(' ~ sluice.is_forced() ~ ' or (a not in ' ~ among ~ ' and b not in ' ~ among ~ '))') -%}
    {%- endif -%}
    {%- do clauses.append("rule != 'sighting'" if sluice.is_left_empty(trusted) else "(rule != 'sighting' or " ~ sluice.weak_end() ~ ' in (select node from ' ~ sluice.solve_table(trusted) ~ '))') -%}
    {%- if never_used -%}
        {%- set source = 'select if(x in (' ~ never_used ~ '), y, x) as a, if(y in (' ~ never_used ~ '), x, y) as b, if(x in (' ~ never_used
            ~ '), type_y, type_x) as type_a, if(y in (' ~ never_used ~ '), type_x, type_y) as type_b, entity, rule, rule_priority, first_seen_at, last_seen_at, seen_count'
            ~ ' from (select a as x, b as y, type_a as type_x, type_b as type_y, entity, rule, rule_priority, first_seen_at, last_seen_at, seen_count from ('
            ~ edges ~ ')) where not (x in (' ~ never_used ~ ') and y in (' ~ never_used ~ '))' -%}
    {%- else -%}
        {%- set source = edges -%}
    {%- endif -%}
    {{ return('select *, ' ~ clauses | join(' and ') ~ ' as is_active from (' ~ source ~ ')') }}
{%- endmacro %}

{#
    The ends of a row that have a profile because of it, as an array. A visit that carries two ids belongs to the stronger one. The weaker one has
    a profile when the visit is believed, or when another row shows it alone: seen beside a user id once, a cookie is not a second person.
#}
{% macro standing_ends() -%}
    if(not is_active and rule = 'sighting' and a != b, [{{ sluice.strong_end() }}], [a, b])
{%- endmacro %}

{# The rows of `active`, as with_activity gives them, without the ends that do not stand: such a row is the stronger end by itself. #}
{% macro with_standing(active) -%}
    {%- if sluice.is_left_empty('trusted') -%}{{ return(active) }}{%- endif -%}
    {{ return('select ends[1] as a, ends[length(ends)] as b, if(length(ends) = 2 or a = x, type_x, type_y) as type_a, if(length(ends) = 2 or b = y, type_y, type_x) as type_b, is_active '
        ~ 'from (select a as x, b as y, type_a as type_x, type_b as type_y, is_active, ' ~ sluice.standing_ends() ~ ' as ends from (' ~ active ~ '))') }}
{%- endmacro %}
