-- Nobody gets another id for no reason: whatever follows people by their ids would lose them.
select * from {{ ref('identity_unexplained_changes') }}
