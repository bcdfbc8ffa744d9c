{#
    Solves only what new evidence touches, over the graph of the last build: the same result as solving everything.

    Most of what is new joins whole profiles or hangs new identifiers on one: those are contracted as if each profile were one node. A group of
    profiles is solved again from its own edges when that could be wrong: when it lost an edge, when a guard once kept parts of it apart (one
    new edge must not undo that), or when the group as a whole would hold too much.
#}
{% macro solve_touched(plan) -%}
    {%- do look_at_touched(plan) -%}
    {%- do group_profiles(plan) -%}
    {%- do solve_suspicious_again(plan) -%}
    {%- do quarantine() -%}
    {%- do plan.update({'first_sightings': 'select arrayJoin([a, b]) as node, first_seen_at from ' ~ solve_table('incident')}) -%}
    {%- do assign_ids(plan, joining_links()) -%}
    {%- do make_solve_table('changed', changed_columns(), 'node',
        'select m.node, m.type_number, i.canonical_id, ' ~ plan.version ~ ', 0 from ' ~ solve_table('members') ~ ' as m inner join ' ~ solve_table('ids')
        ~ ' as i on i.part = m.part where i.canonical_id != m.old union all select node, 0, 0, ' ~ plan.version ~ ', 1 from ' ~ solve_table('gone')) -%}
    {%- do make_solve_table('scope', '(node UInt64)', 'node', 'select distinct node from (select node from ' ~ solve_table('v') ~ ' union all select node from ' ~ solve_table('suspicious') ~ ')') -%}
    {%- do record_violations(plan, 'again_refused', 'capped', 'select node from ' ~ solve_table('scope')) -%}
    {%- do plan.update({'base': graph_table('v' ~ (plan.before.base.split('__v') | last)), 'touched': solve_count('v')}) -%}
    {%- do write_delta(plan, this.schema ~ '.' ~ plan.before.delta) -%}
    {%- do run_query('insert into ' ~ graph_table('versions') ~ version_row(plan, 'incremental')) -%}
    {%- do publish_graph(plan) -%}
{%- endmacro %}

{#
    Tables: `incident`, all current rows of edges that touch `v`; `capped` and `trusted`; `active`, the pairs of incident that join;
    `ends` (node, type_number, canonical_id, label): everybody whom that concerns, with the profile of the last build, 0 when there was none.
    A label stands for a profile, or for an identifier that has none yet.
#}
{% macro look_at_touched(plan) -%}
    {%- set v = 'select node from ' ~ solve_table('v') -%}
    {%- set columns = edge_types() -%}
    {%- do make_solve_table('incident', columns, '(a, b)', current_edges(plan.evidence.has_delta, v)) -%}
    {#- whether a sighting is believed depends on all edges of its weaker end -#}
    {%- set weaker = 'select distinct weak from (select ' ~ weak_end() ~ ' as weak from ' ~ solve_table('incident') ~ " where rule = 'sighting') where weak not in (" ~ v ~ ')' -%}
    {%- if run_query('select count() from (' ~ weaker ~ ')').rows[0][0] | int > 0 -%}
        {%- do run_query('insert into ' ~ solve_table('v') ~ ' ' ~ weaker) -%}
        {%- do make_solve_table('incident', columns, '(a, b)', current_edges(plan.evidence.has_delta, v)) -%}
    {%- endif -%}
    {%- set incident = 'select * from ' ~ solve_table('incident') -%}
    {%- do find_capped('capped', incident, 'v in (' ~ v ~ ')') -%}
    {%- do find_trusted('trusted', incident, 'v in (' ~ v ~ ')') -%}
    {%- do make_solve_table('capped_known', '(node UInt64)', 'node', 'select node from ' ~ solve_table('capped') ~ ' union all select node_a from ' ~ open_violations()
        ~ " where kind = 'cap' and node_a not in (" ~ v ~ ')') -%}
    {%- do make_solve_table('active', '(a UInt64, b UInt64, is_active UInt8, rule String)', '(a, b)',
        'select a, b, max(is_active), argMin(toString(rule), rule_priority) from (' ~ with_activity(incident, 'capped_known', 'trusted', unused_nodes()) ~ ') group by a, b') -%}

    {%- do make_solve_table('guarded', '(node_a UInt64, node_b UInt64)', 'node_a', 'select node_a, node_b from ' ~ open_violations() ~ " where kind != 'cap' and node_b != 0") -%}
    {%- do make_solve_table('ends', '(node UInt64, type_number UInt8, canonical_id UInt64, label UInt64)', 'node',
        'select e.node, if(g.node = 0, e.type_number, g.type_number), g.canonical_id, if(g.node = 0, bitXor(intHash64(e.node), 1), intHash64(g.canonical_id)) from (select node, max(t) as type_number from ('
        ~ 'select a as node, type_a as t from ' ~ solve_table('incident') ~ ' union all select b, type_b from ' ~ solve_table('incident')
        ~ ' union all select node, 0 from ' ~ solve_table('v') ~ ' union all select arrayJoin([node_a, node_b]), 0 from ' ~ solve_table('guarded')
        ~ ') group by node) as e left join (' ~ graph_where(plan, 'node in (select a from ' ~ solve_table('incident')
        ~ ' union all select b from ' ~ solve_table('incident') ~ ' union all ' ~ v ~ ' union all select arrayJoin([node_a, node_b]) from ' ~ solve_table('guarded')
        ~ ')') ~ ') as g on g.node = e.node') -%}
{%- endmacro %}

{# The violations of the committed graph that still hold. #}
{% macro open_violations() -%}
    (select kind, type_number, node_a, node_b, argMax(observed, version) as observed, argMax(allowed, version) as allowed from {{ graph_table('violations') }}
    group by kind, type_number, node_a, node_b having argMax(is_open, version) = 1)
{%- endmacro %}

{#
    Tables: `groups` (node: a label, root): labels that belong together, also those that a guard keeps apart; `gone` (node, old): identifiers of
    which nothing is left; `members` (node, type_number, part, old): everybody in a touched group; `suspicious`, those of groups to be solved again.
#}
{% macro group_profiles(plan) -%}
    {%- set ends = solve_table('ends') -%}
    {%- set active = solve_table('active') -%}
    {%- do make_solve_table('pair_labels', '(a UInt64, b UInt64, x UInt64, y UInt64, is_active UInt8, rule String, known_a UInt64, known_b UInt64)', '(x, y)',
        'select p.a, p.b, s.label, t.label, p.is_active, p.rule, s.canonical_id, t.canonical_id from (select a, b, is_active, rule from ' ~ active
        ~ " union all select a, b, 0, '' from " ~ solve_table('pairs') ~ ' where (a, b) not in (select a, b from ' ~ active ~ ')) as p inner join ' ~ ends ~ ' as s on s.node = p.a inner join ' ~ ends ~ ' as t on t.node = p.b') -%}
    {%- do solve_plain_components('groups',
        'select distinct least(x, y), greatest(x, y) from (select x, y from ' ~ solve_table('pair_labels') ~ ' where is_active union all select s.label, t.label from ' ~ solve_table('guarded')
        ~ ' as g inner join ' ~ ends ~ ' as s on s.node = g.node_a inner join ' ~ ends ~ ' as t on t.node = g.node_b union all select label, label from ' ~ ends ~ ')') -%}
    {%- do make_solve_table('gone', '(node UInt64, old UInt64)', 'node',
        'select node, canonical_id from ' ~ ends ~ ' where canonical_id != 0 and (node in (select node from ' ~ solve_table('unused') ~ ') or (node in (select node from ' ~ solve_table('v')
        ~ ') and node not in (select a from ' ~ solve_table('incident') ~ ') and node not in (select b from ' ~ solve_table('incident') ~ ')))') -%}
    {%- do make_solve_table('touched', '(root UInt64)', 'root',
        'select distinct g.root from ' ~ ends ~ ' as e inner join ' ~ solve_table('groups') ~ ' as g on g.node = e.label where e.node in (select node from ' ~ solve_table('v') ~ ')') -%}
    {%- do make_solve_table('profiles', '(canonical_id UInt64, root UInt64)', 'canonical_id',
        'select e.canonical_id, any(g.root) from ' ~ ends ~ ' as e inner join ' ~ solve_table('groups') ~ ' as g on g.node = e.label where e.canonical_id != 0 and g.root in (select root from '
        ~ solve_table('touched') ~ ') group by e.canonical_id') -%}
    {%- do make_solve_table('all', '(node UInt64, type_number UInt8, root UInt64, old UInt64)', 'node',
        'select m.node, m.type_number, p.root, m.canonical_id from (select * from (' ~ graph_where(plan, 'canonical_id in (select canonical_id from ' ~ solve_table('profiles') ~ ')')
        ~ ') where node not in (select node from ' ~ solve_table('gone') ~ ')) as m inner join ' ~ solve_table('profiles') ~ ' as p on p.canonical_id = m.canonical_id'
        ~ ' union all select e.node, e.type_number, g.root, 0 from ' ~ ends ~ ' as e inner join ' ~ solve_table('groups') ~ ' as g on g.node = e.label where e.canonical_id = 0 and e.type_number != 0'
        ~ ' and e.node not in (select node from ' ~ solve_table('unused') ~ ')') -%}
    {%- do find_violating('all', with_sizes=false) -%}
    {%- set lost = 'select x from ' ~ solve_table('pair_labels') ~ ' where not is_active and x = y and known_a != 0 and a != b union all select e.label from ' ~ ends ~ ' as e inner join '
        ~ solve_table('gone') ~ ' as o on o.node = e.node' -%}
    {%- do make_solve_table('suspicious', '(node UInt64, type_number UInt8, old UInt64)', 'node',
        'select node, type_number, old from ' ~ solve_table('all') ~ ' where root in (select root from ' ~ solve_table('all_over') ~ ' union distinct select root from ' ~ solve_table('groups')
        ~ ' where node in (' ~ lost ~ ') union distinct select g.root from ' ~ solve_table('guarded') ~ ' as d inner join ' ~ ends ~ ' as e on e.node = d.node_a inner join '
        ~ solve_table('groups') ~ ' as g on g.node = e.label)') -%}
{%- endmacro %}

{# `suspicious` solved again from its own edges, into `members` together with the rest; `again_refused` says what was kept apart. #}
{% macro solve_suspicious_again(plan) -%}
    {%- set key = strength_key('node', 'type_number') -%}
    {%- set whole = 'select a.node, a.type_number, g.part, a.old from (select node, type_number, root, old from ' ~ solve_table('all') ~ ' where node not in (select node from ' ~ solve_table('suspicious')
        ~ ')) as a inner join (select root, min(' ~ key ~ ') as part from ' ~ solve_table('all') ~ ' group by root) as g on g.root = a.root' -%}
    {%- if solve_count('suspicious') == 0 -%}
        {%- do make_solve_table('again_refused', refused_columns(), '(node_a, node_b)', "select '', '', 0, 0, 0, 0, 0, '' where 0") -%}
        {%- do make_solve_table('members', '(node UInt64, type_number UInt8, part UInt64, old UInt64)', 'node', whole) -%}
    {%- else -%}
        {%- set k = 'select node from ' ~ solve_table('suspicious') -%}
        {%- do make_solve_table('k_rows', edge_types(), '(a, b)', current_edges(plan.evidence.has_delta, k)) -%}
        {%- do find_capped('k_capped', 'select * from ' ~ solve_table('k_rows'), 'v in (' ~ k ~ ')') -%}
        {%- do find_trusted('k_trusted', 'select * from ' ~ solve_table('k_rows'), 'v in (' ~ k ~ ')') -%}
        {#- an edge that leaves the group joins nobody (or the group would reach further), but its end in the group is there -#}
        {%- set inside = 'select entity, if(x in (' ~ k ~ '), x, y) as a, if(y in (' ~ k ~ '), y, x) as b, if(x in (' ~ k ~ '), type_x, type_y) as type_a, if(y in (' ~ k
            ~ '), type_y, type_x) as type_b, rule, rule_priority, first_seen_at, last_seen_at, seen_count from (select entity, a as x, b as y, type_a as type_x, type_b as type_y, rule, rule_priority, first_seen_at, last_seen_at, seen_count from '
            ~ solve_table('k_rows') ~ ')' -%}
        {%- set active = with_activity(inside, 'k_capped', 'k_trusted', unused_nodes()) -%}
        {%- do plan.update({'rounds': solve_components('again', active)}) -%}
        {%- do split_violating('again', active) -%}
        {%- do make_solve_table('members', '(node UInt64, type_number UInt8, part UInt64, old UInt64)', 'node',
            whole ~ ' union all select n.node, n.type_number, if(p.node = 0, n.root, p.part), s.old from ' ~ solve_table('again') ~ ' as n inner join ' ~ solve_table('suspicious')
            ~ ' as s on s.node = n.node left join ' ~ solve_table('again_parts') ~ ' as p on p.node = n.node') -%}
        {%- do run_query('insert into ' ~ solve_table('capped') ~ ' select * from ' ~ solve_table('k_capped') ~ ' where node not in (select node from ' ~ solve_table('v') ~ ')') -%}
    {%- endif -%}
{%- endmacro %}

{# New edges that join what was apart, as SQL of (part, a, b, rule): the evidence of merges. #}
{% macro joining_links() -%}
    {{ return('select m.part as part, p.a as a, p.b as b, p.rule as rule from ' ~ solve_table('pair_labels') ~ ' as p inner join ' ~ solve_table('members')
        ~ ' as m on m.node = p.a where p.is_active and p.x != p.y') }}
{%- endmacro %}
