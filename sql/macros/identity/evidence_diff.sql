{# What a build changes in an evidence log: the keys of which there is other evidence than before. #}

{#
    Compares what was read with what was known of it. Of each key that differs, all rows as they are now go into the delta: those just read and
    those that were not read again. The diff asks only what is there, so a build that runs twice, or again after it was killed, finds nothing.

    Working tables: `fresh`, what was read; `touched`, the keys in scope; `replaced`, what was known of them in scope; `changed`, keys that
    differ; `kept`, what was not read again of these (nothing, where the slice is in the key); `changes`, what is attached to the delta. What was not read again is most of the log, so it
    is looked up last, and only for keys that did change.
#}
{% macro change_evidence(relation, shape, state, reading, version, rows) -%}
    {%- set keys = shape.key.keys() | join(', ') -%}
    {%- set slice = 'slice' if 'slice' in shape.key else sluice.folded_slice(reading) -%}
    {%- set forgotten = sluice.is_written_before_erasure(shape) if sluice.has_erasures() else '0' -%}
    {%- set fresh = sluice.create_working_table(relation, 'fresh', shape) -%}
    {%- do run_query('insert into ' ~ fresh ~ ' ' ~ sluice.aggregated_evidence(shape, 'select * from (' ~ rows ~ ') where ' ~ sluice.is_in_scope(reading), version)) -%}

    {%- set unchanged = sluice.unchanged_snapshots(shape, fresh, state, reading) -%}
    {%- set scope = '(' ~ sluice.is_in_scope(reading, unchanged) ~ ' or ' ~ forgotten ~ ')' -%}
    {%- set read = 'select * from ' ~ fresh ~ ' where ' ~ sluice.is_in_scope(reading, unchanged) -%}
    {%- set replaced = sluice.create_working_table(relation, 'replaced', shape) -%}
    {%- do run_query('insert into ' ~ replaced ~ ' ' ~ sluice.evidence_in_scope(relation, shape, reading, scope, read)) -%}

    {%- set changed = sluice.create_key_table(relation, 'changed', shape, sluice.keys_that_differ(shape, reading, slice, read, 'select * from ' ~ replaced)) -%}
    {%- if run_query('select count() from ' ~ changed).rows[0][0] | int == 0 -%}
        {%- if sluice.is_news(state, reading, unchanged) -%}
            {%- do sluice.record_reading(relation, reading, state.version, sluice.digests_of(shape, fresh, reading)) -%}
        {%- endif -%}
        {{ return(none) }}
    {%- endif -%}

    {%- set is_changed = sluice.key_of(shape) ~ ' in (select ' ~ keys ~ ' from ' ~ changed ~ ')' -%}
    {%- set kept = sluice.create_working_table(relation, 'kept', shape) -%}
    {%- if 'slice' not in shape.key -%}
        {%- do run_query('insert into ' ~ kept ~ ' ' ~ sluice.current_evidence(relation, shape, is_changed, 'not ' ~ scope)) -%}
    {%- endif -%}
    {%- set changes = sluice.create_working_table(relation, 'changes', shape) -%}
    {%- do run_query('insert into ' ~ changes ~ ' '
        ~ sluice.aggregated_evidence(shape, read ~ ' and ' ~ is_changed ~ ' union all select * from ' ~ kept, version, slice)
        ~ ' union all ' ~ sluice.vanished_keys(shape, changed, 'select ' ~ keys ~ ' from (' ~ read ~ ' union all select * from ' ~ kept ~ ')', version)) -%}
    {%- do sluice.assert_keys_are_unique(relation, shape, changes) -%}
    {#- attaching one part is atomic -#}
    {%- if run_query("select count() from system.parts where active and database = '" ~ relation.schema ~ "' and table = '" ~ changes.split('.')[1] ~ "'").rows[0][0] | int > 1 -%}
        {%- do run_query('optimize table ' ~ changes ~ ' final') -%}
    {%- endif -%}
    {%- do sluice.record_reading(relation, reading, version, sluice.digests_of(shape, fresh, reading)) -%}
    {%- do run_query('alter table ' ~ sluice.log_table(relation, 'delta') ~ ' attach partition tuple() from ' ~ changes) -%}
{%- endmacro %}

{# What counts now of what this build may replace, as SQL. #}
{% macro evidence_in_scope(relation, shape, reading, scope, read) -%}
    {%- if reading.is_everything -%}
        {{ return(sluice.current_evidence(relation, shape, '1', scope)) }}
    {%- endif -%}
    {%- set keys = shape.key.keys() | join(', ') -%}
    {%- set parts = ['select ' ~ keys ~ ' from (' ~ read ~ ')'] -%}
    {%- for part in ['base', 'delta'] -%}
        {%- do parts.append('select ' ~ keys ~ ' from ' ~ sluice.log_table(relation, part) ~ ' where ' ~ scope) -%}
    {%- endfor -%}
    {%- set touched = sluice.create_key_table(relation, 'touched', shape, 'select distinct ' ~ keys ~ ' from (' ~ parts | join(' union all ') ~ ')') -%}
    {{ return(sluice.current_evidence(relation, shape, sluice.key_of(shape) ~ ' in (select ' ~ keys ~ ' from ' ~ touched ~ ')', scope)) }}
{%- endmacro %}

{#
    SQL of the keys of which `read` says other than `known`. Both have one row per key, place and slice; when everything was read, what was known
    may stand under slices that have been folded since.
#}
{% macro keys_that_differ(shape, reading, slice, read, known) -%}
    {%- set keys = shape.key.keys() | join(', ') -%}
    {%- if reading.is_everything -%}
        {%- set read = sluice.aggregated_evidence(shape, read, 0, slice) -%}
        {%- set known = sluice.aggregated_evidence(shape, known, 0, slice) -%}
    {%- endif -%}
    select {{ keys }}
    from (
        select {{ keys }}, {{ sluice.row_hash(shape) }} as hash from ({{ read }})
        union all
        select {{ keys }}, -{{ sluice.row_hash(shape) }} from ({{ known }})
    )
    group by {{ keys }}
    having sum(hash) != 0
{%- endmacro %}

{# For each changed key that is not in `left`, the row that says that nothing is left of it. #}
{% macro vanished_keys(shape, changed, left, version) -%}
    {%- set columns = [] -%}
    {%- for name, type in sluice.evidence_columns(shape).items() -%}
        {%- if name in shape.key -%}{%- do columns.append(name) -%}
        {%- elif name == 'version' -%}{%- do columns.append('toUInt64(' ~ version ~ ') as version') -%}
        {%- else -%}{%- do columns.append("defaultValueOfTypeName('" ~ type | replace("'", "\\'") ~ "') as " ~ name) -%}
        {%- endif -%}
    {%- endfor -%}
    select {{ columns | join(', ') }} from {{ changed }} where {{ sluice.key_of(shape) }} not in ({{ left }})
{%- endmacro %}

{# SQL condition on evidence: it comes from what this build has read, or from a source that is not read any more. #}
{% macro is_in_scope(reading, unchanged=[]) -%}
    {%- set whole = [] -%}
    {%- set conditions = ['observed_in not in (' ~ sluice.sql_texts(reading.sources) ~ ')'] -%}
    {%- for name, source in reading.sources.items() if name not in unchanged -%}
        {%- if source.from_slice == 0 -%}
            {%- do whole.append(name) -%}
        {%- else -%}
            {%- do conditions.append('(observed_in = ' ~ sluice.sql_text(name) ~ ' and slice >= ' ~ source.from_slice ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if whole -%}{%- do conditions.append('observed_in in (' ~ sluice.sql_texts(whole) ~ ')') -%}{%- endif -%}
    {{ return('(' ~ conditions | join(' or ') ~ ')') }}
{%- endmacro %}

{# SQL of the slice that a row is kept under: rows that will not be read again are one. #}
{% macro folded_slice(reading) -%}
    {%- set cases = [] -%}
    {%- for name, source in reading.sources.items() if source.newest > sluice.overlap_slices() -%}
        {%- do cases.append('observed_in = ' ~ sluice.sql_text(name) ~ ' and slice < ' ~ (source.newest - sluice.overlap_slices()) ~ ', toUInt32(0)') -%}
    {%- endfor -%}
    {{ return('multiIf(' ~ cases | join(', ') ~ ', slice)' if cases else 'slice') }}
{%- endmacro %}

{# Names of the sources that are read whole and gave the same evidence as last time: most snapshots, in most builds. #}
{% macro unchanged_snapshots(shape, fresh, state, reading) -%}
    {%- set digests = {} -%}
    {%- for row in run_query('select observed_in, toString(digest) from (' ~ sluice.digests_of(shape, fresh, reading) ~ ')').rows -%}
        {%- do digests.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {%- set unchanged = [] -%}
    {%- for name, source in reading.sources.items() if source.newest == 0 and name in state.digests and state.digests[name] == digests.get(name, '0') -%}
        {%- do unchanged.append(name) -%}
    {%- endfor -%}
    {{ return(unchanged) }}
{%- endmacro %}

{# Whether what was read differs from what the log says it has read. #}
{% macro is_news(state, reading, unchanged) -%}
    {%- set news = namespace(found=state.fingerprint != reading.fingerprint or state.newest.keys() | sort != reading.sources.keys() | sort) -%}
    {%- for name, source in reading.sources.items() -%}
        {%- if source.newest != state.newest.get(name, 0) or (source.newest == 0 and name not in unchanged) -%}{%- set news.found = true -%}{%- endif -%}
    {%- endfor -%}
    {{ return(news.found) }}
{%- endmacro %}

{# SQL of (observed_in, digest): a hash of all evidence that each source read whole gave. #}
{% macro digests_of(shape, table, reading) -%}
    {%- set whole = [] -%}
    {%- for name, source in reading.sources.items() if source.newest == 0 -%}{%- do whole.append(name) -%}{%- endfor -%}
    select observed_in, sum(cityHash64({{ shape.key.keys() | join(', ') }}, {{ sluice.row_hash(shape) }})) as digest
    from {{ table }}
    where {{ 'observed_in in (' ~ sluice.sql_texts(whole) ~ ')' if whole else '0' }}
    group by observed_in
{%- endmacro %}

{# A signed hash of what one row says of its key. Sums of it compare sets of rows. #}
{% macro row_hash(shape) -%}
    {%- set columns = [] -%}
    {%- for name, type in sluice.evidence_columns(shape).items() if name not in shape.key and name not in ['identifier_value', 'version'] -%}
        {%- do columns.append('ifNull(toUnixTimestamp64Milli(' ~ name ~ '), -1)' if type.startswith('Nullable') else name) -%}
    {%- endfor -%}
    reinterpretAsInt64(cityHash64({{ columns | join(', ') }}))
{%- endmacro %}
