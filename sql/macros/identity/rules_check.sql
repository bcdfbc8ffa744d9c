{# What a value of the rules may be. Each macro returns the value, or stops the build with a sentence that names the place of the rule. #}

{% macro rule_error(place, sentence) -%}
    {%- do exceptions.raise_compiler_error('vars.sluice.identity' ~ ('.' if place) ~ place ~ ': ' ~ sentence) -%}
{%- endmacro %}

{% macro check_rule_mapping(place, given) -%}
    {%- if given is not mapping -%}
        {%- do sluice.rule_error(place, 'it must be a block of keys, and is ' ~ tojson(given)) -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_rule_keys(place, given, known) -%}
    {%- do sluice.check_rule_mapping(place, given) -%}
    {%- for key in given if key not in known -%}
        {%- do sluice.rule_error(place ~ ('.' if place) ~ key, 'there is no such key; known: ' ~ (known | join(', ') if known else 'none')) -%}
    {%- endfor -%}
{%- endmacro %}

{# Names stand in SQL and in file formats as they are. #}
{% macro check_rule_name(place, name) -%}
    {%- if name is not string or not modules.re.match('^[a-z][a-z0-9_]{0,62}$', name) -%}
        {%- do sluice.rule_error(place, tojson(name) ~ ' is not a name: small letters, digits and _, the first a letter, at most 63') -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_rule_names(place, given) -%}
    {%- do sluice.check_rule_mapping(place, given) -%}
    {%- for name in given -%}{%- do sluice.check_rule_name(place, name) -%}{%- endfor -%}
{%- endmacro %}

{% macro rule_count(place, value) -%}
    {%- if value is not integer or value < 1 -%}
        {%- do sluice.rule_error(place, 'it must be a whole number of at least 1, and is ' ~ tojson(value)) -%}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro rule_choice(place, value, known) -%}
    {%- if value not in known -%}
        {%- do sluice.rule_error(place, 'there is no ' ~ value ~ '; known: ' ~ known | join(', ')) -%}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro rule_flag(place, value) -%}
    {%- if value is not boolean -%}
        {%- do sluice.rule_error(place, 'it must be true or false, and is ' ~ tojson(value)) -%}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro rule_text(place, value) -%}
    {%- if value is not string -%}
        {%- do sluice.rule_error(place, 'it must be a text, and is ' ~ tojson(value) ~ ': write it in quotes') -%}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro rule_texts(place, values) -%}
    {%- if values is string or values is mapping or values is not iterable -%}
        {%- do sluice.rule_error(place, 'it must be a list of texts, and is ' ~ tojson(values)) -%}
    {%- endif -%}
    {%- for value in values -%}{%- do sluice.rule_text(place, value) -%}{%- endfor -%}
    {{ return(values) }}
{%- endmacro %}

{# Quoted in yml, since 1 and '1' are both what people write. #}
{% macro rule_calling_code(place, value) -%}
    {%- if not modules.re.match('^[1-9][0-9]{0,2}$', value | string) -%}
        {%- do sluice.rule_error(place, 'it must be the calling code of a country, 1 to 3 digits such as 1 or 44, and is ' ~ tojson(value)) -%}
    {%- endif -%}
    {{ return(value | string) }}
{%- endmacro %}
