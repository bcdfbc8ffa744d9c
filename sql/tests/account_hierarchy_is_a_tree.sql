-- A ring of parents is a mistake of its source, not a broken graph: it is cut, the build goes on and says so, with the accounts and the reason.
{{ config(severity='warn') }}

select
    account_id,
    parent_account_id,
    cut_reason
from {{ ref('account_hierarchy') }}
where is_cut
