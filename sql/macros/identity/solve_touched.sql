{#
    Solves only what new evidence touches, over the graph of the last build: the same result as solving everything.

    Most of what is new joins whole profiles or hangs new identifiers on one: those are contracted as if each profile were one node. A group of
    profiles is solved again from its own edges when that could be wrong: when it lost an edge, when a guard once kept parts of it apart (one
    new edge must not undo that), or when the group as a whole would hold too much.
#}
{% macro solve_touched(plan) -%}
    {%- do sluice.read_open_violations() -%}
    {%- do sluice.look_at_touched(plan) -%}
    {%- do sluice.group_profiles(plan) -%}
    {%- do sluice.solve_suspicious_again(plan) -%}
    {%- do sluice.quarantine() -%}
    {%- set sightings = 'select arrayJoin([a, b]) as node, first_seen_at from ' -%}
    {%- do plan.update({'first_sightings': 'select node, first_seen_at from (' ~ sightings ~ sluice.solve_table('incident')
        ~ (' union all ' ~ sightings ~ sluice.solve_table('k_rows') if plan.suspicious > 0) ~ ') where node in (' ~ sluice.newcomers() ~ ')'}) -%}
    {%- do sluice.assign_ids(plan, sluice.joining_links()) -%}
    {%- do sluice.make_solve_table('changed', sluice.changed_types(), 'node',
        'select m.node, m.type_number, i.canonical_id, ' ~ plan.version ~ ', 0 from ' ~ sluice.solve_table('members') ~ ' as m inner join ' ~ sluice.solve_table('ids')
        ~ ' as i on i.part = m.part where i.canonical_id != m.old union all select node, type_number, canonical_id, ' ~ plan.version ~ ', 0 from ' ~ sluice.solve_table('attached')
        ~ ' union all select node, 0, 0, ' ~ plan.version ~ ', 1 from ' ~ sluice.solve_table('gone')) -%}
    {%- do sluice.record_violations(plan, 'again_refused', 'select node from ' ~ sluice.solve_table('v') ~ ' union all select node from ' ~ sluice.solve_table('suspicious'), 'select node from ' ~ sluice.solve_table('judged') ~ ' union all select node from '
        ~ sluice.solve_table('suspicious')) -%}
    {%- do plan.update({'base': sluice.graph_table('v' ~ (plan.before.base.split('__v') | last)), 'touched': '(select count() from ' ~ sluice.solve_table('v') ~ ')'}) -%}
    {%- do sluice.write_delta(plan, this.schema ~ '.' ~ plan.before.delta) -%}
    {%- do plan.update({'changed': '(select count() from ' ~ sluice.solve_table('changed') ~ ')'}) -%}
    {%- do sluice.fold_delta(plan) -%}
    {%- do run_query('insert into ' ~ sluice.graph_table('versions') ~ sluice.version_row(plan, 'incremental')) -%}
    {%- do sluice.publish_graph(plan) -%}
{%- endmacro %}

{#
    Tables: `incident`, the current rows of edges that have to be looked at; `capped` and `trusted`; `active` (a, b, is_active, rule, …), its pairs, with the ends that
    are there because of them (`standing`);
    `ends` (node, type_number, canonical_id, label): everybody whom that concerns, with the profile of the last build, 0 when there was none.
    A label stands for a profile, or for an identifier that has none yet.
#}
{% macro look_at_touched(plan) -%}
    {%- set delta = sluice.evidence_table('delta') -%}
    {%- set incident = sluice.solve_table('incident') -%}
    {#- all edges of an identifier only matter when a guard could judge it otherwise than before, or when it lost one: most are new and need no look -#}
    {%- set new = ' from ' ~ delta ~ ' where version > ' ~ plan.before.evidence_version ~ ' and ' -%}
    {%- do sluice.make_solve_table('judged', '(node UInt64)', 'node',
        'select node from ' ~ sluice.solve_table('decided') ~ ' union distinct select arrayJoin([a, b])' ~ new ~ 'seen_count = 0'
        ~ ' union distinct ' ~ sluice.seen_among(sluice.evidence_table('base')) ~ ' union distinct ' ~ sluice.seen_among(delta)
        ~ ' union distinct select a' ~ new ~ sluice.is_under_cap('type_a', 'type_b') ~ ' union distinct select b' ~ new ~ sluice.is_under_cap('type_b', 'type_a')) -%}
    {%- set counts = sluice.solve_counts(['judged', 'open']) -%}
    {%- set state = namespace(judged=counts[0]) -%}
    {%- if counts[1] == 0 -%}{%- do sluice.leave_solve_table_empty('open', sluice.refused_columns()) -%}{%- endif -%}
    {%- do sluice.find_incident(plan, state.judged > 0) -%}
    {#- whether a sighting is believed depends on all edges of its weaker end -#}
    {%- set weaker = 'select distinct weak from (select ' ~ sluice.weak_end() ~ ' as weak from ' ~ incident ~ " where rule = 'sighting') where weak not in (select node from " ~ sluice.solve_table('judged') ~ ')' -%}
    {%- if state.judged > 0 and run_query('select count() from (' ~ weaker ~ ')').rows[0][0] | int > 0 -%}
        {%- do run_query('insert into ' ~ sluice.solve_table('judged') ~ ' ' ~ weaker) -%}
        {%- do run_query('insert into ' ~ sluice.solve_table('v') ~ ' select node, 0 from ' ~ sluice.solve_table('judged') ~ ' where node not in (select node from ' ~ sluice.solve_table('v') ~ ')') -%}
        {%- set state.judged = sluice.solve_count('judged') -%}
        {%- do sluice.find_incident(plan, true) -%}
    {%- endif -%}
    {%- do plan.update({'judged': state.judged}) -%}
    {%- set judged = 'select node from ' ~ sluice.solve_table('judged') -%}
    {%- set rows = 'select * from ' ~ incident -%}
    {%- if state.judged > 0 -%}
        {%- do sluice.find_capped('capped', rows, 'v in (' ~ judged ~ ')') -%}
        {%- do sluice.find_trusted('trusted', rows, 'v in (' ~ judged ~ ')') -%}
    {%- else -%}
        {%- do sluice.leave_solve_table_empty('capped', sluice.capped_columns()) -%}
        {%- do sluice.trust_nobody('trusted') -%}
    {%- endif -%}
    {%- do sluice.name_solve_select('capped_before', 'select distinct node_a as node from ' ~ sluice.solve_table('open') ~ " where kind = 'cap'") -%}
    {%- if sluice.is_left_empty('capped') and sluice.is_left_empty('open') -%}
        {%- do sluice.leave_solve_table_empty('capped_known', '(node UInt64)') -%}
    {%- else -%}
        {%- do sluice.make_solve_table('capped_known', '(node UInt64)', 'node', 'select node from ' ~ sluice.solve_table('capped') ~ ' union distinct select node from ' ~ sluice.solve_table('capped_before')
            ~ ' where node not in (' ~ judged ~ ')') -%}
    {%- endif -%}
    {%- do sluice.make_solve_table('active', '(a UInt64, b UInt64, is_active UInt8, rule String, is_certain UInt8, standing Array(UInt64))', '(a, b)',
        "select a, b, max(is_active), argMin(toString(rule), rule_priority), min(is_active) and countIf(rule = 'sighting') = 0, groupUniqArrayArray(" ~ sluice.standing_ends() ~ ") from ("
        ~ sluice.with_activity(rows, 'capped_known', 'trusted', sluice.unused_nodes()) ~ ') group by a, b') -%}

    {%- do sluice.name_solve_select('guarded', 'select node_a, node_b from ' ~ sluice.solve_table('open') ~ " where kind != 'cap' and node_b != 0") -%}
    {#- the pairs that may join or part what was not so before -#}
    {%- if plan.judged == 0 and sluice.solve_state().unused == 0 -%}
        {%- do sluice.name_solve_select('judgements', 'select a, b, is_active, rule from ' ~ sluice.solve_table('active')) -%}
    {%- else -%}
        {%- do sluice.make_solve_table('pairs', '(a UInt64, b UInt64)', '(a, b)', 'select distinct a, b from ' ~ delta ~ ' where version > ' ~ plan.before.evidence_version) -%}
        {%- set flipped = '(select node from ' ~ sluice.solve_table('capped_before') ~ ' where node in (' ~ judged ~ ') union all select node from ' ~ sluice.solve_table('capped') ~ ' union all select node from ' ~ sluice.solve_table('decided') ~ ')' -%}
        {%- do sluice.make_solve_table('judgements', '(a UInt64, b UInt64, is_active UInt8, rule String)', '(a, b)',
            'select a, b, is_active, rule from ' ~ sluice.solve_table('active') ~ ' where not is_certain or a in ' ~ flipped ~ ' or b in ' ~ flipped ~ ' or (a, b) in (select a, b from ' ~ sluice.solve_table('pairs')
            ~ ") union all select a, b, 0, '' from " ~ sluice.solve_table('pairs') ~ ' where (a, b) not in (select a, b from ' ~ sluice.solve_table('active') ~ ')') -%}
    {%- endif -%}
    {%- set guarded = 'select distinct arrayJoin([node_a, node_b]) as node, 0 as t from ' ~ sluice.solve_table('guarded') -%}
    {%- if plan.judged > 0 -%}
        {%- do sluice.make_solve_table('concerned', '(node UInt64, type_number UInt8)', 'node',
            'select node, max(t) from (select node, type_number as t from ' ~ sluice.solve_table('v') ~ ' union all select arrayJoin([a, b]), 0 from ' ~ sluice.solve_table('judgements')
            ~ ' union all ' ~ guarded ~ ' union all select node, t from (select a as node, type_a as t from ' ~ sluice.solve_table('incident') ~ ' union all select b, type_b from ' ~ sluice.solve_table('incident')
            ~ ') where node in (' ~ judged ~ ')) group by node') -%}
    {%- else -%}
        {#- every edge that was looked at is new, and its ends are in `v` -#}
        {%- do sluice.name_solve_select('concerned', 'select node, type_number from ' ~ sluice.solve_table('v')
            ~ (' union all select node, t from (' ~ guarded ~ ') where node not in (select node from ' ~ sluice.solve_table('v') ~ ')' if not sluice.is_left_empty('open'))) -%}
    {%- endif -%}
    {%- set among = 'node in (select node from ' ~ sluice.solve_table('concerned') ~ ')' -%}
    {%- do sluice.make_solve_table('known', '(node UInt64, type_number UInt8, canonical_id UInt64, is_newer UInt8)', 'node',
        'select c.node, if(d.node = 0 or d.is_gone, c.type_number, d.type_number), if(d.is_gone, 0, d.canonical_id), d.node != 0 from ' ~ sluice.solve_table('concerned')
        ~ ' as c left join (select node, type_number, canonical_id, is_gone from ' ~ this.schema ~ '.' ~ plan.before.delta ~ ' prewhere ' ~ among ~ ') as d on d.node = c.node') -%}
    {#- many are looked up by reading the whole base once, past a hash table of them and never the other way round; few by the index -#}
    {%- set is_many = plan.evidence.touched > 2000 -%}
    {%- do sluice.make_solve_table('ends', '(node UInt64, type_number UInt8, canonical_id UInt64, label UInt64)', 'node',
        'select k.node, if(k.is_newer or b.node = 0, k.type_number, b.type_number), if(k.is_newer, k.canonical_id, b.canonical_id) as id, if(id = 0, bitXor(intHash64(k.node), 1), intHash64(id)) from '
        ~ '(select node, type_number, canonical_id from ' ~ this.schema ~ '.' ~ plan.before.base ~ (' prewhere ' ~ among if not is_many) ~ ') as b right join ' ~ sluice.solve_table('known')
        ~ ' as k on k.node = b.node', 'query_plan_join_swap_table = 0') -%}
{%- endmacro %}

{# Those of `v` that were ever seen with a stronger identifier: whether that is believed depends on all their edges. #}
{% macro seen_among(table) -%}
    {{ return('select weak from (select ' ~ sluice.weak_end() ~ ' as weak from ' ~ table ~ " prewhere rule = 'sighting' where a != b) where weak in (select node from " ~ sluice.solve_table('v') ~ ')') }}
{%- endmacro %}

{# Whether a cap says how many of type `other` an identifier of type `type` may touch, as SQL of type numbers. #}
{% macro is_under_cap(type, other) -%}
    {%- set pairs = [] -%}
    {%- for cap in sluice.identity_caps() -%}{%- do pairs.append('(' ~ cap.number ~ ', ' ~ cap.other ~ ')') -%}{%- endfor -%}
    {{ return('(' ~ type ~ ', ' ~ other ~ ') in (' ~ pairs | join(', ') ~ ')' if pairs else '0') }}
{%- endmacro %}

{# Table `incident`: all current rows that touch `judged`, and the changed ones of all others. #}
{% macro find_incident(plan, has_judged) -%}
    {%- set judged = 'select node from ' ~ sluice.solve_table('judged') -%}
    {%- set delta = sluice.evidence_table('delta') -%}
    {%- set new = 'version > ' ~ plan.before.evidence_version ~ ' and a not in (' ~ judged ~ ') and b not in (' ~ judged ~ ')' -%}
    {%- do sluice.make_solve_table('incident', sluice.edge_types(), '(a, b)', (sluice.current_edges(true, judged) ~ ' union all ' if has_judged) ~ 'select ' ~ sluice.edge_columns() ~ ' from ' ~ delta ~ ' where ' ~ new
        ~ ' and seen_count > 0 and (a, b, version) in (select a, b, max(version) from ' ~ delta ~ ' where ' ~ new ~ ' group by a, b)', sluice.without_index()) -%}
{%- endmacro %}

{#
    Tables: `groups` (node: a label, root), labels that belong together with others, also those that a guard keeps apart; `gone` (node, old), identifiers of
    which nothing is left; `attached` (node, type_number, canonical_id), new ones that go to the one profile they touch; `all` (node, type_number, root, old),
    everybody in the other touched groups; `suspicious`, those of them to be solved again.
#}
{% macro group_profiles(plan) -%}
    {%- set ends = sluice.solve_table('ends') -%}
    {%- do sluice.make_solve_table('pair_labels', '(a UInt64, b UInt64, x UInt64, y UInt64, is_active UInt8, rule String)', '(x, y)',
        'select p.a, p.b, s.label, t.label, p.is_active, p.rule from ' ~ sluice.solve_table('judgements') ~ ' as p inner join ' ~ ends ~ ' as s on s.node = p.a inner join ' ~ ends ~ ' as t on t.node = p.b') -%}
    {%- do sluice.solve_plain_components('groups',
        'select distinct least(x, y), greatest(x, y) from (select x, y from ' ~ sluice.solve_table('pair_labels') ~ ' where is_active union all select s.label, t.label from ' ~ sluice.solve_table('guarded')
        ~ ' as g inner join ' ~ ends ~ ' as s on s.node = g.node_a inner join ' ~ ends ~ ' as t on t.node = g.node_b)') -%}
    {%- do sluice.make_solve_table('rooted', '(node UInt64, type_number UInt8, canonical_id UInt64, label UInt64, root UInt64)', 'root',
        'select e.node, e.type_number, e.canonical_id, e.label, if(g.node = 0, e.label, g.root) from ' ~ ends ~ ' as e left join ' ~ sluice.solve_table('groups') ~ ' as g on g.node = e.label') -%}
    {%- set rooted = sluice.solve_table('rooted') -%}
    {#- who is judged may have no edge left, or none that is believed; of everybody else an edge is new -#}
    {%- set left = ['node in (select arrayJoin(standing) from ' ~ sluice.solve_table('active') ~ ')'] if plan.judged > 0 else [] -%}
    {%- set used = ['node not in (select node from ' ~ sluice.solve_table('unused') ~ ')'] if sluice.solve_state().unused > 0 else [] -%}
    {%- if left or used -%}
        {%- do sluice.make_solve_table('gone', '(node UInt64, old UInt64)', 'node', 'select node, canonical_id from ' ~ ends ~ ' where canonical_id != 0 and not (' ~ (used
            + (['(node not in (select node from ' ~ sluice.solve_table('judged') ~ ') or ' ~ left[0] ~ ')'] if left else [])) | join(' and ') ~ ')') -%}
    {%- else -%}
        {%- do sluice.leave_solve_table_empty('gone', '(node UInt64, old UInt64)') -%}
    {%- endif -%}
    {%- do sluice.make_solve_table('new_nodes', '(node UInt64, type_number UInt8, root UInt64)', 'node',
        'select node, type_number, root from ' ~ rooted ~ ' where ' ~ (['canonical_id = 0', 'type_number != 0'] + left + used) | join(' and ')) -%}
    {%- do sluice.make_solve_table('profiles', '(canonical_id UInt64, root UInt64)', 'canonical_id',
        'select canonical_id, any(root) from ' ~ rooted ~ ' where canonical_id != 0' ~ (' and root in (select root from ' ~ rooted ~ ' where node in (select node from '
        ~ sluice.solve_table('v') ~ '))' if plan.judged > 0 or not sluice.is_left_empty('open')) ~ ' group by canonical_id') -%}

    {#- groups that lost an edge, that a decision is about, or that a guard has taken apart before -#}
    {%- do sluice.make_solve_table('doubtful', '(root UInt64)', 'root',
        'select distinct root from ' ~ rooted ~ ' where label in (select x from ' ~ sluice.solve_table('pair_labels') ~ ' where not is_active and x = y and a != b) or node in (select node from '
        ~ sluice.solve_table('gone') ~ ' union all select node from ' ~ sluice.solve_table('decided') ~ ' union all select node_a from ' ~ sluice.solve_table('guarded') ~ ')') -%}
    {#- of a profile that is alone in its group, numbers are enough to see that what is new fits in -#}
    {%- do sluice.name_solve_select('alone', 'select root, any(canonical_id) as canonical_id from ' ~ sluice.solve_table('profiles') ~ ' where root not in (select root from ' ~ sluice.solve_table('doubtful') ~ ') group by root having count() = 1') -%}
    {%- do sluice.make_solve_table('held', '(node UInt64, type_number UInt8, canonical_id UInt64)', 'canonical_id',
        sluice.graph_where(plan, 'canonical_id in (select canonical_id from ' ~ sluice.solve_table('profiles') ~ ')'), sluice.without_index()) -%}
    {%- do sluice.find_fitting() -%}
    {%- do sluice.make_solve_table('attached', sluice.attached_columns(), 'node',
        'select n.node, n.type_number, f.canonical_id from ' ~ sluice.solve_table('new_nodes') ~ ' as n inner join ' ~ sluice.solve_table('fitting') ~ ' as f on f.root = n.root') -%}
    {%- set fitting = '(select root from ' ~ sluice.solve_table('fitting') ~ ')' -%}
    {%- set others = 'select canonical_id from ' ~ sluice.solve_table('profiles') ~ ' where root not in ' ~ fitting -%}
    {%- do sluice.make_solve_table('all', '(node UInt64, type_number UInt8, root UInt64, old UInt64)', 'node',
        'select m.node, m.type_number, p.root, m.canonical_id from (select * from ' ~ sluice.solve_table('held') ~ ' where canonical_id in (' ~ others
        ~ ')) as m inner join ' ~ sluice.solve_table('profiles') ~ ' as p on p.canonical_id = m.canonical_id where m.node not in (select node from ' ~ sluice.solve_table('gone') ~ ')'
        ~ ' union all select node, type_number, root, 0 from ' ~ sluice.solve_table('new_nodes') ~ ' where root not in ' ~ fitting) -%}
    {%- do sluice.find_violating('all', with_sizes=false) -%}
    {%- do sluice.make_solve_table('suspicious', '(node UInt64, type_number UInt8, old UInt64)', 'node',
        'select node, type_number, old from ' ~ sluice.solve_table('all') ~ ' where root in (select root from ' ~ sluice.solve_table('all_over') ~ ' union all select root from ' ~ sluice.solve_table('doubtful') ~ ')') -%}
{%- endmacro %}

{# Table `fitting` (root, canonical_id): of `alone`, the profiles that still keep every rule with the new identifiers of their group. #}
{% macro find_fitting() -%}
    {%- set limits = sluice.identity_limits() -%}
    {%- set counts = ['count() as n0'] -%}
    {%- set sums = ['sum(n0) as n0'] -%}
    {%- set conditions = ['held.n0 + ifNull(new.n0, 0) <= ' ~ sluice.identity_bound(sluice.type_of_key('held.canonical_id'), 'max_size'), 'new.n0 <= ' ~ sluice.identity_bound(sluice.type_of_key('held.canonical_id'), 'max_growth')] -%}
    {%- for limit in limits -%}
        {%- do counts.append('countIf(type_number = ' ~ limit.number ~ ') as n' ~ limit.number) -%}
        {%- do conditions.append('held.n' ~ limit.number ~ ' + new.n' ~ limit.number ~ ' <= ' ~ limit.max) -%}
    {%- endfor -%}
    {%- set counts = counts | join(', ') -%}
    {#- both ends of a never-link in one group: that group is no longer simple -#}
    {%- set apart = 'select node_a from ' ~ sluice.solve_table('never') ~ ' union all select node_b from ' ~ sluice.solve_table('never') -%}
    {%- do sluice.make_solve_table('fitting', '(root UInt64, canonical_id UInt64)', 'root',
        'select a.root, a.canonical_id from ' ~ sluice.solve_table('alone') ~ ' as a inner join (select canonical_id, ' ~ counts ~ ' from ('
        ~ 'select type_number, canonical_id from ' ~ sluice.solve_table('held') ~ ') group by canonical_id) as held on held.canonical_id = a.canonical_id '
        ~ 'left join (select root, ' ~ counts ~ ' from ' ~ sluice.solve_table('new_nodes') ~ ' group by root) as new on new.root = a.root where ' ~ conditions | join(' and ')
        ~ (' and a.root not in (select root from ' ~ sluice.solve_table('new_nodes') ~ ' where node in (' ~ apart ~ '))' if sluice.solve_state().never > 0)) -%}
{%- endmacro %}

{# `suspicious` solved again from its own edges, into `members` together with the rest; `again_refused` says what was kept apart. #}
{% macro solve_suspicious_again(plan) -%}
    {%- set key = sluice.strength_key('node', 'type_number') -%}
    {%- set whole = 'select a.node, a.type_number, g.part, a.old from (select node, type_number, root, old from ' ~ sluice.solve_table('all') ~ ' where node not in (select node from ' ~ sluice.solve_table('suspicious')
        ~ ')) as a inner join (select root, min(' ~ key ~ ') as part from ' ~ sluice.solve_table('all') ~ ' group by root) as g on g.root = a.root' -%}
    {%- do plan.update({'suspicious': sluice.solve_count('suspicious')}) -%}
    {%- if plan.suspicious == 0 -%}
        {%- do sluice.leave_solve_table_empty('again_refused', sluice.refused_columns()) -%}
        {%- do sluice.make_solve_table('members', '(node UInt64, type_number UInt8, part UInt64, old UInt64)', 'node', whole) -%}
    {%- else -%}
        {%- set k = 'select node from ' ~ sluice.solve_table('suspicious') -%}
        {%- do sluice.make_solve_table('k_rows', sluice.edge_types(), '(a, b)', sluice.current_edges(plan.evidence.has_delta, k), sluice.without_index()) -%}
        {%- do sluice.find_capped('k_capped', 'select * from ' ~ sluice.solve_table('k_rows'), 'v in (' ~ k ~ ')') -%}
        {%- do sluice.find_trusted('k_trusted', 'select * from ' ~ sluice.solve_table('k_rows'), 'v in (' ~ k ~ ')') -%}
        {#- an edge that leaves the group joins nobody (or the group would reach further), but its end in the group is there -#}
        {%- set inside = 'select entity, if(x in (' ~ k ~ '), x, y) as a, if(y in (' ~ k ~ '), y, x) as b, if(x in (' ~ k ~ '), type_x, type_y) as type_a, if(y in (' ~ k
            ~ '), type_y, type_x) as type_b, rule, rule_priority, first_seen_at, last_seen_at, seen_count from (select entity, a as x, b as y, type_a as type_x, type_b as type_y, rule, rule_priority, first_seen_at, last_seen_at, seen_count from '
            ~ sluice.solve_table('k_rows') ~ ')' -%}
        {%- set active = sluice.with_activity(inside, 'k_capped', 'k_trusted', sluice.unused_nodes()) -%}
        {%- do plan.update({'rounds': sluice.solve_components('again', active)}) -%}
        {%- do sluice.split_violating('again', active) -%}
        {%- do sluice.make_solve_table('members', '(node UInt64, type_number UInt8, part UInt64, old UInt64)', 'node',
            whole ~ ' union all select n.node, n.type_number, if(p.node = 0, n.root, p.part), s.old from ' ~ sluice.solve_table('again') ~ ' as n inner join ' ~ sluice.solve_table('suspicious')
            ~ ' as s on s.node = n.node left join ' ~ sluice.solve_table('again_parts') ~ ' as p on p.node = n.node') -%}
        {%- for found in ['capped', 'trusted_contested'] -%}
            {%- do sluice.name_solve_select(found, 'select * from ' ~ sluice.solve_table(found) ~ ' union all select * from ' ~ sluice.solve_table('k_' ~ found) ~ ' where node not in (select node from ' ~ sluice.solve_table('judged') ~ ')') -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# New edges that join what was apart, as SQL of (part, a, b, rule): the evidence of merges. #}
{% macro joining_links() -%}
    {{ return('select m.part as part, p.a as a, p.b as b, p.rule as rule from ' ~ sluice.solve_table('pair_labels') ~ ' as p inner join ' ~ sluice.solve_table('members')
        ~ ' as m on m.node = p.a where p.is_active and p.x != p.y') }}
{%- endmacro %}
