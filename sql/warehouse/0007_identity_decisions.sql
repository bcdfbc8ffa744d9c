-- What people decided about who is who. A log: nothing is changed or removed, so that it can always be said who decided what, when and why.

-- Grain: one row per decision, and one more each time it is revoked. Key: (decision_id, decided_at, is_revoked); the last row of a decision counts.
-- Values stand as they were given: the model `identity_decisions` normalises them, so that a decision keeps its meaning when a rule changes.
create table if not exists sluice_raw.identity_decisions
(
    decision_id UUID                    comment 'Decision; the same in the row that revokes it',
    kind        LowCardinality(String)  comment 'never_link, force_link, never_use or erase',
    entity      LowCardinality(String)  comment 'What the identifiers name: person or account',
    type_a      LowCardinality(String)  comment 'Type of the identifier',
    value_a     String                  comment 'Its value, as it was given',
    type_b      LowCardinality(String)  comment 'Type of the other identifier; empty for never_use and erase',
    value_b     String                  comment 'Its value, as it was given; empty for never_use and erase',
    reason      String                  comment 'Why it was decided, or revoked',
    decided_by  String                  comment 'Who decided, or revoked it',
    decided_at  DateTime64(3, 'UTC')    comment 'When, in UTC',
    is_revoked  UInt8                   comment '1 in the row that revokes the decision'
)
engine = MergeTree
order by (decision_id, decided_at, is_revoked)
comment 'Manual decisions of the identity graph, with who, when and why; append-only';
