{#
    What the models of the package need of ClickHouse, under whatever profile they are built: past these sizes a query spills to disk instead of asking
    for more memory; messages come from anybody, so a repeated key must not fail a build, and a text like a date stays a text. A build's statements
    are run once: compiling their expressions to machine code takes longer than it saves. What identity blocks is in its SQL, for each identifier of each
    source: that outgrows the default of 256 KB. The server's version may need more, which the service knows (SLUICE_DBT_SETTINGS, JSON).
#}
{% macro session_settings() -%}
    {%- set settings = fromjson(env_var('SLUICE_DBT_SETTINGS', '{}')) -%}
    {%- do settings.update({
        'max_bytes_before_external_group_by': 2000000000,
        'max_bytes_before_external_sort': 2000000000,
        'max_query_size': 10000000,
        'type_json_skip_duplicated_paths': 1,
        'compile_expressions': 0,
        'compile_aggregate_expressions': 0,
        'compile_sort_description': 0,
        'input_format_try_infer_dates': 0,
        'input_format_try_infer_datetimes': 0
    }) -%}
    {{ return(settings) }}
{%- endmacro %}

{#
    Sets them for the statements of one model, and takes them back: the project's own models, which the same connection builds before and after, run as
    their profile says. As hooks, because most of these cannot stand in a query that is read already, and because our materializations run many
    statements. What a profile sets itself (custom_settings) is sent with each statement, and stands before these: a profile with the name `sluice`
    is taken to have them.
#}
{% macro set_session() -%}
    {%- if execute and target.profile_name != 'sluice' -%}
        {%- do model.update({'sluice_session_before': sluice.session_before()}) -%}
        set {% for name, value in sluice.session_settings().items() %}{{ name }} = {{ value if value is number else sluice.sql_text(value) }}{{ ', ' if not loop.last }}{% endfor %}
    {%- endif -%}
{%- endmacro %}

{% macro reset_session() -%}
    {%- if execute and target.profile_name != 'sluice' -%}
        {%- set before = model.get('sluice_session_before') or {} -%}
        set {% for name in sluice.session_settings() %}{{ name }} = {{ sluice.sql_text(before[name]) if name in before else 'default' }}{{ ', ' if not loop.last }}{% endfor %}
    {%- endif -%}
{%- endmacro %}

{#
    { setting: value } of those that the server gives the user of the profile (a settings profile, `alter user … settings`): `default` would not bring
    them back. Asked once in a run, before any model has changed them, and kept in the block of the project; asked again for each model where there is none.
#}
{% macro session_before() -%}
    {%- set block = var('sluice', none) or {} -%}
    {%- if '__session' in block -%}{{ return(block['__session']) }}{%- endif -%}
    {%- set found = {} -%}
    {%- for name, value in run_query('select name, value from system.settings where changed and name in (' ~ sluice.sql_texts(sluice.session_settings().keys() | list) ~ ')').rows -%}
        {%- do found.update({name: value}) -%}
    {%- endfor -%}
    {%- do block.update({'__session': found}) -%}
    {{ return(found) }}
{%- endmacro %}
