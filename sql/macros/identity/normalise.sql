{#
    One spelling per identifier. All of it is SQL over an SQL expression `value` of type String; '' means that there is no identifier.
    A change here, or of a rule, is a change of who is who: `identity_fingerprint('values')` notices, and the next build takes it up.
#}

{# The value as the graph writes it. `entity` and `type` are names here, not SQL: how a value is written differs by type. #}
{% macro normalise_identifier(entity, type, value) -%}
    {{ sluice.normalise_as(sluice.identity_type(entity, type).normalise, value) }}
{%- endmacro %}

{#
    email, phone, domain, lower, trim, none and macro are a rule's `normalise`. The parts of a composite are text (as people read it), date
    (the digits of year, month and day, in the order in which they stand) or code (letters and digits).
#}
{% macro normalise_as(normaliser, value) -%}
    {%- if normaliser.as == 'macro' -%}
        {{ context[project_name][normaliser.macro](value) }}
    {%- elif normaliser.as == 'email' -%}
        {{ sluice.normalise_email(value, normaliser) }}
    {%- elif normaliser.as == 'phone' -%}
        {{ sluice.normalise_phone(value, normaliser.country_calling_code) }}
    {%- elif normaliser.as == 'domain' -%}
        {{ sluice.registrable_domain(value) }}
    {%- elif normaliser.as == 'lower' -%}
        {{ sluice.fold_case(value, 'NFC') }}
    {%- elif normaliser.as == 'trim' -%}
        {{ sluice.trim_space(value) }}
    {%- elif normaliser.as == 'text' -%}
        trim({{ sluice.fold_text("replaceAll(" ~ value ~ ", '|', ' ')") }})
    {%- elif normaliser.as == 'date' -%}
        substring(replaceRegexpAll({{ value }}, '[^0-9]+', ''), 1, 8)
    {%- elif normaliser.as == 'code' -%}
        replaceRegexpAll({{ sluice.fold_case(value, 'NFKC') }}, '[^\\p{L}\\p{N}]', '')
    {%- elif normaliser.as == 'composite' -%}
        {{ sluice.fold_text(value) }}
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}

{# A column that may be an identifier: normalised by the rule of that name when there is one, trimmed when there is none. #}
{% macro normalise_attribute(entity, name, value) -%}
    {%- if name in sluice.identity_rules().entities[entity].types | map(attribute='name') -%}
        {{ sluice.normalise_identifier(entity, name, value) }}
    {%- else -%}
        {{ sluice.trim_space(value) }}
    {%- endif -%}
{%- endmacro %}

{% macro trim_space(value) -%}
    trimBoth({{ value }}, ' \t\n\v\f\r')
{%- endmacro %}

{# Small letters without space around them. ASCII, nearly everything, takes the short way; `form` is the Unicode form for the rest. #}
{% macro fold_case(value, form) -%}
    {%- set edge = '[\\\\s\\\\p{Z}\\\\p{Cf}\\\\p{Cc}]+' -%}
    if(
        isValidASCII({{ value }}),
        lower({{ sluice.trim_space(value) }}),
        replaceRegexpAll(lowerUTF8(normalizeUTF8{{ form }}(toValidUTF8({{ value }}))), '^{{ edge }}|{{ edge }}$', '')
    )
{%- endmacro %}

{# Small letters, single spaces. #}
{% macro fold_text(value) -%}
    replaceRegexpAll({{ sluice.fold_case(value, 'NFKC') }}, '[\\s\\p{Z}]+', ' ')
{%- endmacro %}

{# Compatible forms are one address: ＠ is @. Tags and Gmail's dots stay unless the rule says otherwise: elsewhere they tell people apart. #}
{% macro normalise_email(value, options) -%}
    {%- set address = sluice.fold_case(value, 'NFKC') -%}
    {%- if options.strip_plus_tag -%}
        {%- set address = "replaceRegexpOne(" ~ address ~ ", '^([^+@]+)\\\\+[^@]*@', '\\\\1@')" -%}
    {%- endif -%}
    {%- if options.strip_gmail_dots -%}
        {%- set address = "if(match(" ~ address ~ ", '@(gmail|googlemail)\\\\.com$'), concat(replaceAll(splitByChar('@', " ~ address ~ ")[1], '.', ''), '@gmail.com'), " ~ address ~ ")" -%}
    {%- endif -%}
    {{ address }}
{%- endmacro %}

{#
    E.164: '+', country, number. '+' and '00' say the country ('011' too where the code is 1); anything else belongs to `code`. What a
    country's people dial before a number at home (ITU-T E.164, national prefixes) is no part of it: 0 nearly everywhere, 8 in Russia and
    Kazakhstan, 06 in Hungary, nothing in Italy, where the 0 belongs to the number. An extension is a desk, not another phone.
#}
{% macro normalise_phone(value, code) -%}
    {%- set text = "if(isValidASCII(" ~ value ~ "), lower(" ~ value ~ "), lower(normalizeUTF8NFKC(toValidUTF8(" ~ value ~ "))))" -%}
    {%- set text = "if(match(" ~ text ~ ", '[x#]'), replaceRegexpOne(" ~ text ~ ", '[\\\\s;,]*(ext|extension|x|#)[\\\\s.:=]*[0-9]{1,7}\\\\s*$', ''), " ~ text ~ ")" -%}
    {%- set digits = "replaceRegexpAll(" ~ text ~ ", '[^0-9]+', '')" -%}
    {%- set at_home = {'7': '^8', '36': '^06', '39': none, '378': none, '379': none}.get(code, '^0+') -%}
    multiIf(
        {{ digits }} = '', '',
        match({{ text }}, '^[^0-9]*[+]'), concat('+', replaceRegexpAll(replaceOne({{ text }}, '(0)', ''), '[^0-9]+', '')),
        startsWith({{ digits }}, '00'), concat('+', substring({{ digits }}, 3)),
        {%- if code == '1' %}
        startsWith({{ digits }}, '011') and length({{ digits }}) > 11, concat('+', substring({{ digits }}, 4)),
        {%- endif %}
        startsWith({{ digits }}, '{{ code }}') and length({{ digits }}) > 10, concat('+', {{ digits }}),
        concat('+{{ code }}', {{ "replaceRegexpOne(" ~ digits ~ ", '" ~ at_home ~ "', '')" if at_home else digits }})
    )
{%- endmacro %}
