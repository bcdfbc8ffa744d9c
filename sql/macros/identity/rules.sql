{#
    The rules of identity as everything else reads them: the setting `identity` (vars.sluice.identity of dbt_project.yml), checked, with every default filled in.
    docs/identity-rules.md describes the block. A rule that cannot be meant stops the build where it is read, which is while dbt parses the
    project: nothing has been built by then.
#}

{#
    { entities: { person: { name, survivor, on_conflict, max_size, max_growth, min_sightings, types: [type] } } }, where a type is
    { name, number, entity, priority, normalise, pattern, block: { classes, values, patterns }, limit: none or { max, within_days, on_excess },
      caps: [{ type, number, max, within_days }], parts: none or [{ name, as }], traits: [name] }.
    `within_days` none means ever. `number` is 1 for the strongest type of all; persons' types come before accounts'.
#}
{% macro identity_rules() -%}
    {%- set block = sluice.setting('identity') -%}
    {#- Reading takes 20 ms and a build asks some hundred times. dbt has no place for a value that lasts, so it is kept beside what it was
        read from: another block (another version of the file, --vars) brings none along. -#}
    {%- if block is not mapping -%}
        {%- do sluice.check_rule_mapping('', block) -%}
    {%- elif '__read' not in block -%}
        {#- Several threads may read at once: each reads a copy, and what another one has kept there meanwhile is no key of the rules. -#}
        {%- set given = dict(block) -%}
        {%- do given.pop('__read', none) -%}
        {%- do block.update({'__read': sluice.read_identity_rules(given)}) -%}
    {%- endif -%}
    {{ return(block['__read']) }}
{%- endmacro %}

{% macro read_identity_rules(block) -%}
    {%- do sluice.check_rule_keys('', block, ['default_country_calling_code', 'entities']) -%}
    {%- do sluice.check_rule_keys('entities', block.get('entities'), ['person', 'account']) -%}
    {%- if 'person' not in block.entities -%}
        {%- do sluice.rule_error('entities', 'there must be rules for person; account may be left out') -%}
    {%- endif -%}
    {%- set code = sluice.rule_calling_code('default_country_calling_code', block.get('default_country_calling_code', '1')) -%}
    {%- set entities = {} -%}
    {%- set numbered = [] -%}
    {%- for name in ['person', 'account'] if name in block.entities -%}
        {%- set entity = sluice.read_identity_entity(name, block.entities[name], code) -%}
        {%- for type in entity.types -%}
            {%- do type.update({'number': numbered | length + 1}) -%}
            {%- do numbered.append(type) -%}
        {%- endfor -%}
        {%- for type in entity.types -%}
            {%- for cap in type.caps -%}
                {%- do cap.update({'number': (entity.types | selectattr('name', 'equalto', cap.type) | first).number}) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do entities.update({name: entity}) -%}
    {%- endfor -%}
    {%- if numbered | length > 255 -%}
        {%- do sluice.rule_error('entities', numbered | length ~ ' identifier types are declared; there can be 255') -%}
    {%- endif -%}
    {{ return({'entities': entities}) }}
{%- endmacro %}

{# The types of all entities, strongest first: types[number - 1] is the type of that number. #}
{% macro identity_types() -%}
    {%- set types = [] -%}
    {%- for entity in sluice.identity_rules().entities.values() -%}{%- do types.extend(entity.types) -%}{%- endfor -%}
    {{ return(types) }}
{%- endmacro %}

{# The types that calls of SDKs give among their traits (`traits: [name, …]` in the rule). #}
{% macro types_of_traits(entity) -%}
    {{ return(sluice.identity_types() | selectattr('entity', 'equalto', entity) | selectattr('traits') | list) }}
{%- endmacro %}

{# The first of a type's traits that a call gives, from the tuple `trait`; '' for none. #}
{% macro first_trait(type) -%}
    {%- set cases = [] -%}
    {%- for name in type.traits -%}{%- do cases.append("trait." ~ name ~ " != '', trait." ~ name) -%}{%- endfor -%}
    multiIf({{ cases | join(', ') }}, '')
{%- endmacro %}

{# One type by the names of entity and type. #}
{% macro identity_type(entity, name) -%}
    {%- set entities = sluice.identity_rules().entities -%}
    {%- if entity not in entities -%}
        {%- do sluice.rule_error('entities', 'there is no entity ' ~ entity ~ '; known: ' ~ entities | join(', ')) -%}
    {%- endif -%}
    {%- set found = entities[entity].types | selectattr('name', 'equalto', name) | list -%}
    {%- if not found -%}
        {%- do sluice.rule_error('entities.' ~ entity ~ '.identifiers', 'there is no identifier type ' ~ name ~ '; known: '
            ~ entities[entity].types | map(attribute='name') | join(', ')) -%}
    {%- endif -%}
    {{ return(found[0]) }}
{%- endmacro %}

{# The number of a type; 0 for a type that has no rule. `type` and `entity` are SQL expressions: a column, or a name in quotes. #}
{% macro type_number_of(type, entity) -%}
    {%- set types = sluice.identity_types() -%}
    {%- set names = [] -%}
    {%- for known in types -%}{%- do names.append(known.entity ~ '.' ~ known.name) -%}{%- endfor -%}
    toUInt8(indexOf({{ names }}, concat(toString({{ entity }}), '.', toString({{ type }}))))
{%- endmacro %}

{# The name of a type's number; '' for 0. `number` is an SQL expression. #}
{% macro type_name_of(number) -%}
    {{ sluice.identity_types() | map(attribute='name') | list }}[{{ number }}]
{%- endmacro %}

{#
    A short text that changes whenever the named half of the rules does. 'values': which identifiers and edges there are (the SQL that
    normalises and blocks, so also a macro of the user's and a new version of Sluice; priorities; the hash key; the columns declared).
    'guards': what is done with the edges (caps, limits, policies, sizes).
#}
{% macro identity_fingerprint(half) -%}
    {%- set parts = [] -%}
    {%- if half == 'values' -%}
        {%- do parts.append(sluice.setting('identity_hash_key')) -%}
        {%- for type in sluice.identity_types() -%}
            {%- do parts.append([type.number, type.entity, type.name, sluice.normalise_identifier(type.entity, type.name, 'value'), type.parts]) -%}
        {%- endfor -%}
        {%- do parts.append(sluice.block_reason('entity', 'type', 'value')) -%}
        {%- do parts.append(sluice.all_declarations()) -%}
        {#- which domains are a company's is decided before any rule sees them: sql/macros/identity/domains.sql -#}
        {%- do parts.append(graph.nodes.get('seed.sluice.freemail_domains', {}).get('checksum')) -%}
    {%- elif half == 'guards' -%}
        {%- for entity in sluice.identity_rules().entities.values() -%}
            {%- do parts.append([entity.name, entity.survivor, entity.on_conflict, entity.max_size, entity.max_growth, entity.min_sightings]) -%}
            {%- for type in entity.types -%}{%- do parts.append([type.number, type.name, type.limit, type.caps]) -%}{%- endfor -%}
        {%- endfor -%}
    {%- else -%}
        {%- do exceptions.raise_compiler_error('identity_fingerprint: the rules have no part ' ~ half ~ '; known: values, guards') -%}
    {%- endif -%}
    {{ return(local_md5(tojson(parts))) }}
{%- endmacro %}
