{# Which company a web domain names: its registered part, unless it is a public mail service. #}

{#
    The registrable domain of a domain, a web address or an e-mail address, in lower case: 'https://Mail.Example.co.uk/x' → 'example.co.uk'.
    '' for a domain that cannot be registered: an IP address, a single label, a public suffix such as 'co.uk', a text that is no domain.

    Suffixes are those that ClickHouse knows (the generic second levels of each country). Of longer ones ('city.kawasaki.jp') the parent
    comes out. A domain in Unicode and its ASCII form ('xn--…') stay two: the embedded server has no function to convert one into the other.
#}
{% macro registrable_domain(value) -%}
    {%- set host = "domainRFC(lowerUTF8(trim(trailing '.' from trim(" ~ value ~ "))))" -%}
    {%- set domain = 'cutToFirstSignificantSubdomain(' ~ host ~ ')' -%}
    if(
        match({{ host }}, '{{ sluice.valid_host_pattern() }}')
            and not multiSearchAny({{ host }}, ['..', '.-', '-.'])
            and length({{ host }}) <= 253
            -- of a bare public suffix any subdomain can be registered, so one more label is not cut off again
            and cutToFirstSignificantSubdomain(concat('x.', {{ domain }})) = {{ domain }},
        {{ domain }},
        ''
    )
{%- endmacro %}

{#
    Letters and digits of any script, with dots. The last label starts with a letter: an IP address has none. Labels are not counted to 63
    characters, because RE2 takes 40 times as long for it.
#}
{% macro valid_host_pattern() -%}
    {{ return('^[\\\\p{L}\\\\p{N}][\\\\p{L}\\\\p{N}\\\\p{M}.-]*\\\\.\\\\p{L}[\\\\p{L}\\\\p{N}\\\\p{M}-]*[\\\\p{L}\\\\p{N}\\\\p{M}]$') }}
{%- endmacro %}

{# The same, and '' for a domain that is not a company's: sql/seeds/freemail_domains.csv lists the public mail services. #}
{% macro company_domain(value) -%}
    if(
        {{ sluice.registrable_domain(value) }} in (select domain from {{ ref('freemail_domains') }}),
        '',
        {{ sluice.registrable_domain(value) }}
    )
{%- endmacro %}

{# The company's domain of an e-mail address. A local part may hold nearly anything, '/' and '@' too: the domain follows the last '@'. #}
{% macro company_domain_of_email(address) -%}
    {{ sluice.company_domain("if(position(" ~ address ~ ", '@') > 1, splitByChar('@', " ~ address ~ ")[-1], '')") }}
{%- endmacro %}
