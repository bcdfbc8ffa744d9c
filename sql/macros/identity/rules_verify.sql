{#
    What a look at the block alone cannot tell: whether the patterns compile, and whether rules and models speak of the same things.
    `identity_observations` asks, before anything of the graph is built.
#}
{% macro verify_identity_rules(rules) -%}
    {%- for entity in rules.entities.values() -%}
        {%- for type in entity.types -%}
            {%- set place = 'entities.' ~ entity.name ~ ('.composites.' if type.parts else '.identifiers.') ~ type.name -%}
            {%- do sluice.verify_patterns(place, type) -%}
            {%- do sluice.verify_blocked_values(place, type) -%}
        {%- endfor -%}
        {%- do sluice.verify_parts(entity) -%}
    {%- endfor -%}
    {%- for name in sluice.identity_models() -%}
        {%- do sluice.declared_identifiers(name) -%}
    {%- endfor -%}
{%- endmacro %}

{# ClickHouse is asked pattern by pattern: its message would not say where the pattern stands. #}
{% macro verify_patterns(place, type) -%}
    {%- set patterns = {} -%}
    {%- if type.pattern -%}{%- do patterns.update({type.pattern: '.pattern'}) -%}{%- endif -%}
    {%- for pattern in type.block['patterns'] -%}{%- do patterns.update({pattern: '.block.patterns'}) -%}{%- endfor -%}
    {%- for pattern, key in patterns.items() -%}
        {%- do try_or_compiler_error(
            'vars.sluice.identity.' ~ place ~ key ~ ': ' ~ tojson(pattern) ~ ' is not a regular expression that ClickHouse can compile (RE2: without look-around and back-references)',
            run_query, "select match('', " ~ sluice.sql_text(pattern) ~ ')'
        ) -%}
    {%- endfor -%}
{%- endmacro %}

{# A listed value that could never occur is a mistake: most often the pattern is wrong. #}
{% macro verify_blocked_values(place, type) -%}
    {%- if type.block['values'] and not type.parts -%}
        {%- set invalid = 'multiIf(' ~ (["value = '', 'empty once it is normalised'"] + sluice.invalid_cases(type, 'value')) | join(', ') ~ ", '')" -%}
        {%- set found = run_query(
            'select listed, ' ~ invalid ~ ' as reason from (select arrayJoin([' ~ sluice.sql_texts(type.block['values']) ~ ']) as listed, '
            ~ sluice.normalise_as(type.normalise, 'listed') ~ " as value) where reason != '' order by listed limit 1"
        ).rows -%}
        {%- for row in found -%}
            {%- do sluice.rule_error(place ~ '.block.values', tojson(row[0]) ~ ' joins no profiles anyway, because it is ' ~ row[1] ~ ': remove it, or correct the rule that refuses it') -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# Every part of a composite is in some model together with the others, and every declared part is one of a composite's. #}
{% macro verify_parts(entity) -%}
    {%- set used = [] -%}
    {%- set declared = {} -%}
    {%- for name in sluice.identity_models() -%}
        {%- do declared.update({name: sluice.declared_parts(name).get(entity.name, {})}) -%}
    {%- endfor -%}
    {%- for type in entity.types if type.parts -%}
        {%- set names = type.parts | map(attribute='name') | list -%}
        {%- do used.extend(names) -%}
        {%- set place = 'entities.' ~ entity.name ~ '.composites.' ~ type.name ~ '.parts' -%}
        {%- set complete = [] -%}
        {%- for columns in declared.values() if names | reject('in', columns) | list | length == 0 -%}{%- do complete.append(1) -%}{%- endfor -%}
        {%- for part in names if declared.values() | selectattr(part, 'defined') | list | length == 0 -%}
            {%- do sluice.rule_error(place, 'no column of a model declares the part ' ~ part ~ ' (meta: { sluice: { part: ' ~ part ~ ', entity: ' ~ entity.name ~ ' } })') -%}
        {%- endfor -%}
        {%- if not complete -%}
            {%- do sluice.rule_error(place, 'no model declares all of ' ~ names | join(', ') ~ ', so that no row could show them together') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name, columns in declared.items() if used -%}
        {%- for part, column in columns.items() if part not in used -%}
            {%- do sluice.declaration_error(name, column, 'part', 'no composite of vars.sluice.identity.entities.' ~ entity.name ~ ' has a part ' ~ part ~ '; known: ' ~ used | unique | join(', ')) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
