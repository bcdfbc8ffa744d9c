-- A decision that cannot take effect is a mistake of a person, not a broken graph: the build goes on and says so, with the reason.
{{ config(severity='warn') }}
select
    decision_id,
    recorded_in,
    kind,
    problem
from {{ ref('identity_rejected_decisions') }}
