{#
    Which source's value a profile or an account shows, column by column: the settings `survivorship` and `account_survivorship` say it. Ties fall to the
    smaller value, so that two builds of the same data agree.
#}

{# [{ column, attribute, type, prefer }]: the standard columns, then the further ones. Traits without a column have rules of their own (traits.sql). #}
{% macro surviving_columns(entity='person') -%}
    {%- set name_of_setting = 'survivorship' if entity == 'person' else 'account_survivorship' -%}
    {%- set rules = sluice.setting(name_of_setting) or {} -%}
    {%- set found = [] -%}
    {%- for known in sluice.standard_attributes(entity) + sluice.further_attributes(entity) -%}
        {%- set prefer = sluice.preferred_sources(name_of_setting, known.column) -%}
        {%- do found.append({'column': known.column, 'attribute': known.attribute, 'type': known.get('type', 'String'), 'prefer': prefer}) -%}
    {%- endfor -%}
    {%- for column in (rules if execute else []) if column not in found | map(attribute='column') and column != 'traits' and not column.startswith('traits.') -%}
        {%- do exceptions.raise_compiler_error('vars.sluice.' ~ name_of_setting ~ '.' ~ column ~ ': there is no such column; known: '
            ~ found | map(attribute='column') | join(', ') ~ '. A model that has this fact declares it in its yml: meta: { sluice: { attribute: ' ~ column ~ ' } }') -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# The sources that a setting prefers for one column, the best first; [] where it says nothing of the column. #}
{% macro preferred_sources(name_of_setting, column) -%}
    {%- set rule = (sluice.setting(name_of_setting) or {}).get(column) or {} -%}
    {%- if rule is not mapping or rule.keys() | reject('eq', 'prefer') | list -%}
        {%- do exceptions.raise_compiler_error('vars.sluice.' ~ name_of_setting ~ '.' ~ column ~ ': it must be a block { prefer: [source, …] }, with the best source first') -%}
    {%- endif -%}
    {{ return(sluice.list_of(rule.prefer)) }}
{%- endmacro %}

{# The winning (value, source) among one profile's rows of `resolved_attributes`; ('', '') when there is none. A value without a time is the oldest. #}
{% macro survivor(rule) -%}
    {%- set rank = 'indexOf(' ~ sluice.sql_array(rule.prefer) ~ ', toString(source))' -%}
    argMinIf(
        (value, toString(source)),
        ({{ rank ~ ' = 0, ' ~ rank ~ ', ' if rule.prefer }}isNull(observed_at), -toUnixTimestamp64Milli(ifNull(observed_at, now64(3))), value),
        attribute = '{{ rule.attribute }}'
    )
{%- endmacro %}
