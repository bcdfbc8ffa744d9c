select distinct members.profile_id as profile_id
from sluice.account_members as members
inner join sluice.accounts as accounts on accounts.account_id = members.account_id
where accounts.revenue > 1000
