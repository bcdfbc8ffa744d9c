{# Solves the whole graph from all evidence. #}

{% macro solve_everything(plan) -%}
    {%- do sluice.solve_state().update({'in_memory': false}) -%}
    {%- do sluice.read_open_violations() -%}
    {%- set edges = sluice.current_edges(plan.evidence.has_delta) -%}
    {%- do sluice.find_capped('capped', edges) -%}
    {%- do sluice.find_trusted('trusted', edges) -%}
    {%- set active = sluice.with_activity(edges, 'capped', 'trusted', sluice.unused_nodes()) -%}
    {%- do plan.update({'rounds': sluice.solve_components('nodes', sluice.with_standing(active), plan.evidence.edges)}) -%}
    {%- do sluice.split_violating('nodes', active) -%}
    {%- if plan.before.version == 0 -%}
        {%- do sluice.settle_first(plan, edges) -%}
    {%- else -%}
        {%- do sluice.settle_again(plan, edges) -%}
    {%- endif -%}
    {%- do run_query('insert into ' ~ sluice.graph_table('versions') ~ sluice.version_row(plan, 'full')) -%}
    {%- do sluice.publish_graph(plan) -%}
{%- endmacro %}

{# find_violating, and its components taken apart: tables `<nodes>_over`, `<nodes>_parts`, `<nodes>_refused`. #}
{% macro split_violating(nodes, edges) -%}
    {%- do sluice.find_violating(nodes) -%}
    {%- if run_query('select countIf(is_over) from ' ~ sluice.solve_table(nodes ~ '_over')).rows[0][0] | int > 0 -%}
        {%- do sluice.split_components(nodes, edges) -%}
    {%- else -%}
        {%- do sluice.leave_solve_table_empty(nodes ~ '_parts', sluice.parts_columns()) -%}
        {%- do sluice.leave_solve_table_empty(nodes ~ '_refused', sluice.refused_columns()) -%}
    {%- endif -%}
{%- endmacro %}

{% macro parts_columns() -%}{{ return('(node UInt64, type_number UInt8, root UInt64, part UInt64)') }}{%- endmacro %}
{% macro refused_columns() -%}
    {{ return('(kind String, entity String, type_number UInt8, node_a UInt64, node_b UInt64, observed UInt64, allowed UInt64, rule String)') }}
{%- endmacro %}

{#
    The first graph of all: nobody has an id yet, so a component's strongest key is its profile's canonical id, and the table of components is the
    published table. Only what a guard took apart differs, and stands in the delta.
#}
{% macro settle_first(plan, edges) -%}
    {%- set base = sluice.graph_table('v' ~ plan.version) -%}
    {%- do sluice.make_solve_table('members', '(node UInt64, type_number UInt8, part UInt64, old UInt64)', 'node',
        'select node, type_number, part, 0 from ' ~ sluice.solve_table('nodes_parts')
        ~ ' union all select node, type_number, root, 0 from ' ~ sluice.solve_table('nodes') ~ ' where root in (select root from ' ~ sluice.solve_table('nodes_over')
        ~ ' where is_large) and root not in (select root from ' ~ sluice.solve_table('nodes_parts') ~ ')') -%}
    {%- do sluice.quarantine() -%}
    {%- do sluice.make_solve_table('changed', sluice.changed_types(), 'node',
        'select m.node, m.type_number, m.part, ' ~ plan.version ~ ', 0 from ' ~ sluice.solve_table('members') ~ ' as m inner join (select node, root from ' ~ sluice.solve_table('nodes')
        ~ ' where node in (select node from ' ~ sluice.solve_table('members') ~ ')) as n on n.node = m.node where n.root != m.part') -%}
    {%- do sluice.record_first_profiles(plan, edges) -%}
    {%- do sluice.record_violations(plan, 'nodes_refused') -%}
    {%- do run_query('rename table ' ~ sluice.solve_table('nodes') ~ ' to ' ~ base) -%}
    {%- do run_query('alter table ' ~ base ~ ' rename column root to canonical_id, ' ~ "modify comment 'A part of one version of the identity graph'") -%}
    {%- do run_query('alter table ' ~ base ~ " comment column node '" ~ sluice.node_column()[2] ~ "', comment column type_number '" ~ sluice.type_column()[2] ~ "', comment column canonical_id '" ~ sluice.canonical_column()[2] ~ "'") -%}
    {%- do plan.update({'base': base, 'base_column': plan.version}) -%}
    {%- do sluice.write_delta(plan, none) -%}
{%- endmacro %}

{#
    Into the log: the profiles of settle_first, with when one of their identifiers was first seen. An edge that joins its ends tells it by either, so
    one end is read and the join stays a merge of sorted tables; the other end is read of edges that may not join, and both within what was
    taken apart.
#}
{% macro record_first_profiles(plan, edges) -%}
    {%- set nodes = sluice.solve_table('nodes') -%}
    {%- set members = sluice.solve_table('members') -%}
    {%- set apart = 'select node from ' ~ members if sluice.solve_count('members') > 0 else '' -%}
    {%- set loose = sluice.edges_that_may_not_join(edges) -%}
    {%- set first = 'select n.root as id, min(e.first_seen_at) as seen from ({}) as e inner join {} as n on n.node = e.node group by n.root' -%}
    {%- set found = [first.format('select a as node, first_seen_at from (' ~ edges ~ ')', nodes)] -%}
    {%- if loose -%}
        {%- do found.append(first.format('select b as node, first_seen_at from (' ~ loose ~ ')', '(select node, root from ' ~ nodes ~ ' where node in (select b from (' ~ loose ~ ')))')) -%}
    {%- endif -%}
    {%- if apart -%}
        {%- set found = ['select id, seen from (' ~ found | join(' union all ') ~ ') where id not in (select root from ' ~ nodes ~ ' where node in (' ~ apart ~ '))'] -%}
        {%- do found.append('select m.part as id, min(e.first_seen_at) as seen from (select node, part from ' ~ members ~ ') as m left join (select arrayJoin([a, b]) as node, first_seen_at from ('
            ~ edges ~ ') where a in (' ~ apart ~ ') or b in (' ~ apart ~ ')) as e on e.node = m.node group by m.part') -%}
    {%- endif -%}
    {%- do run_query('insert into ' ~ sluice.graph_table('profiles') ~ ' select id, ' ~ sluice.entity_of_type(sluice.type_of_key('id')) ~ ', min(seen), ' ~ sluice.at_version(plan) ~ ', ' ~ plan.version ~ ' from ('
        ~ found | join(' union all ') ~ ') group by id' ~ sluice.settings_of_solve(sluice.join_of_sorted())) -%}
{%- endmacro %}

{# A graph solved anew over an older one: every profile gets the id that most of its identifiers had. #}
{% macro settle_again(plan, edges) -%}
    {%- do sluice.make_solve_table('members', '(node UInt64, type_number UInt8, part UInt64, old UInt64)', 'node',
        'select n.node, n.type_number, if(p.node = 0, n.root, p.part), g.canonical_id from ' ~ sluice.solve_table('nodes') ~ ' as n left join ' ~ sluice.solve_table('nodes_parts')
        ~ ' as p on p.node = n.node left join (select node, canonical_id from ' ~ this ~ ' where node != 0) as g on g.node = n.node', sluice.join_of_sorted()) -%}
    {#- with the index, 400,000 of them would take 2.5 GB and 6 s -#}
    {%- do sluice.make_solve_table('gone', '(node UInt64, old UInt64)', 'node',
        'select node, canonical_id from ' ~ this ~ ' where node != 0 and node not in (select node from ' ~ sluice.solve_table('members') ~ ')', sluice.without_index()) -%}
    {%- do sluice.quarantine() -%}
    {%- do plan.update({'first_sightings': 'select arrayJoin([a, b]) as node, first_seen_at from (' ~ edges ~ ') where a in (' ~ sluice.newcomers() ~ ') or b in (' ~ sluice.newcomers() ~ ')'}) -%}
    {%- do sluice.leave_solve_table_empty('attached', sluice.attached_columns()) -%}
    {%- do sluice.assign_ids(plan, sluice.links_between_claims(edges)) -%}
    {%- do sluice.leave_solve_table_empty('changed', sluice.changed_types()) -%}
    {%- set base = sluice.graph_table('v' ~ plan.version) -%}
    {%- do run_query('create or replace table ' ~ base ~ ' ' ~ sluice.base_columns() ~ ' ' ~ sluice.engine_clause() ~ ' order by node ' ~ sluice.graph_comment() ~ ' as select m.node, m.type_number, i.canonical_id from '
        ~ sluice.solve_table('members') ~ ' as m inner join ' ~ sluice.solve_table('ids') ~ ' as i on i.part = m.part' ~ sluice.settings_of_solve("join_algorithm = 'parallel_hash'")) -%}
    {%- do sluice.record_violations(plan, 'nodes_refused') -%}
    {%- do plan.update({'base': base}) -%}
    {%- do sluice.write_delta(plan, none) -%}
{%- endmacro %}

{# Evidence between identifiers that had different profiles and now have one, as SQL of (part, a, b, rule): what a merge is explained by. #}
{% macro links_between_claims(edges) -%}
    {%- set merging = '(select node, part, old from ' ~ sluice.solve_table('members') ~ ' where old != 0 and part in (select part from ' ~ sluice.solve_table('claims') ~ ' group by part having count() > 1))' -%}
    {{ return('select x.part as part, e.a as a, e.b as b, e.rule as rule from (select a, b, toString(rule) as rule from (' ~ edges ~ ') where a != b and a in (select node from ' ~ merging
        ~ ')) as e inner join ' ~ merging ~ ' as x on x.node = e.a inner join ' ~ merging ~ ' as y on y.node = e.b where x.part = y.part and x.old != y.old') }}
{%- endmacro %}
