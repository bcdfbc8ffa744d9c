{# Which database a model lives in: `+schema: staging` → `<prefix>_staging`; none → `<prefix>`, the published contract. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}

{#
    The one place that names the engine of models, so that replicas need one edit. Replaces the adapter's macro of this name.
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
    sluice-build {{ env_var('SLUICE_BUILD_OWNER', 'cli') }} {{ target.schema }} {{ invocation_id }} {{ node.unique_id if node else '-' }}
{%- endmacro %}
