-- Grain: one row per contact of the CRM. Key: contact_id. Freshness: live view, as loaded.
with

loaded as (

    {{ sluice.source_or_empty('crm', 'contacts', {
        'contact_id': 'String',
        'account_id': 'String',
        'user_id': 'String',
        'email': 'String',
        'first_name': 'String',
        'last_name': 'String',
        'job_title': 'String',
        'created_at': 'DateTime64(3)',
        'updated_at': 'DateTime64(3)',
    }, optional=['user_id', 'job_title']) }}

),

readable as (

    select
        *,
        {{ sluice.to_instant('created_at', 'crm') }} as read_created_at,
        {{ sluice.to_instant('updated_at', 'crm') }} as read_updated_at,
        {{ sluice.readings({'created_at': 'read_created_at', 'updated_at': 'read_updated_at'}) }} as readings
    from loaded

),

renamed as (

    select
        ---------- ids
        {{ sluice.to_text('contact_id') }} as contact_id,
        {{ sluice.to_text('account_id') }} as account_id,
        {{ sluice.to_text('user_id') }} as user_id,
        {{ sluice.to_text('email') }} as email,

        ---------- the person
        {{ sluice.to_text('first_name') }} as first_name,
        {{ sluice.to_text('last_name') }} as last_name,
        {{ sluice.to_text('job_title') }} as job_title,

        ---------- times
        read_created_at as created_at,
        ifNull(read_updated_at, read_created_at) as updated_at,
        readings
    from readable

)

select * from renamed
