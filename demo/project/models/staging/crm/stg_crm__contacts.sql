-- Grain: one row per person whom the CRM keeps under an account. Key: none; a person may be kept under several. Freshness: live view, as loaded.
with

loaded as (

    {{ sluice.source_or_empty('crm', 'contacts', {
        'crm_account_id': 'String',
        'user_id': 'String',
        'email': 'String',
        'phone': 'String',
        'role': 'String',
        'created_at': 'DateTime64(3)',
        'updated_at': 'DateTime64(3)',
    }, optional=['user_id', 'phone']) }}

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
        ---------- the account
        {{ sluice.to_text('crm_account_id') }} as crm_account_id,

        ---------- the person
        {{ sluice.to_text('user_id') }} as user_id,
        {{ sluice.to_text('email') }} as email,
        {{ sluice.to_text('phone') }} as phone,
        trim({{ sluice.to_text('role') }}) as role,

        ---------- times
        read_created_at as created_at,
        ifNull(read_updated_at, read_created_at) as updated_at,
        readings
    from readable

)

select * from renamed
