{#
    First part of the databases of the package's models, whatever schema the project's own models go to. `sluice_aside` is set by the service alone,
    for trial builds, which are thrown away: `sluice identity what-if`.
#}
{% macro database_prefix() -%}
    {{ return(var('sluice_aside', env_var('SLUICE_DATABASE_PREFIX', 'sluice'))) }}
{%- endmacro %}

{#
    Which database a model of the package lives in: those of models/staging in `<prefix>_staging`, of models/identity and seeds in `<prefix>_identity`, all others
    in `<prefix>`, the published contract. By the folder, not by the schema of the config: `models: { +schema: … }` of a project is meant for its own models.
    dbt asks the macro of the package that a model belongs to, so the project's models follow the project's own.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set folder = node.fqn[1] if node.resource_type == 'model' and node.fqn | length > 2 else '' -%}
    {%- if folder in ['staging', 'identity'] -%}
        {{ sluice.database_prefix() }}_{{ folder }}
    {%- elif node.resource_type == 'seed' -%}
        {{ sluice.database_prefix() }}_identity
    {%- elif node.resource_type != 'model' and custom_schema_name is not none -%}
        {{ sluice.database_prefix() }}_{{ custom_schema_name | trim }}
    {%- else -%}
        {{ sluice.database_prefix() }}
    {%- endif -%}
{%- endmacro %}

{# The tables of the package have the names of its models: a project's own macro of this name is for its own tables. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{ custom_alias_name | trim if custom_alias_name else node.name }}
{%- endmacro %}

{#
    The one place that names the engine of the package's models, so that replicas need one edit. Stands before the adapter's macro of this name.
    Plain MergeTree: a published table is built aside and exchanged, so that a naive count is right.
#}
{% macro engine_clause() -%}
    engine = MergeTree()
{%- endmacro %}

{#
    A comment for `query-comment` of a project that has none of its own: a reader of system.query_log then sees which build and which model a statement is
    of. The service does not need it: it finds the statements of its builds by their `log_comment` (src/dbt/worker_connections.py).
#}
{% macro build_query_comment(node) -%}
    sluice-build {{ env_var('SLUICE_BUILD_OWNER', 'cli') }} {{ sluice.database_prefix() }} {{ invocation_id }} {{ node.unique_id if node else '-' }}
{%- endmacro %}
