{#
    First part of the databases of the package's models, whatever schema the project's own models go to. `sluice_aside` is set by the service alone,
    for what is built aside and thrown away: `sluice identity what-if`.
#}
{% macro database_prefix() -%}
    {{ return(var('sluice_aside', env_var('SLUICE_DATABASE_PREFIX', 'sluice'))) }}
{%- endmacro %}

{#
    Which database a model of the package lives in: `+schema: staging` → `<prefix>_staging`; none → `<prefix>`, the published contract. dbt asks the
    macro of the package that a model belongs to, so the project's models follow the project's own.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ sluice.database_prefix() }}
    {%- else -%}
        {{ sluice.database_prefix() }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}

{#
    The one place that names the engine of the package's models, so that replicas need one edit. Stands before the adapter's macro of this name.
    Plain MergeTree: a published table is built aside and exchanged, so that a naive count is right.
#}
{% macro engine_clause() -%}
    engine = MergeTree()
{%- endmacro %}

{#
    Stands in front of every statement of a build: by it the service finds and kills the statements of one build, and after a crash
    those of its predecessor. Builds of the plain CLI have another owner, so that nobody kills them.
#}
{% macro build_query_comment(node) -%}
    sluice-build {{ env_var('SLUICE_BUILD_OWNER', 'cli') }} {{ sluice.database_prefix() }} {{ invocation_id }} {{ node.unique_id if node else '-' }}
{%- endmacro %}
