{#
    The rows of stg_web__events: messages of SDKs, the first delivery of each. The message is JSON from anybody: one extraction reads all fields
    at once, and what is missing or of another type is ''. properties, traits and context stay text here; `resolved_events` turns properties
    into JSON once per build.

    since   SQL time, or none: only messages whose first delivery arrived then or later, for a reader that has the rest. Given to the table and
            not to the view, because a condition on a view over FINAL is applied after all messages have been read and merged.
#}
{% macro collected_events(since=none) -%}
with

collected as (

    {{ sluice.source_or_empty('collected', 'events', {
        'message_id': 'String',
        'type': 'String',
        'event': 'String',
        'source': 'String',
        'anonymous_id': 'String',
        'user_id': 'String',
        'previous_id': 'String',
        'group_id': 'String',
        'occurred_at': "DateTime64(3, \\'UTC\\')",
        'received_at': "DateTime64(3, \\'UTC\\')",
        'message': 'String',
        'has_long_numbers': 'Bool',
    }, where=sluice.first_deliveries(since)) }}

),

readable as (

    select
        *,
        {{ sluice.readable_message() }} as text
    from collected

),

extracted as (

    select
        *,
        JSONExtract(text, $$Tuple(
            properties String,
            context Tuple(page Tuple(url String, referrer String), campaign Tuple(source String, medium String, name String))
        )$$) as body,
        multiIf(
            startsWith(body.properties, '{')
                -- a text may hold what looks like an object; not asked of every message, because to read its type is to read it once more
                and (position(text, '"properties":"') = 0 or JSONType(text, 'properties') = 'Object'), body.properties,
            body.properties in ('', 'null', '[]'), '{}',
            concat('{"_unparsed":', toJSONString(body.properties), '}')
        ) as members,
        -- `if` takes the branch per row: only identify calls, a few in a hundred, are read for traits
        if(type = 'identify', JSONExtractString(text, 'context', 'locale'), '') as locale,
        -- RudderStack puts the traits of an identify into the context; on other calls context.traits may be a group's. PHP writes [] for none
        multiIf(
            type != 'identify', '',
            JSONType(text, 'traits') = 'Object' and JSONLength(text, 'traits') > 0, JSONExtractRaw(text, 'traits'),
            JSONType(text, 'context', 'traits') = 'Object', JSONExtractRaw(text, 'context', 'traits'),
            ''
        ) as user_traits,
        {%- set trait_type %}$$Tuple(
            email String, phone String,
            {%- for type in sluice.types_of_traits('person') %}{% for name in type.traits %} {{ name }} String,{% endfor %}{% endfor %}
            first_name String, firstName String, last_name String, lastName String,
            city String, country_code String, country String, language String,
            address Tuple(city String, country String)
        )$${% endset %}
        if(
            type = 'identify',
            JSONExtract({{ sluice.scalar_members('user_traits', keep='address') }}, {{ trait_type }}),
            JSONExtract('', {{ trait_type }})
        ) as trait
    from readable

),

renamed as (

    select
        ---------- ids
        {{ sluice.to_text('message_id') }} as message_id,
        {{ sluice.to_text('anonymous_id') }} as anonymous_id,
        {{ sluice.to_text('user_id') }} as user_id,
        if(type = 'alias', {{ sluice.to_text('previous_id') }}, '') as previous_id,
        {{ sluice.to_text('group_id') }} as group_id,
        trait.email as email,
        trait.phone as phone,
        {%- for type in sluice.types_of_traits('person') %}
        {{ sluice.first_trait(type) }} as {{ type.name }},
        {%- endfor %}

        ---------- what happened
        cast(ifNull(type, ''), 'LowCardinality(String)') as event_type,
        -- a page's own name is a property: what people count is that a page was viewed
        cast(
            multiIf(type = 'page', 'Page Viewed', type = 'screen', 'Screen Viewed', type = 'track', {{ sluice.to_text('event') }}, ''),
            'LowCardinality(String)'
        ) as event_name,
        cast(ifNull(source, ''), 'LowCardinality(String)') as source,
        multiIf(
            not isValidJSON(text), concat('{"_unparsed":', toJSONString(message), '}'),
            type in ('page', 'screen') and event != '', {{ sluice.with_member('members', 'name', 'event') }},
            members
        ) as properties,
        user_traits as traits,

        ---------- where
        body.context.page.url as url,
        body.context.page.referrer as referrer,
        cast(body.context.campaign.source, 'LowCardinality(String)') as campaign_source,
        cast(body.context.campaign.medium, 'LowCardinality(String)') as campaign_medium,
        cast(body.context.campaign.name, 'LowCardinality(String)') as campaign_name,

        ---------- the person, as an identify describes them
        if(trait.first_name != '', trait.first_name, trait.firstName) as first_name,
        if(trait.last_name != '', trait.last_name, trait.lastName) as last_name,
        if(trait.city != '', trait.city, trait.address.city) as city,
        upper(multiIf(trait.country_code != '', trait.country_code, trait.country != '', trait.country, trait.address.country)) as country_code,
        if(trait.language != '', trait.language, locale) as language,

        ---------- times
        assumeNotNull(occurred_at) as occurred_at,
        assumeNotNull(received_at) as received_at,

        ---------- how far the row may be believed about who is who
        cast(type in ('identify', 'alias'), 'Bool') as is_identifying
    from extracted

)

select * from renamed
{%- endmacro %}

{#
    What of sluice_raw.events is a first delivery, as the text that follows the table's name. FINAL merges everything; to read what is new takes
    a look at the arrival of each message, and one at the ids of all: of 16 million messages 100,000 new ones are found in 0.4 s, with FINAL
    in 2 s (two cores). `type`: only of calls of this type, with `since`.
#}
{% macro first_deliveries(since, type=none) -%}
    {%- if since is none -%}
        {{ return('final') }}
    {%- endif -%}
    {%- set events = source('collected', 'events') -%}
    {%- set new = 'received_at >= ' ~ since ~ (" and type = '" ~ type ~ "'" if type else '') -%}
    {{ return(
        'where ' ~ new ~ ' and (source, message_id) not in (select source, message_id from ' ~ events
        ~ ' prewhere message_id in (select message_id from ' ~ events ~ ' where ' ~ new ~ ') where received_at < ' ~ since
        ~ ') order by received_at limit 1 by source, message_id'
    ) }}
{%- endmacro %}
