{#
    Decisions of kind `erase`: everything that was seen of an identifier until the decision is forgotten. The raw rows go by other means; here
    such evidence is not read (observe), does not stay (change_evidence), and leaves the disk.

    An identifier that is seen again after the decision is known again, from then on. To take a decision back brings nothing back but by
    --full-refresh.
#}

{# Whether any decision of the kind is in force: asked once for a model. While there is none, none of this costs anything. #}
{% macro has_erasures() -%}
    {%- if 'has_erasures' not in model -%}
        {%- do model.update({'has_erasures': run_query('select count() from (' ~ sluice.erasures() ~ ')').rows[0][0] | int > 0}) -%}
    {%- endif -%}
    {{ return(model.has_erasures) }}
{%- endmacro %}

{# SQL of (node, at): until when evidence of a node is to be forgotten. #}
{% macro erasures() -%}
    select node_a as node, assumeNotNull(max(decided_at)) as at from {{ ref('identity_decisions') }} where kind = 'erase' group by node_a
{%- endmacro %}

{# SQL of the moment, NULL for a node without an erasure. A map, since they are few and looked up only for those found. #}
{% macro erased_until(node) -%}
    if({{ node }} in (select node from ({{ sluice.erasures() }})), (select mapFromArrays(groupArray(node), groupArray(toNullable(at))) from ({{ sluice.erasures() }}))[{{ node }}], null)
{%- endmacro %}

{# SQL condition: an identifier of rows of which the last arrived `at` is to be forgotten; what has no time was there before. #}
{% macro is_to_be_forgotten(node, at) -%}
    ifNull({{ sluice.erased_until(node) }} >= {{ at }}, {{ sluice.erased_until(node) }} is not null)
{%- endmacro %}

{# SQL that numbers the times between decisions, so that no group of rows spans one. #}
{% macro between_erasures(at) -%}
    arrayCount(decided -> decided >= {{ at }}, (select groupUniqArray(at) from ({{ sluice.erasures() }})))
{%- endmacro %}

{#
    SQL condition on rows of a log: they were written before a decision to forget one of their nodes, so all that they say was there before it.
    What a later build wrote was read under the decision.
#}
{% macro is_written_before_erasure(shape) -%}
    {%- set conditions = [] -%}
    {%- for node in shape.nodes -%}
        {%- do conditions.append(
            '(' ~ node ~ ' in (select node from (' ~ sluice.erasures() ~ ')) and ifNull(version <= toUnixTimestamp64Milli(' ~ sluice.erased_until(node) ~ '), 0))'
        ) -%}
    {%- endfor -%}
    {{ return('(' ~ conditions | join(' or ') ~ ')') }}
{%- endmacro %}

{# Takes forgotten rows off the disk. No reader sees a difference: their keys are in the delta, as they are now. #}
{% macro forget_on_disk(relation, shape) -%}
    {%- for part in ['base', 'delta'] -%}
        {%- set forgotten = sluice.is_written_before_erasure(shape) ~ ' and seen_count > 0' -%}
        {%- if run_query('select count() from ' ~ sluice.log_table(relation, part) ~ ' where ' ~ forgotten).rows[0][0] | int > 0 -%}
            {%- do run_query('alter table ' ~ sluice.log_table(relation, part) ~ ' delete where ' ~ forgotten ~ ' settings mutations_sync = 2') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
