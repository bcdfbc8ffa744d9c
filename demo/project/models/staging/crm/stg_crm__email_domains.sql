-- Grain: one row per customer or contact with an address at a company's domain. Key: none. Freshness: live view, as loaded.
-- Apart from the rows themselves: a contact's address may be at another company than the account that keeps it, an agency's for example,
-- and must not join the two.
with

addresses as (

    select email, updated_at
    from {{ ref('stg_crm__customers') }}
    union all
    select email, updated_at
    from {{ ref('stg_crm__contacts') }}

),

domains as (

    select
        {{ sluice.company_domain_of_email('email') }} as domain,
        updated_at
    from addresses

)

select * from domains
where domain != ''
