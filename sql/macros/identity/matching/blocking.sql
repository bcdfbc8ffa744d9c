{#
    Which pairs are compared at all: those that share a blocking key. A rule is a list of SQL expressions over a record, of which
    none may be empty; it applies when all its fields are declared. Many cheap and different keys rather than few good ones: a pair
    is lost only when every key has an error. Keys of a common value make big blocks, which are capped (`max_block_size`) and
    reported in `identity_match_blocks`; a pair in a capped block usually shares a finer key, too.
#}
{% macro blocking_rules() -%}
    {%- set first_sound = 'soundex(first_name)' -%}
    {%- set last_sound = 'soundex(last_name)' -%}
    {%- set year = sluice.date_part('birth_date', 'year') -%}
    {%- set month_day = 'substring(birth_date, 5, 4)' -%}
    {%- set rules = [
        {'name': 'national_id', 'fields': ['national_id'], 'key': ['national_id']},
        {'name': 'email', 'fields': ['email'], 'key': ['email']},
        {'name': 'email_local_part', 'fields': ['email'], 'key': [sluice.local_part('email')]},
        {'name': 'phone', 'fields': ['phone'], 'key': ['right(phone, 8)']},
        {'name': 'birth_date', 'fields': ['birth_date'], 'key': ['birth_date']},
        {'name': 'names', 'fields': ['first_name', 'last_name'], 'key': ['least(first_name, last_name)', 'greatest(first_name, last_name)']},
        {'name': 'sounds', 'fields': ['first_name', 'last_name'], 'key': ['least(' ~ first_sound ~ ', ' ~ last_sound ~ ')', 'greatest(' ~ first_sound ~ ', ' ~ last_sound ~ ')']},
        {'name': 'name_beginnings', 'fields': ['first_name', 'last_name'], 'key': ['substring(first_name, 1, 3)', 'substring(last_name, 1, 3)']},
        {'name': 'first_name', 'fields': ['first_name'], 'key': ['first_name']},
        {'name': 'last_name', 'fields': ['last_name'], 'key': ['last_name']},
        {'name': 'first_name_month_day', 'fields': ['first_name', 'birth_date'], 'key': ['substring(first_name, 1, 3)', month_day]},
        {'name': 'last_name_month_day', 'fields': ['last_name', 'birth_date'], 'key': ['substring(last_name, 1, 3)', month_day]},
        {'name': 'first_name_year', 'fields': ['first_name', 'birth_date'], 'key': ['substring(first_name, 1, 2)', year]},
        {'name': 'last_name_year', 'fields': ['last_name', 'birth_date'], 'key': ['substring(last_name, 1, 2)', year]},
        {'name': 'month_day', 'fields': ['birth_date'], 'key': [month_day]},
        {'name': 'year_month', 'fields': ['birth_date'], 'key': ['substring(birth_date, 1, 6)']},
        {'name': 'first_name_postcode', 'fields': ['first_name', 'postcode'], 'key': ['substring(first_name, 1, 2)', 'postcode']},
        {'name': 'last_name_postcode', 'fields': ['last_name', 'postcode'], 'key': ['substring(last_name, 1, 2)', 'postcode']},
        {'name': 'postcode', 'fields': ['postcode'], 'key': ['postcode']},
        {'name': 'first_name_city', 'fields': ['first_name', 'city'], 'key': ['substring(first_name, 1, 3)', 'substring(city, 1, 3)']},
        {'name': 'last_name_city', 'fields': ['last_name', 'city'], 'key': ['substring(last_name, 1, 3)', 'substring(city, 1, 3)']},
        {'name': 'city', 'fields': ['city'], 'key': ['city']},
        {'name': 'year_city', 'fields': ['birth_date', 'city'], 'key': [year, 'substring(city, 1, 3)']},
        {'name': 'address', 'fields': ['address'], 'key': ['address']},
        {'name': 'address_beginning', 'fields': ['street_number', 'address'], 'key': ['substring(address, 1, 6)', 'street_number']},
        {'name': 'street_number_postcode', 'fields': ['street_number', 'postcode'], 'key': ['street_number', 'postcode']},
    ] -%}
    {%- set applicable = [] -%}
    {%- set fields = sluice.match_fields() -%}
    {%- for rule in rules if rule.fields | reject('in', fields) | list | length == 0 -%}{%- do applicable.append(rule) -%}{%- endfor -%}
    {{ return(applicable) }}
{%- endmacro %}

{# The blocking keys of a record as Array(Tuple(rule, key)). #}
{% macro blocking_keys() -%}
    arrayFilter(key -> key.2 != 0, [
        {%- for rule in sluice.blocking_rules() %}
        ('{{ rule.name }}', if({{ rule.key | join(" != '' and ") }} != '', sipHash64('{{ rule.name }}', {{ rule.key | join(', ') }}), 0)){{ ',' if not loop.last }}
        {%- endfor %}
    ])
{%- endmacro %}
