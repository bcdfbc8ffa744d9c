{#
    Whose event it is: who was signed in, else whoever uses the device. A user id that says nothing ("null") is nobody.
    Needs no join: blocked user ids are a handful.
#}
{% macro signed_in_or_anonymous_node(user_id, anonymous_id) -%}
    if(
        {{ user_id }} != '' and {{ normalise_identifier('person', 'user_id', user_id) }} not in (
            select identifier_value
            from {{ ref('identity_identifiers') }}
            where entity = 'person' and identifier_type = 'user_id' and is_blocked
        ),
        {{ identifier_node("'person'", "'user_id'", normalise_identifier('person', 'user_id', user_id)) }},
        {{ identifier_node("'person'", "'anonymous_id'", normalise_identifier('person', 'anonymous_id', anonymous_id)) }}
    )
{%- endmacro %}
