-- Adding up accounts by primary members must count each person once, and leave out none who belongs to an account.
select
    profile_id,
    countIf(is_primary) as primary_accounts
from {{ ref('account_members') }}
group by profile_id
having primary_accounts != 1
