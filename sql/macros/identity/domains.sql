{# Which company a web domain names: the part of it that somebody registered, unless it is where everybody has a mailbox. #}

{#
    The registrable domain of a domain, a web address or an e-mail address, in lower case: 'https://Mail.Example.co.uk./x' → 'example.co.uk'.
    '' for what nobody can have registered: an IP address, a single label, a public suffix such as 'co.uk', a text that is no domain.

    Suffixes are those that ClickHouse knows (the generic second levels of each country). Of longer ones ('city.kawasaki.jp') the parent
    comes out. A domain in Unicode and its ASCII form ('xn--…') stay two: the embedded server has no function to convert one into the other.
#}
{% macro registrable_domain(value) -%}
    {%- set host = "lowerUTF8(extract(trim(" ~ value ~ "), '" ~ host_pattern() ~ "'))" -%}
    {%- set domain = 'cutToFirstSignificantSubdomain(' ~ host ~ ')' -%}
    if(
        match({{ host }}, '{{ valid_host_pattern() }}')
            and length({{ host }}) <= 253
            -- of a bare public suffix any subdomain can be registered, so one more label is not cut off again
            and cutToFirstSignificantSubdomain(concat('x.', {{ domain }})) = {{ domain }},
        {{ domain }},
        ''
    )
{%- endmacro %}

{# Scheme, user, port, path and the dot of the root are left out; all of them may be missing. #}
{% macro host_pattern() -%}
    {{ return('^(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?(?:[^/?#\\\\s]*@)?([^/?#:@\\\\s]+?)\\\\.?(?::[0-9]+)?(?:[/?#].*)?$') }}
{%- endmacro %}

{# Two labels or more, of letters and digits of any script. The last one starts with a letter: an IP address has none. #}
{% macro valid_host_pattern() -%}
    {{ return('^(?:[\\\\p{L}\\\\p{N}](?:[\\\\p{L}\\\\p{N}\\\\p{M}-]{0,61}[\\\\p{L}\\\\p{N}\\\\p{M}])?\\\\.)+\\\\p{L}[\\\\p{L}\\\\p{N}\\\\p{M}-]*[\\\\p{L}\\\\p{N}\\\\p{M}]$') }}
{%- endmacro %}

{# The same, and '' for a domain that is no company's: sql/seeds/freemail_domains.csv lists where everybody may have a mailbox. #}
{% macro company_domain(value) -%}
    if(
        {{ registrable_domain(value) }} in (select domain from {{ ref('freemail_domains') }}),
        '',
        {{ registrable_domain(value) }}
    )
{%- endmacro %}

{# The company's domain of an e-mail address. A local part may hold nearly anything, '/' and '@' too: the domain follows the last '@'. #}
{% macro company_domain_of_email(address) -%}
    {{ company_domain("extract(" ~ address ~ ", '^.*[^@\\\\s]@([^@/?#:\\\\s]+)\\\\s*$')") }}
{%- endmacro %}
