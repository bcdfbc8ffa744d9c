{#
    The materialization of an evidence log. The model's SQL gives the evidence of what this build has read (identity_observations); the model is
    a view over all evidence that counts, see evidence_log.sql for its tables and evidence_shape for its columns.

    A build changes the keys whose evidence has changed. It writes everything anew the first time, with --full-refresh, and when a fifth of
    the log has changed since it was last written whole. Each way ends in one statement that commits: a table that is swapped in, or one part
    that is attached.
#}
{% materialization identity_evidence, adapter='clickhouse' %}

    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set shape = sluice.evidence_shape(this.identifier) -%}
    {{ run_hooks(pre_hooks) }}

    {%- do sluice.create_log_tables(this, shape) -%}
    {%- do sluice.drop_working_tables(this) -%}
    {%- set state = sluice.log_state(this) -%}
    {%- if state.base_version > state.delta_version and state.delta_version > 0 -%}
        {#- a build died after it had swapped base in: the new base says all that this delta says -#}
        {%- do run_query('truncate table ' ~ sluice.log_table(this, 'delta')) -%}
    {%- endif -%}
    {%- set reading = sluice.reading_of_log(this, ref('identity_observations'), state) -%}
    {%- set version = sluice.next_evidence_version(state) -%}

    {#- rows are compared under the slice they stand under; a log whose keys have it is folded only when it is written anew -#}
    {%- if state.version == 0 or flags.FULL_REFRESH or (reading.is_everything and 'slice' in shape.key) -%}
        {%- do sluice.rewrite_evidence(this, shape, reading, version, sql) -%}
    {%- else -%}
        {%- do sluice.change_evidence(this, shape, state, reading, version, sql) -%}
        {%- if sluice.is_delta_large(this) -%}
            {%- do sluice.rewrite_evidence(this, shape, reading, version + 1, sluice.current_evidence(this, shape)) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if sluice.has_erasures() -%}
        {%- do sluice.forget_on_disk(this, shape) -%}
    {%- endif -%}
    {%- do sluice.drop_working_tables(this) -%}

    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if existing_relation is not none and not existing_relation.is_view -%}
        {#- the table that an earlier release kept here -#}
        {%- do run_query('drop table if exists ' ~ this) -%}
    {%- endif -%}
    {% call statement('main') -%}
        create or replace view {{ target_relation }} as {{ sluice.current_evidence(this, shape) }}
    {%- endcall %}
    {%- do persist_docs(target_relation, model) -%}

    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

{# Milliseconds since 1970, and always more than any version before. #}
{% macro next_evidence_version(state) -%}
    {%- set now = run_query('select toString(toUnixTimestamp64Milli(now64(3)))').rows[0][0] | int -%}
    {{ return([now, state.version + 1] | max) }}
{%- endmacro %}

{# A delta is looked up for every row that is read: past a fifth of base, writing base anew costs less than reading around it. #}
{% macro is_delta_large(relation) -%}
    {{ return(run_query('select (select count() from ' ~ sluice.log_table(relation, 'delta') ~ ') > greatest(10000, 0.2 * (select count() from '
        ~ sluice.log_table(relation, 'base') ~ '))').rows[0][0] | int == 1) }}
{%- endmacro %}

{# Writes base anew from `rows`, aside, and swaps it in; then the delta has nothing to add. #}
{% macro rewrite_evidence(relation, shape, reading, version, rows) -%}
    {%- set aside = sluice.create_working_table(relation, 'base', shape) -%}
    {%- do run_query('insert into ' ~ aside ~ ' ' ~ sluice.aggregated_evidence(shape, rows, version, sluice.folded_slice(reading))) -%}
    {%- do sluice.assert_keys_are_unique(relation, shape, aside) -%}
    {%- do sluice.record_reading(relation, reading, version, sluice.digests_of(shape, aside, reading)) -%}
    {%- do run_query('exchange tables ' ~ aside ~ ' and ' ~ sluice.log_table(relation, 'base')) -%}
    {%- do run_query('truncate table ' ~ sluice.log_table(relation, 'delta')) -%}
{%- endmacro %}

{#
    Two identifiers with one number would be one person for ever: at 100 million identifiers a chance of 1 in 4,000, and said loudly. What has
    vanished is only a key.
#}
{% macro assert_keys_are_unique(relation, shape, table) -%}
    {%- if 'identifier_value' in shape.about -%}
        {%- set clashes = run_query('select toString(node), groupUniqArray(3)(concat(entity, \'.\', identifier_type)) from ' ~ table
            ~ ' where seen_count > 0 group by node having min(identifier_value) != max(identifier_value) or min(identifier_type) != max(identifier_type) or min(entity) != max(entity) limit 1').rows -%}
        {%- for clash in clashes -%}
            {%- do exceptions.raise_compiler_error(relation.identifier ~ ': two identifiers (' ~ clash[1] | join(', ') ~ ') have the number ' ~ clash[0]
                ~ ': change vars.sluice.identity_hash_key, which renumbers the graph and keeps profile ids') -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
