-- Grain: one row per household that answered the survey. Key: loyalty_id. Freshness: live view, as loaded.
-- Ages, incomes and sizes are ranges, as the survey asked for them.
with

loaded as (

    {{ sluice.source_or_empty('crm', 'demographics', {
        'household_id': 'String',
        'age': 'String',
        'income': 'String',
        'home_ownership': 'String',
        'marital_status': 'String',
        'household_size': 'String',
        'household_comp': 'String',
        'kids_count': 'String',
    }) }}

),

renamed as (

    select
        {{ sluice.to_text('household_id') }} as loyalty_id,
        {{ sluice.to_text('age') }} as age_range,
        {{ sluice.to_text('income') }} as income_range,
        {{ sluice.to_text('home_ownership') }} as home_ownership,
        {{ sluice.to_text('marital_status') }} as marital_status,
        {{ sluice.to_text('household_size') }} as household_size,
        {{ sluice.to_text('household_comp') }} as household_composition,
        {{ sluice.to_text('kids_count') }} as children_count
    from loaded

)

select * from renamed
