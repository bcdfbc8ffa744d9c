-- Grain: one row per group call, the first delivery of each. Key: (source, message_id). Freshness: live view over the landing table.
-- A group call says that the person who made it belongs to the account that it names; its traits describe the account, not the person.
{{ config(pre_hook='{{ sluice.describe_types_of_traits("account") }}') }}
with

first_deliveries as (

    {{ calls_of_type('group', {'group_id': 'String', 'message': 'String', 'has_long_numbers': 'Bool'}) }}

),

groups as (

    select
        *,
        JSONExtractRaw({{ readable_message() }}, 'traits') as traits,
        JSONExtract({{ scalar_members('traits') }}, $$Tuple(
            {%- for type in types_of_traits('account') %}{% for name in type.traits %} {{ name }} String,{% endfor %}{% endfor %}
            name String, domain String, website String, role String
        )$$) as trait
    from first_deliveries

),

renamed as (

    select
        ---------- ids
        {{ to_text('message_id') }} as message_id,
        {{ to_text('group_id') }} as group_id,
        {%- for type in types_of_traits('account') %}
        {{ first_trait(type) }} as {{ type.name }},
        {%- endfor %}
        {{ company_domain("if(trait.domain != '', trait.domain, trait.website)") }} as domain,

        ---------- who was in it
        {{ to_text('user_id') }} as user_id,
        {{ to_text('anonymous_id') }} as anonymous_id,
        trim(trait.role) as role,

        ---------- the account
        trim(trait.name) as name,
        cast(ifNull(source, ''), 'LowCardinality(String)') as source,

        ---------- times
        assumeNotNull(occurred_at) as occurred_at,
        assumeNotNull(received_at) as received_at
    from groups

)

select * from renamed
