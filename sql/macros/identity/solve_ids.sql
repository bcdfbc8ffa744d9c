{#
    Ids that last. A part of the new graph is given the canonical id that most of its identifiers had; where profiles merge, the id that has
    existed longest survives (or the largest profile's, as the entity's `survivor` says); where one splits, the larger part keeps the id; a part
    without an id takes its strongest key, which is the id it had when it stood alone before.
#}

{% macro changed_columns() -%}
    {{ return(sluice.commented_columns([sluice.node_column(), sluice.type_column(), sluice.canonical_column(), sluice.version_column(), ['is_gone', 'UInt8', 'Whether nothing of it is left']])) }}
{%- endmacro %}
{% macro changed_types() -%}{{ return('(node UInt64, type_number UInt8, canonical_id UInt64, version UInt64, is_gone UInt8)') }}{%- endmacro %}
{% macro graph_comment() -%}{{ return("comment 'A part of one version of the identity graph'") }}{%- endmacro %}
{% macro base_columns() -%}
    {{ return(sluice.commented_columns([sluice.node_column(), sluice.type_column(), sluice.canonical_column()])) }}
{%- endmacro %}

{% macro at_version(plan) -%}
    {{ return('fromUnixTimestamp64Milli(toInt64(' ~ plan.version ~ "), 'UTC')") }}
{%- endmacro %}

{#
    Size. A profile that is too large, or that gained too much at once, is more likely a mistake than a person: its identifiers keep the profile
    that they had, and new ones stand alone. Changes `part` in table `members`; table `quarantined` (kind, entity, node_a, node_b, observed, allowed).
#}
{% macro quarantine() -%}
    {%- set entity = sluice.type_of_key('part') -%}
    {%- do sluice.make_solve_table('oversized', '(part UInt64, kind String, observed UInt64, allowed UInt64)', 'part',
        "select part, if(size > most, 'size', 'growth'), if(size > most, size, fresh), if(size > most, most, most_fresh) from (select part, count() as size, countIf(old = 0) as fresh, "
        ~ sluice.identity_bound(entity, 'max_size') ~ ' as most, ' ~ sluice.identity_bound(entity, 'max_growth') ~ ' as most_fresh from ' ~ sluice.solve_table('members')
        ~ ' group by part) where size > most or (fresh > most_fresh and fresh < size)') -%}
    {%- if sluice.solve_count('oversized') > 0 -%}
        {%- set large = '(select part from ' ~ sluice.solve_table('oversized') ~ ')' -%}
        {%- do sluice.make_solve_table('apart', '(node UInt64, type_number UInt8, part UInt64, old UInt64, was UInt64)', 'node',
            'select node, type_number, if(old = 0, ' ~ sluice.strength_key('node', 'type_number') ~ ', min(' ~ sluice.strength_key('node', 'type_number') ~ ') over (partition by part, old)), old, part from '
            ~ sluice.solve_table('members') ~ ' where part in ' ~ large) -%}
        {%- do sluice.make_solve_table('members_kept', '(node UInt64, type_number UInt8, part UInt64, old UInt64)', 'node',
            'select node, type_number, part, old from ' ~ sluice.solve_table('members') ~ ' where part not in ' ~ large
            ~ ' union all select node, type_number, part, old from ' ~ sluice.solve_table('apart')) -%}
        {%- do run_query('exchange tables ' ~ sluice.solve_table('members') ~ ' and ' ~ sluice.solve_table('members_kept')) -%}
        {%- do sluice.make_solve_table('quarantined', sluice.quarantined_columns(), 'node_a',
            'select o.kind, ' ~ sluice.entity_of_type(sluice.type_of_key('o.part')) ~ ', first_value(p.node) over (partition by p.was order by p.part), p.node, o.observed, o.allowed from ('
            ~ 'select was, part, min(node) as node from ' ~ sluice.solve_table('apart') ~ ' group by was, part) as p inner join ' ~ sluice.solve_table('oversized') ~ ' as o on o.part = p.was') -%}
    {%- else -%}
        {%- do sluice.leave_solve_table_empty('quarantined', sluice.quarantined_columns()) -%}
    {%- endif -%}
{%- endmacro %}

{% macro quarantined_columns() -%}{{ return('(kind String, entity String, node_a UInt64, node_b UInt64, observed UInt64, allowed UInt64)') }}{%- endmacro %}
{% macro attached_columns() -%}{{ return('(node UInt64, type_number UInt8, canonical_id UInt64)') }}{%- endmacro %}

{#
    From `members` (node, type_number, part, old: the id it had, 0 for none) to `ids` (part, canonical_id, is_new), and into the logs what that means,
    together with `attached` and `gone`: new profiles, merges, splits, moves. `links`: SQL of (part, a, b, rule) to name a merge's evidence from.
#}
{% macro assign_ids(plan, links) -%}
    {%- set v = plan.version -%}
    {%- do sluice.make_solve_table('claims', '(part UInt64, old UInt64, n UInt64, node UInt64, has_origin UInt8)', '(part, old)',
        'select part, old, count(), min(node), max(' ~ sluice.strength_key('node', 'type_number') ~ ' = old) from ' ~ sluice.solve_table('members') ~ ' where old != 0 group by part, old') -%}
    {#- an id goes to the part that holds most of its identifiers; of equal parts, to the one with the identifier that it was made of -#}
    {%- do sluice.make_solve_table('won', '(old UInt64, part UInt64, n UInt64)', 'part',
        'select old, argMax(part, (n, has_origin, -toInt128(part))) as winner, max(n) from ' ~ sluice.solve_table('claims') ~ ' group by old') -%}
    {%- set survivors = [] -%}
    {%- for entity in sluice.identity_rules().entities.values() if entity.types -%}
        {%- do survivors.append(sluice.type_of_key('w.part') ~ ' in (' ~ entity.types | map(attribute='number') | join(', ') ~ '), ' ~ ('toInt64(0)' if entity.survivor == 'oldest' else '-toInt64(w.n)')) -%}
    {%- endfor -%}
    {#- of the ids that a part holds, one survives; ages are only looked up where two compete -#}
    {%- do sluice.make_solve_table('kept', '(part UInt64, canonical_id UInt64)', 'part',
        'select part, any(old) from ' ~ sluice.solve_table('won') ~ ' group by part having count() = 1 union all select w.part, argMin(w.old, (multiIf('
        ~ survivors | join(', ') ~ ', toInt64(0)), p.born, isNull(p.seen), p.seen, w.old)) from (select * from ' ~ sluice.solve_table('won') ~ ' where part in (select part from ' ~ sluice.solve_table('won')
        ~ ' group by part having count() > 1)) as w left join (select canonical_id, min(version) as born, min(first_seen_at) as seen from ' ~ sluice.graph_table('profiles')
        ~ ' where canonical_id in (select old from ' ~ sluice.solve_table('won') ~ ' where part in (select part from ' ~ sluice.solve_table('won') ~ ' group by part having count() > 1)) group by canonical_id) as p on p.canonical_id = w.old group by w.part') -%}
    {%- do sluice.make_solve_table('fresh', '(part UInt64, canonical_id UInt64)', 'part',
        'select distinct part, part from ' ~ sluice.solve_table('members') ~ ' where part not in (select part from ' ~ sluice.solve_table('kept') ~ ')') -%}
    {#- an id that was never given is nobody's; among the others the graph is asked -#}
    {%- set given = 'select canonical_id from ' ~ sluice.graph_table('profiles') ~ ' where canonical_id in (select part from ' ~ sluice.solve_table('fresh') ~ ')' -%}
    {%- set taken = 'select canonical_id from ' ~ sluice.solve_table('kept') ~ ' where canonical_id in (select part from ' ~ sluice.solve_table('fresh') ~ ')' -%}
    {%- set counts = run_query('select (select count() from (' ~ given ~ ')), (select count() from (' ~ taken ~ '))').rows[0] -%}
    {%- if counts[0] | int > 0 -%}
        {%- set taken = taken ~ ' union all select canonical_id from (' ~ sluice.graph_where(plan, 'canonical_id in (' ~ given ~ ')') ~ ') where node not in (select node from ' ~ sluice.solve_table('members') ~ ')' -%}
    {%- endif -%}
    {%- set ids = 'select part, canonical_id, 0 from ' ~ sluice.solve_table('kept') ~ ' union all select part, canonical_id, 1 from ' ~ sluice.solve_table('fresh') -%}
    {%- if counts[0] | int + counts[1] | int > 0 -%}
        {%- do sluice.make_solve_table('taken', '(canonical_id UInt64)', 'canonical_id', taken) -%}
        {#- after a split the strongest key of a part may be the id that another part has kept: the first free number of a fixed row is taken -#}
        {%- do sluice.make_solve_table('candidates', '(part UInt64, number UInt8, canonical_id UInt64)', 'canonical_id',
            'select part, number, bitOr(bitShiftLeft(bitShiftRight(part, 59), 59), bitShiftRight(intHash64(bitXor(part, toUInt64(number * 2654435761))), 5)) from (select part, arrayJoin(range(1, 20)) as number from '
            ~ sluice.solve_table('fresh') ~ ' where canonical_id in (select canonical_id from ' ~ sluice.solve_table('taken') ~ '))') -%}
        {%- set used = 'select canonical_id from ' ~ sluice.solve_table('kept') ~ ' union all select canonical_id from ('
            ~ sluice.graph_where(plan, 'canonical_id in (select canonical_id from ' ~ sluice.solve_table('candidates') ~ ')') ~ ')' if sluice.solve_count('candidates') > 0 else 'select toUInt64(0)' -%}
        {%- set ids = ids ~ ' where canonical_id not in (select canonical_id from ' ~ sluice.solve_table('taken') ~ ')'
            ~ ' union all select part, argMin(canonical_id, number), 1 from ' ~ sluice.solve_table('candidates') ~ ' where canonical_id not in (' ~ used ~ ') group by part' -%}
    {%- endif -%}
    {%- do sluice.make_solve_table('ids', '(part UInt64, canonical_id UInt64, is_new UInt8)', 'part', ids) -%}
    {%- do sluice.record_changes(plan, links) -%}
{%- endmacro %}

{# A set, for an `in`: the identifiers of profiles that may be new. #}
{% macro newcomers() -%}
    {{ return('select node from ' ~ sluice.solve_table('members') ~ ' where part in (select part from ' ~ sluice.solve_table('fresh') ~ ')') }}
{%- endmacro %}

{# Into the logs: profiles that are new, and for each old id what became of its identifiers. #}
{% macro record_changes(plan, links) -%}
    {%- set v = plan.version -%}
    {%- set now = sluice.at_version(plan) -%}
    {%- do run_query('insert into ' ~ sluice.graph_table('profiles') ~ ' select i.canonical_id, ' ~ sluice.entity_of_type(sluice.type_of_key('i.part')) ~ ', min(s.at), ' ~ now ~ ', ' ~ v ~ ' from '
        ~ sluice.solve_table('ids') ~ ' as i inner join ' ~ sluice.solve_table('members') ~ ' as m on m.part = i.part left join (select node, min(first_seen_at) as at from (' ~ plan.first_sightings
        ~ ') group by node) as s on s.node = m.node where i.is_new group by i.canonical_id, i.part') -%}
    {%- set evidence = '(select part, argMin((a, b, rule), (a, b)) as best from (' ~ links ~ ') group by part)' -%}
    {%- do sluice.make_solve_table('fates', '(kind String, from_id UInt64, into_id UInt64, part UInt64, node UInt64, n UInt64)', '(from_id, into_id)',
        "select multiIf(k.canonical_id = 0, 'merge', i.is_new, 'split', 'move'), c.old, i.canonical_id, c.part, c.node, c.n from " ~ sluice.solve_table('claims') ~ ' as c inner join ' ~ sluice.solve_table('ids')
        ~ ' as i on i.part = c.part left join ' ~ sluice.solve_table('kept') ~ ' as k on k.canonical_id = c.old where i.canonical_id != c.old') -%}
    {%- set at = 'select ' ~ v ~ ', ' ~ now ~ ', ' -%}
    {%- do run_query('insert into ' ~ sluice.graph_table('changes') ~ ' ' ~ at ~ "if(f.kind = 'move', 'attach', f.kind), " ~ sluice.entity_of_type(sluice.type_of_key('f.part'))
        ~ ", f.from_id, f.into_id, if(e.part = 0, f.node, e.best.1), if(e.part = 0, 0, e.best.2), if(e.part = 0, '', e.best.3), concat(toString(f.n), ' identifiers') from "
        ~ sluice.solve_table('fates') ~ ' as f left join ' ~ evidence ~ " as e on e.part = f.part and f.kind = 'merge'"
        ~ ' union all ' ~ at ~ "'attach', " ~ sluice.entity_of_type('m.type_number') ~ ", 0, i.canonical_id, m.node, 0, '', '' from "
        ~ sluice.solve_table('members') ~ ' as m inner join ' ~ sluice.solve_table('ids') ~ ' as i on i.part = m.part where m.old = 0 and not i.is_new'
        ~ ' union all ' ~ at ~ "'attach', " ~ sluice.entity_of_type('type_number') ~ ", 0, canonical_id, node, 0, '', '' from " ~ sluice.solve_table('attached')
        ~ ' union all ' ~ at ~ "'detach', '', old, 0, node, 0, '', '' from " ~ sluice.solve_table('gone')) -%}
    {#- a former id leads to the profile of today in one step: what led to a profile that was absorbed is redirected -#}
    {%- set merged = '(select from_id, argMax(into_id, (n, into_id)) as into_id from ' ~ sluice.solve_table('fates') ~ " where kind = 'merge' group by from_id)" -%}
    {%- do run_query('insert into ' ~ sluice.graph_table('aliases') ~ ' select from_id, into_id, ' ~ now ~ ', ' ~ v ~ ' from ' ~ merged
        ~ ' union all select a.former_id, m.into_id, ' ~ now ~ ', ' ~ v ~ ' from (select former_id, argMax(canonical_id, version) as canonical_id from ' ~ sluice.graph_table('aliases')
        ~ ' group by former_id) as a inner join ' ~ merged ~ ' as m on m.from_id = a.canonical_id where a.former_id not in (select from_id from ' ~ merged ~ ')') -%}
{%- endmacro %}

{# Table `open`: the violations of the committed graph that still hold. #}
{% macro read_open_violations() -%}
    {%- set key = 'kind, type_number, node_a, node_b' -%}
    {%- do sluice.make_solve_table('open', sluice.refused_columns(), '(node_a, node_b)', 'select kind, argMax(entity, version), type_number, node_a, node_b, argMax(observed, version), argMax(allowed, version), argMax(rule, version) from '
        ~ sluice.graph_table('violations') ~ ' group by ' ~ key ~ ' having argMax(is_open, version) = 1') -%}
{%- endmacro %}

{#
    The log of violations: what is new is opened, what no longer holds is closed. `scope`: a set of nodes, for an `in`, outside of which nothing was looked
    at, and `judged` the same for what is found by looking at all edges of one identifier; none when everything was.
#}
{% macro record_violations(plan, refused, scope=none, judged=none) -%}
    {%- do sluice.name_solve_select('found',
        'select kind, entity, type_number, node_a, node_b, observed, allowed, rule from ' ~ sluice.solve_table(refused)
        ~ " union all select 'cap', " ~ sluice.entity_of_type('type_number') ~ ", other_type, node, 0, observed, allowed, '' from " ~ sluice.solve_table('capped')
        ~ " union all select 'contested', " ~ sluice.entity_of_type('type_number') ~ ", other_type, node, 0, observed, allowed, 'sighting' from " ~ sluice.solve_table('trusted_contested')
        ~ ' where node not in (select node from ' ~ sluice.solve_table('capped') ~ ')'
        ~ " union all select kind, entity, 0, node_a, node_b, observed, allowed, '' from " ~ sluice.solve_table('quarantined')) -%}
    {%- set key = 'kind, type_number, node_a, node_b' -%}
    {%- set open = '(select * from ' ~ sluice.solve_table('open') ~ (" where if(kind in ('cap', 'contested'), node_a in (" ~ judged ~ '), node_a in (' ~ scope ~ ') or node_b in (' ~ scope ~ '))'
        if scope and not sluice.is_left_empty('open')) ~ ')' -%}
    {%- set columns = 'entity, type_number, node_a, node_b, observed, allowed, rule' -%}
    {%- do run_query('insert into ' ~ sluice.graph_table('violations') ~ ' select ' ~ plan.version ~ ', ' ~ sluice.at_version(plan) ~ ', 1, kind, ' ~ columns ~ ' from ' ~ sluice.solve_table('found')
        ~ ' where (' ~ key ~ ') not in (select ' ~ key ~ ' from ' ~ open ~ ')'
        ~ ' union all select ' ~ plan.version ~ ', ' ~ sluice.at_version(plan) ~ ', 0, kind, ' ~ columns ~ ' from ' ~ open ~ ' as o where (' ~ key ~ ') not in (select ' ~ key ~ ' from ' ~ sluice.solve_table('found') ~ ')') -%}
{%- endmacro %}

{# `changed` over what the delta `previous` held and still holds; the row of node 0 names the version. #}
{% macro write_delta(plan, previous) -%}
    {%- set delta = sluice.graph_table('d' ~ plan.version) -%}
    {%- do run_query('create or replace table ' ~ delta ~ ' ' ~ sluice.changed_columns() ~ ' ' ~ sluice.engine_clause() ~ ' order by node ' ~ sluice.graph_comment() ~ ' as select node, type_number, canonical_id, version, is_gone from '
        ~ sluice.solve_table('changed') ~ ' union all select 0, 0, 0, ' ~ plan.version ~ ', 0'
        ~ (' union all select node, type_number, canonical_id, version, is_gone from ' ~ previous ~ ' where node != 0 and node not in (select node from ' ~ sluice.solve_table('changed') ~ ')' if previous) ~ sluice.settings_of_solve()) -%}
    {%- do plan.update({'delta': delta}) -%}
{%- endmacro %}

{#
    Every reader of the graph looks each identifier up in the delta, so a delta that has grown large is folded into a base of its own. Two
    seconds for 14 million identifiers, once in many builds.
#}
{% macro fold_delta(plan) -%}
    {%- set rows = run_query('select count() from ' ~ plan.delta).rows[0][0] | int -%}
    {%- if rows > 200000 and rows * 5 > plan.before.base_rows -%}
        {%- set base = sluice.graph_table('v' ~ plan.version) -%}
        {%- do run_query('create or replace table ' ~ base ~ ' ' ~ sluice.base_columns() ~ ' ' ~ sluice.engine_clause() ~ ' order by node ' ~ sluice.graph_comment() ~ ' as select node, type_number, canonical_id from '
            ~ plan.base ~ ' where node not in (select node from ' ~ plan.delta ~ ') union all select node, type_number, canonical_id from ' ~ plan.delta ~ ' where node != 0 and not is_gone' ~ sluice.settings_of_solve()) -%}
        {%- do plan.update({'base': base}) -%}
        {%- do sluice.leave_solve_table_empty('changed', sluice.changed_types()) -%}
        {%- do sluice.write_delta(plan, none) -%}
    {%- endif -%}
{%- endmacro %}

{% macro version_row(plan, mode) -%}
    {%- set base = plan.base.split('.') | last -%}
    {%- set delta = plan.delta.split('.') | last -%}
    {{ return(' select ' ~ plan.version ~ ", '" ~ mode ~ "', '" ~ base ~ "', '" ~ delta ~ "', (select count() from " ~ plan.base ~ '), ' ~ plan.evidence.version ~ ", '" ~ plan.evidence.fingerprint ~ "', "
        ~ sluice.decisions_in_force() ~ ', ' ~ (plan.rounds or 0) ~ ', ' ~ (plan.touched or '(select count() from ' ~ plan.base ~ ')') ~ ', ' ~ (plan.changed if plan.changed is not none else '(select count() from ' ~ plan.base ~ ')') ~ ', '
        ~ sluice.at_version(plan) ~ ", now64(3, 'UTC')") }}
{%- endmacro %}

{# The commit. #}
{% macro publish_graph(plan) -%}
    {%- do run_query('create or replace view ' ~ this ~ ' ' ~ sluice.commented_columns([sluice.node_column(), sluice.type_column(), sluice.canonical_column(), sluice.version_column()]) ~ ' as select node, type_number, canonical_id, ' ~ (plan.base.split('__v') | last) ~ ' as version from ' ~ plan.base
        ~ ' where node not in (select node from ' ~ plan.delta ~ ') union all select node, type_number, canonical_id, version from ' ~ plan.delta ~ " where not is_gone comment 'Who is who: the version of the identity graph that counts'") -%}
{%- endmacro %}
