{# Reads the block of one entity: what is wrong raises an error that names its place, what is left out gets its default. #}

{% macro read_identity_entity(name, given, calling_code) -%}
    {%- set place = 'entities.' ~ name -%}
    {%- do sluice.check_rule_keys(place, given, [
        'survivor', 'on_conflict', 'max_size', 'max_growth', 'shared_device_days', 'sightings', 'identifiers', 'composites'
    ]) -%}
    {%- set identifiers = given.get('identifiers', {}) -%}
    {%- set composites = given.get('composites', {}) -%}
    {%- do sluice.check_rule_names(place ~ '.identifiers', identifiers) -%}
    {%- do sluice.check_rule_names(place ~ '.composites', composites) -%}
    {%- if not identifiers -%}
        {%- do sluice.rule_error(place ~ '.identifiers', 'an entity needs at least one identifier type') -%}
    {%- endif -%}
    {%- for composite in composites if composite in identifiers -%}
        {%- do sluice.rule_error(place ~ '.composites.' ~ composite, 'there is an identifier type of this name already') -%}
    {%- endfor -%}
    {%- set entity = {
        'name': name,
        'names': identifiers | list + composites | list,
        'shared_device_days': sluice.rule_count(place ~ '.shared_device_days', given.get('shared_device_days', 30)),
        'calling_code': calling_code,
    } -%}
    {%- set types = [] -%}
    {%- for type, rule in identifiers.items() -%}
        {%- do types.append(sluice.read_identifier_type(place ~ '.identifiers.' ~ type, type, rule, entity)) -%}
    {%- endfor -%}
    {%- for type, rule in composites.items() -%}
        {%- do types.append(sluice.read_composite_type(place ~ '.composites.' ~ type, type, rule, entity)) -%}
    {%- endfor -%}
    {%- set sightings = given.get('sightings', {}) -%}
    {%- do sluice.check_rule_keys(place ~ '.sightings', sightings, ['min']) -%}
    {{ return({
        'name': name,
        'survivor': sluice.rule_choice(place ~ '.survivor', given.get('survivor', 'oldest'), ['oldest', 'largest']),
        'on_conflict': sluice.rule_choice(place ~ '.on_conflict', given.get('on_conflict', 'last'), ['last', 'first', 'isolate']),
        'max_size': sluice.rule_count(place ~ '.max_size', given.get('max_size', 1000)),
        'max_growth': sluice.rule_count(place ~ '.max_growth', given.get('max_growth', 500)),
        'min_sightings': sluice.rule_count(place ~ '.sightings.min', sightings.get('min', 2)),
        'types': types | sort(attribute='priority,name'),
    }) }}
{%- endmacro %}

{% macro read_identifier_type(place, name, given, entity) -%}
    {%- do sluice.check_rule_keys(place, given, ['priority', 'normalise', 'pattern', 'block', 'unique', 'limit', 'caps', 'shared', 'traits']) -%}
    {{ return({
        'name': name,
        'number': none,
        'entity': entity.name,
        'priority': sluice.read_priority(place, given),
        'normalise': sluice.read_normaliser(place ~ '.normalise', given.get('normalise', 'trim'), entity),
        'pattern': sluice.rule_text(place ~ '.pattern', given.get('pattern', '')),
        'block': sluice.read_block(place ~ '.block', given.get('block', {})),
        'limit': sluice.read_limit(place, given),
        'caps': sluice.read_caps(place, name, given, entity),
        'parts': none,
        'traits': sluice.read_traits(place ~ '.traits', name, given, entity),
    }) }}
{%- endmacro %}

{# Names under which identify calls (of an account: group calls) give it. #}
{% macro read_traits(place, name, given, entity) -%}
    {%- set names = sluice.rule_texts(place, given.get('traits', [])) -%}
    {%- set columns = ['user_id', 'email', 'phone', 'anonymous_id', 'previous_id'] if entity.name == 'person' else ['group_id', 'domain'] -%}
    {%- if names and name in columns -%}
        {%- do sluice.rule_error(place, name ~ ' is read from calls of SDKs without `traits`: remove `traits`') -%}
    {%- endif -%}
    {%- for trait in names if not modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_]{0,62}', trait) -%}
        {%- do sluice.rule_error(place, tojson(trait) ~ ' is not a name of a trait: it may have letters, digits and _') -%}
    {%- endfor -%}
    {%- for trait in names if trait in ['email', 'phone', 'first_name', 'firstName', 'last_name', 'lastName', 'city', 'country_code', 'country', 'language', 'address',
        'name', 'domain', 'website', 'role'] -%}
        {%- do sluice.rule_error(place, trait ~ ' is a trait that is read already') -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{# A composite is an identifier too: its value is that of its parts, in the order of the rule. #}
{% macro read_composite_type(place, name, given, entity) -%}
    {%- do sluice.check_rule_keys(place, given, ['parts', 'priority', 'block', 'unique', 'limit', 'caps']) -%}
    {%- set parts = given.get('parts') -%}
    {%- if parts is string or parts is mapping or parts is not iterable or parts | length < 2 -%}
        {%- do sluice.rule_error(place ~ '.parts', 'a composite is a list of at least two parts, such as [last_name, birth_date: date, postcode: code]') -%}
    {%- endif -%}
    {%- set read = [] -%}
    {%- for part in parts -%}
        {%- set pair = part if part is mapping else {part: 'text'} -%}
        {%- if pair | length != 1 -%}
            {%- do sluice.rule_error(place ~ '.parts', 'a part is a name, or a name with its type, such as birth_date: date') -%}
        {%- endif -%}
        {%- for part_name, kind in pair.items() -%}
            {%- if part_name in read | map(attribute='name') -%}
                {%- do sluice.rule_error(place ~ '.parts', part_name ~ ' is there twice') -%}
            {%- endif -%}
            {%- do sluice.check_rule_name(place ~ '.parts', part_name) -%}
            {%- do read.append({'name': part_name, 'as': sluice.rule_choice(place ~ '.parts.' ~ part_name, kind, ['text', 'date', 'code'])}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return({
        'name': name,
        'number': none,
        'entity': entity.name,
        'priority': sluice.read_priority(place, given),
        'normalise': {'as': 'composite'},
        'pattern': '',
        'block': sluice.read_block(place ~ '.block', given.get('block', {})),
        'limit': sluice.read_limit(place, given),
        'caps': sluice.read_caps(place, name, given, entity),
        'parts': read,
        'traits': [],
    }) }}
{%- endmacro %}

{% macro read_priority(place, given) -%}
    {%- if 'priority' not in given -%}
        {%- do sluice.rule_error(place, 'it has no priority: give a whole number, 1 for the strongest') -%}
    {%- endif -%}
    {{ return(sluice.rule_count(place ~ '.priority', given.priority)) }}
{%- endmacro %}

{# `email`, or `{ email: { options } }`: { as, … the options }. #}
{% macro read_normaliser(place, given, entity) -%}
    {%- set kinds = ['email', 'phone', 'domain', 'lower', 'trim', 'none'] -%}
    {%- set options_of = {'email': ['strip_plus_tag', 'strip_gmail_dots'], 'phone': ['country_calling_code']} -%}
    {%- if given is mapping and given | length == 1 and given | first == 'macro' -%}
        {#- Of the project's own: the context also holds what runs queries, reads the environment and drops relations. -#}
        {%- if given.macro is not string or given.macro not in context[project_name] -%}
            {%- do sluice.rule_error(place ~ '.macro', 'there is no macro ' ~ given.macro ~ ' in this project') -%}
        {%- endif -%}
        {{ return({'as': 'macro', 'macro': given.macro}) }}
    {%- endif -%}
    {%- if given is mapping and given | length != 1 -%}
        {%- do sluice.rule_error(place, 'it names more than one normaliser; known: ' ~ kinds | join(', ') ~ ', macro') -%}
    {%- endif -%}
    {%- set kind = given | first if given is mapping else given -%}
    {%- if kind not in kinds -%}
        {%- do sluice.rule_error(place, 'there is no normaliser ' ~ kind ~ '; known: ' ~ kinds | join(', ') ~ ", or { macro: a macro's name }") -%}
    {%- endif -%}
    {%- set options = given[kind] if given is mapping else {} -%}
    {%- do sluice.check_rule_keys(place ~ '.' ~ kind, options, options_of.get(kind, [])) -%}
    {%- set read = {'as': kind} -%}
    {%- if kind == 'email' -%}
        {%- for option in options_of.email -%}
            {%- do read.update({option: sluice.rule_flag(place ~ '.email.' ~ option, options.get(option, false))}) -%}
        {%- endfor -%}
    {%- elif kind == 'phone' -%}
        {%- do read.update({'country_calling_code':
            sluice.rule_calling_code(place ~ '.phone.country_calling_code', options.get('country_calling_code', entity.calling_code))}) -%}
    {%- endif -%}
    {{ return(read) }}
{%- endmacro %}

{% macro read_block(place, given) -%}
    {%- do sluice.check_rule_keys(place, given, ['classes', 'values', 'patterns']) -%}
    {%- set classes = sluice.rule_texts(place ~ '.classes', given.get('classes', sluice.default_block_classes())) -%}
    {%- for class in classes -%}
        {%- do sluice.rule_choice(place ~ '.classes', class, sluice.block_classes() | list) -%}
    {%- endfor -%}
    {{ return({
        'classes': classes,
        'values': sluice.rule_texts(place ~ '.values', given.get('values', [])),
        'patterns': sluice.rule_texts(place ~ '.patterns', given.get('patterns', [])),
    }) }}
{%- endmacro %}

{% macro read_limit(place, given) -%}
    {%- set unique = sluice.rule_flag(place ~ '.unique', given.get('unique', false)) -%}
    {%- if 'limit' not in given -%}
        {{ return({'max': 1, 'within_days': none, 'on_excess': 'split'} if unique else none) }}
    {%- endif -%}
    {%- if unique -%}
        {%- do sluice.rule_error(place ~ '.limit', '`unique` is a limit of one already: keep one of the two') -%}
    {%- endif -%}
    {%- set limit = {'max': given.limit} if given.limit is integer else given.limit -%}
    {%- do sluice.check_rule_keys(place ~ '.limit', limit, ['max', 'within_days', 'on_excess']) -%}
    {%- if 'max' not in limit -%}
        {%- do sluice.rule_error(place ~ '.limit', 'max is missing: how many values one profile may have') -%}
    {%- endif -%}
    {{ return({
        'max': sluice.rule_count(place ~ '.limit.max', limit.max),
        'within_days': sluice.rule_count(place ~ '.limit.within_days', limit.within_days) if 'within_days' in limit else none,
        'on_excess': sluice.rule_choice(place ~ '.limit.on_excess', limit.get('on_excess', 'split'), ['split', 'detach', 'isolate']),
    }) }}
{%- endmacro %}

{% macro read_caps(place, name, given, entity) -%}
    {%- set caps = [] -%}
    {%- set shared = sluice.rule_flag(place ~ '.shared', given.get('shared', false)) -%}
    {%- do sluice.check_rule_mapping(place ~ '.caps', given.get('caps', {})) -%}
    {%- for type, cap in given.get('caps', {}).items() -%}
        {%- set at = place ~ '.caps.' ~ type -%}
        {%- if type not in entity.names -%}
            {%- do sluice.rule_error(at, 'there is no identifier type ' ~ type ~ '; known: ' ~ entity.names | join(', ')) -%}
        {%- elif type == name -%}
            {%- do sluice.rule_error(at, 'two values of one type are never joined directly, so a cap on itself has no meaning; `limit` counts the values of a profile') -%}
        {%- endif -%}
        {%- set read = {'max': cap} if cap is integer else cap -%}
        {%- do sluice.check_rule_keys(at, read, ['max', 'within_days']) -%}
        {%- if 'max' not in read -%}
            {%- do sluice.rule_error(at, 'max is missing: how many values of ' ~ type ~ ' one ' ~ name ~ ' may be seen with') -%}
        {%- endif -%}
        {%- if 'within_days' in read -%}
            {%- set within_days = sluice.rule_count(at ~ '.within_days', read.within_days) -%}
        {%- else -%}
            {%- set within_days = entity.shared_device_days if shared else none -%}
        {%- endif -%}
        {%- do caps.append({'type': type, 'number': none, 'max': sluice.rule_count(at ~ '.max', read.max), 'within_days': within_days}) -%}
    {%- endfor -%}
    {%- if shared and not caps -%}
        {%- do sluice.rule_error(place ~ '.shared', 'it sets the window of caps, and this type has none') -%}
    {%- endif -%}
    {{ return(caps) }}
{%- endmacro %}
