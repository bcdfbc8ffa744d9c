-- Grain: one row per account of the CRM. Key: account_id. Freshness: live view, as loaded.
-- `source_or_empty`: a table that was never loaded gives no rows, so that the project builds before the first load.
with

loaded as (

    {{ sluice.source_or_empty('crm', 'accounts', {
        'account_id': 'String',
        'name': 'String',
        'domain': 'String',
        'industry': 'String',
        'plan': 'String',
        'seats': 'Int64',
        'parent_account_id': 'String',
        'updated_at': 'DateTime64(3)',
    }, optional=['industry', 'parent_account_id']) }}

),

readable as (

    select
        *,
        {{ sluice.to_quantity('seats', 'crm') }} as read_seats,
        {{ sluice.to_instant('updated_at', 'crm') }} as read_updated_at,
        {{ sluice.readings({'seats': 'read_seats', 'updated_at': 'read_updated_at'}) }} as readings
    from loaded

),

renamed as (

    select
        ---------- ids
        {{ sluice.to_text('account_id') }} as account_id,
        {{ sluice.company_domain(sluice.to_text('domain')) }} as domain,
        {{ sluice.to_text('parent_account_id') }} as parent_account_id,

        ---------- the account
        {{ sluice.to_text('name') }} as name,
        {{ sluice.to_text('industry') }} as industry,
        {{ sluice.to_text('plan') }} as plan,
        accurateCastOrNull(read_seats, 'UInt32') as seats,

        ---------- times
        read_updated_at as updated_at,
        readings
    from readable

)

select * from renamed
