-- Grain: one row per account of the CRM. Key: crm_account_id. Freshness: live view, as loaded.
with

loaded as (

    {{ sluice.source_or_empty('crm', 'accounts', {
        'crm_account_id': 'String',
        'name': 'String',
        'domain': 'String',
        'tax_id': 'String',
        'parent_account_id': 'String',
        'billing_customer_id': 'String',
        'updated_at': 'DateTime64(3)',
    }) }}

),

readable as (

    select
        *,
        {{ sluice.to_instant('updated_at', 'crm') }} as read_updated_at,
        {{ sluice.readings({'updated_at': 'read_updated_at'}) }} as readings
    from loaded

),

renamed as (

    select
        ---------- ids
        {{ sluice.to_text('crm_account_id') }} as crm_account_id,
        {{ sluice.to_text('billing_customer_id') }} as billing_customer_id,
        {{ sluice.to_text('tax_id') }} as tax_id,
        {{ sluice.company_domain(sluice.to_text('domain')) }} as domain,
        {{ sluice.to_text('parent_account_id') }} as parent_crm_account_id,

        ---------- the account
        trim({{ sluice.to_text('name') }}) as name,

        ---------- times
        read_updated_at as updated_at,
        readings
    from readable

)

select * from renamed
