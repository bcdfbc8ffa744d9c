-- Grain: one row per person whom the CRM keeps under an account. Key: none; a person may be kept under several. Freshness: live view, as loaded.
with

loaded as (

    {{ source_or_empty('crm', 'contacts', {
        'crm_account_id': 'String',
        'user_id': 'String',
        'email': 'String',
        'phone': 'String',
        'role': 'String',
        'created_at': 'DateTime64(3)',
        'updated_at': 'DateTime64(3)',
    }, optional=['user_id', 'phone']) }}

),

renamed as (

    select
        ---------- the account
        {{ to_text('crm_account_id') }} as crm_account_id,

        ---------- the person
        {{ to_text('user_id') }} as user_id,
        {{ to_text('email') }} as email,
        {{ to_text('phone') }} as phone,
        trim({{ to_text('role') }}) as role,

        ---------- times
        {{ to_instant('created_at', 'UTC') }} as created_at,
        ifNull({{ to_instant('updated_at', 'UTC') }}, created_at) as updated_at
    from loaded

)

select * from renamed
