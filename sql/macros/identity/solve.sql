{#
    The materialization of `identity_graph`: who is who. It reads the evidence (`identity_edges`), the rules and the decisions, and leaves a view
    (node, type_number, canonical_id, version) over versioned tables. Replacing the view is the commit: until then readers see the graph of the
    last build, and a build that is killed after any statement leaves nothing that the next one would take for true.

    Beside the view stand logs that only grow: __profiles, __changes, __aliases, __violations, __versions. A row of a log counts when its
    version is at most the committed one, which the view's row for node 0 names.

    A build solves what the new evidence touches. It solves everything the first time, with --full-refresh, when the rules have changed, and
    when so much is new that less work would be more.
#}
{% materialization identity_solve, adapter='clickhouse' %}

    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}

    {%- set tables = sluice.tables_of_graph() -%}
    {%- do sluice.drop_solve_tables(tables) -%}
    {%- do sluice.create_graph_logs(tables) -%}
    {%- set before = sluice.committed_graph(tables) -%}
    {%- do sluice.forget_uncommitted(before, tables) -%}
    {%- do sluice.read_decisions() -%}
    {%- set evidence = sluice.evidence_since(before) -%}
    {%- set plan = {
        'version': [evidence.now, before.version + 1] | max, 'before': before, 'evidence': evidence,
        'base': none, 'delta': none, 'rounds': 0, 'touched': none, 'changed': none, 'first_sightings': none
    } -%}

    {%- if should_full_refresh() -%}
        {%- do sluice.solve_everything(plan) -%}
    {%- elif evidence.is_unchanged -%}
        {%- do log('identity: nothing has changed since version ' ~ before.version) -%}
    {%- elif evidence.is_partial -%}
        {%- do sluice.solve_touched(plan) -%}
    {%- else -%}
        {%- do sluice.solve_everything(plan) -%}
    {%- endif -%}
    {%- do sluice.drop_solve_tables(sluice.tables_of_graph()) -%}

    {#- dbt wants a statement of this name; what is published was published above, in one statement -#}
    {% call statement('main') -%}
        select 1
    {%- endcall %}

    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

{# { version, base, delta, evidence_version, fingerprint, base_rows, decisions: how many }; version 0 when nothing was ever committed. #}
{% macro committed_graph(tables) -%}
    {%- set nothing = {'version': 0, 'base': none, 'delta': none, 'evidence_version': 0, 'fingerprint': '', 'base_rows': 0, 'decisions': 0} -%}
    {#- the view's definition names the version as its row for node 0 does, and asking for that would look every identifier of the delta up -#}
    {%- set delta = modules.re.search('__d([0-9]+)', tables.get('', '')) -%}
    {%- if not delta -%}{{ return(nothing) }}{%- endif -%}
    {%- set found = run_query('select toString(version), base, delta, toString(evidence_version), fingerprint, toString(base_rows), toString(length(decisions)) from ' ~ sluice.graph_table('versions')
        ~ ' where version = ' ~ delta.group(1)).rows -%}
    {%- if found | length == 0 -%}{{ return(nothing) }}{%- endif -%}
    {%- set row = found[0] -%}
    {{ return({'version': row[0] | int, 'base': row[1], 'delta': row[2], 'evidence_version': row[3] | int, 'fingerprint': row[4], 'base_rows': row[5] | int, 'decisions': row[6] | int}) }}
{%- endmacro %}

{% macro create_graph_logs(tables) -%}
    {%- set at = "DateTime64(3, 'UTC')" -%}
    {%- set kinds = 'LowCardinality(String)' -%}
    {%- set version = ['version', 'UInt64', 'Version of the graph, in milliseconds since 1970'] -%}
    {%- set entity = ['entity', kinds, 'Kind of thing, person or account'] -%}
    {%- set logs = [
        ['profiles', 'canonical_id', 'Ids that were given: one row per id, and one more each time that it came back', [
            ['canonical_id', 'UInt64', 'Lasting number of the profile'],
            entity,
            ['first_seen_at', 'Nullable(' ~ at ~ ')', 'First time that one of its identifiers was seen, when it was given; NULL when no source has a time'],
            ['created_at', at, 'When the build that gave it ran, in UTC'],
            version,
        ]],
        ['changes', '(version, kind)', 'What became of profiles: one row per merge, split, attachment or detachment', [
            version,
            ['changed_at', at, 'When the build that changed it ran, in UTC'],
            ['kind', kinds, 'merge, split, attach or detach'],
            entity,
            ['from_id', 'UInt64', 'Profile that lost something or was absorbed; 0 when none was'],
            ['into_id', 'UInt64', 'Profile that gained something; 0 when none did'],
            ['node_a', 'UInt64', 'Identifier of the evidence'],
            ['node_b', 'UInt64', 'The other identifier of the evidence; 0 when there is none'],
            ['rule', kinds, 'Rule of the evidence; empty when no edge caused it'],
            ['detail', 'String', 'How much changed, in words'],
        ]],
        ['aliases', 'former_id', 'Ids that were absorbed: the row of the greatest version says where an id leads', [
            ['former_id', 'UInt64', 'Id that was absorbed'],
            ['canonical_id', 'UInt64', 'Profile that it is now'],
            ['changed_at', at, 'When it came to lead there, in UTC'],
            version,
        ]],
        ['violations', '(node_a, node_b)', 'What guards refused: the row of the greatest version says whether it still holds', [
            version,
            ['detected_at', at, 'When the build that found it, or found it gone, ran, in UTC'],
            ['is_open', 'UInt8', 'Whether it held from then on'],
            ['kind', kinds, 'cap, contested, limit, never_link, size or growth'],
            entity,
            ['type_number', 'UInt8', 'Type of which there were too many; 0 when it is not about a type'],
            ['node_a', 'UInt64', 'Identifier'],
            ['node_b', 'UInt64', 'Other identifier; 0 when there is none'],
            ['observed', 'UInt64', 'How many there were'],
            ['allowed', 'UInt64', 'How many the rule allows'],
            ['rule', kinds, 'Rule of the evidence that was not used'],
        ]],
        ['versions', 'version', 'Versions of the graph: one row per solve', [
            version,
            ['mode', kinds, 'full or incremental'],
            ['base', 'String', 'Table that holds most of it'],
            ['delta', 'String', 'Table that holds what is newer than the base'],
            ['base_rows', 'UInt64', 'Rows of the base'],
            ['evidence_version', 'UInt64', 'Newest version of the evidence that it knows'],
            ['fingerprint', 'String', 'Of the rules that it was solved by'],
            ['decisions', 'Array(Tuple(kind String, node_a UInt64, node_b UInt64))', 'Decisions that it obeys'],
            ['rounds', 'UInt8', 'Rounds of contraction that it took'],
            ['touched_identifiers', 'UInt64', 'Identifiers that new evidence or a decision was about'],
            ['changed_identifiers', 'UInt64', 'Identifiers whose profile changed'],
            ['started_at', at, 'When the solve began, in UTC'],
            ['finished_at', at, 'When it ended, in UTC'],
        ]],
    ] -%}
    {%- for name, key, comment, columns in logs if '__' ~ name not in tables -%}
        {%- do run_query('create table if not exists ' ~ sluice.graph_table(name) ~ ' ' ~ sluice.commented_columns(columns) ~ ' ' ~ sluice.engine_clause() ~ ' order by ' ~ key ~ " comment '" ~ comment ~ "'") -%}
    {%- endfor -%}
{%- endmacro %}

{# [[name, type, comment]] → the columns of a `create`. #}
{% macro commented_columns(columns) -%}
    {%- set written = [] -%}
    {%- for name, type, comment in columns -%}{%- do written.append(name ~ ' ' ~ type ~ " comment '" ~ comment ~ "'") -%}{%- endfor -%}
    {{ return('(' ~ written | join(', ') ~ ')') }}
{%- endmacro %}

{% macro node_column() -%}{{ return(['node', 'UInt64', 'Number of the identifier']) }}{%- endmacro %}
{% macro type_column() -%}{{ return(['type_number', 'UInt8', 'Number of its type']) }}{%- endmacro %}
{% macro canonical_column() -%}{{ return(['canonical_id', 'UInt64', 'Lasting number of its profile']) }}{%- endmacro %}
{% macro version_column() -%}{{ return(['version', 'UInt64', 'Version of the graph that put it there']) }}{%- endmacro %}

{# What a build that died has left: rows of a version that was never committed, and tables that no version names. #}
{% macro forget_uncommitted(before, tables) -%}
    {%- set logs = ['profiles', 'changes', 'aliases', 'violations', 'versions'] -%}
    {%- set newest = [] -%}
    {%- for name in logs -%}{%- do newest.append('(select max(version) from ' ~ sluice.graph_table(name) ~ ') > ' ~ before.version) -%}{%- endfor -%}
    {%- set is_newer = run_query('select ' ~ newest | join(', ')).rows[0] -%}
    {%- for name in logs -%}
        {%- if is_newer[loop.index0] | int -%}
            {%- do run_query('alter table ' ~ sluice.graph_table(name) ~ ' delete where version > ' ~ before.version ~ ' settings mutations_sync = 2') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in tables if modules.re.fullmatch('__[vd][0-9]+', name) and this.identifier ~ name not in [before.base, before.delta] -%}
        {%- do run_query('drop table if exists ' ~ this.schema ~ '.' ~ this.identifier ~ name) -%}
    {%- endfor -%}
{%- endmacro %}

{# Tables `never` (node_a, node_b) and `unused` (node): decisions of people that the graph itself obeys. Force links come as edges. #}
{% macro read_decisions() -%}
    {%- set decisions = ref('identity_decisions') -%}
    {%- do sluice.name_solve_select('never', 'select distinct node_a, node_b from ' ~ decisions ~ " where kind = 'never_link'") -%}
    {%- do sluice.name_solve_select('unused', 'select distinct node_a as node from ' ~ decisions ~ " where kind = 'never_use'") -%}
    {%- set counts = run_query("select countIf(kind = 'never_link'), countIf(kind = 'never_use') from " ~ decisions).rows[0] -%}
    {%- do sluice.solve_state().update({'never': counts[0] | int, 'unused': counts[1] | int}) -%}
{%- endmacro %}

{# The set of nodes that people said must not be used, for an `in`; '' when there is none. #}
{% macro unused_nodes() -%}
    {{ return('select node from ' ~ sluice.solve_table('unused') if sluice.solve_state().unused > 0 else '') }}
{%- endmacro %}

{% macro decisions_in_force() -%}
    {{ return("arraySort(arrayConcat((select groupArray(('never_link', node_a, node_b)) from " ~ sluice.solve_table('never') ~ "), (select groupArray(('never_use', node, toUInt64(0))) from "
        ~ sluice.solve_table('unused') ~ ')))') }}
{%- endmacro %}

{#
    What is new since the committed version: table `decided` (node) of identifiers that a new or a revoked decision is about, and `v` (node, type_number)
    of all that it or an edge that changed touches.
    is_unchanged: nothing is; is_partial: little enough is, and under the same rules, that only what it touches has to be solved again.
#}
{% macro evidence_since(before) -%}
    {%- set base = sluice.evidence_table('base') -%}
    {%- set delta = sluice.evidence_table('delta') -%}
    {%- set row = run_query('select toString(toUnixTimestamp64Milli(now64(3))), toString((select max(version) from ' ~ base ~ ')), toString((select max(version) from ' ~ delta
        ~ ')), toString((select count() from ' ~ base ~ ')), toString((select count() from ' ~ delta ~ ' where version > ' ~ before.evidence_version ~ '))').rows[0] -%}
    {%- set fingerprint = sluice.identity_fingerprint('values') ~ sluice.identity_fingerprint('guards') -%}
    {%- set newest = [row[1] | int, row[2] | int] | max -%}
    {%- set result = {'now': row[0] | int, 'version': newest, 'fingerprint': fingerprint, 'touched': 0, 'is_unchanged': false, 'is_partial': false, 'has_delta': row[2] | int > 0,
        'edges': row[3] | int + row[4] | int} -%}
    {%- if before.version == 0 or row[1] | int > before.evidence_version or fingerprint != before.fingerprint -%}{{ return(result) }}{%- endif -%}

    {#- an edge touches two -#}
    {%- set most = row[4] | int * 2 -%}
    {%- do sluice.solve_state().update({'in_memory': most < sluice.setting('identity_touched_in_memory')}) -%}
    {%- if before.decisions + sluice.solve_state().never + sluice.solve_state().unused == 0 -%}
        {%- do sluice.leave_solve_table_empty('decided', '(node UInt64)') -%}
    {%- else -%}
        {%- do sluice.make_solve_table('decided', '(node UInt64)', 'node',
            'select distinct node from (select arrayJoin([x.2, x.3]) as node from ('
            ~ 'select arrayJoin(arrayConcat(arrayFilter(x -> not has(old, x), new), arrayFilter(x -> not has(new, x), old))) as x from (select '
            ~ sluice.decisions_in_force() ~ ' as new, (select decisions from ' ~ sluice.graph_table('versions') ~ ' where version = ' ~ before.version ~ ' limit 1) as old))) where node != 0') -%}
    {%- endif -%}
    {%- do sluice.make_solve_table('v', '(node UInt64, type_number UInt8)', 'node',
        'select node, max(t) from (select a as node, type_a as t from ' ~ delta ~ ' where version > ' ~ before.evidence_version ~ ' union all select b, type_b from ' ~ delta ~ ' where version > '
        ~ before.evidence_version ~ ' union all select node, 0 from ' ~ sluice.solve_table('decided') ~ ') group by node') -%}
    {#- of a little, that it is little is enough to know -#}
    {%- set enough = [before.base_rows, 100000] | max -%}
    {%- set touched = most if most > 0 and most * 5 < enough and sluice.is_left_empty('decided') else sluice.solve_count('v') -%}
    {%- do result.update({'touched': touched, 'is_unchanged': touched == 0, 'is_partial': touched * 5 < enough}) -%}
    {{ return(result) }}
{%- endmacro %}

{% macro evidence_table(part) -%}
    {{ return(ref('identity_edges').schema ~ '.identity_edges__' ~ part) }}
{%- endmacro %}

{% macro edge_columns() -%}
    {{ return('entity, a, b, type_a, type_b, rule, rule_priority, first_seen_at, last_seen_at, seen_count') }}
{%- endmacro %}

{% macro edge_types() -%}
    {{ return("(entity LowCardinality(String), a UInt64, b UInt64, type_a UInt8, type_b UInt8, rule LowCardinality(String), rule_priority UInt8, first_seen_at Nullable(DateTime64(3, 'UTC')), last_seen_at Nullable(DateTime64(3, 'UTC')), seen_count UInt64)") }}
{%- endmacro %}

{#
    All current edges, or with `among` (a set, for an `in`) those that touch it. A pair in the delta stands for itself alone, by its greatest version.
    `prewhere`, because looking up a pair costs much more than looking up a node: it is for the few rows that are left.
#}
{% macro current_edges(has_delta, among='') -%}
    {%- set touching = '(a in (' ~ among ~ ') or b in (' ~ among ~ '))' if among else '1' -%}
    {%- set base = sluice.evidence_table('base') -%}
    {%- set delta = sluice.evidence_table('delta') -%}
    {%- if not has_delta -%}
        {{ return('select ' ~ sluice.edge_columns() ~ ' from ' ~ base ~ ' prewhere ' ~ touching) }}
    {%- endif -%}
    {{ return('select ' ~ sluice.edge_columns() ~ ' from ' ~ base ~ ' prewhere ' ~ touching ~ ' where (a, b) not in (select a, b from ' ~ delta ~ ' where ' ~ touching ~ ')'
        ~ ' union all select ' ~ sluice.edge_columns() ~ ' from ' ~ delta ~ ' prewhere ' ~ touching ~ ' where seen_count > 0 and (a, b, version) in (select a, b, max(version) from '
        ~ delta ~ ' where ' ~ touching ~ ' group by a, b)') }}
{%- endmacro %}

{# Rows of the committed graph that meet a condition, which is tested before anything else is. #}
{% macro graph_where(plan, condition) -%}
    {%- set base = this.schema ~ '.' ~ plan.before.base -%}
    {%- set delta = this.schema ~ '.' ~ plan.before.delta -%}
    {{ return('select node, type_number, canonical_id from ' ~ base ~ ' prewhere ' ~ condition ~ ' where node not in (select node from ' ~ delta ~ ')'
        ~ ' union all select node, type_number, canonical_id from ' ~ delta ~ ' prewhere ' ~ condition ~ ' where node != 0 and not is_gone') }}
{%- endmacro %}
