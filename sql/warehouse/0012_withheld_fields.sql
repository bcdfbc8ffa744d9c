-- A person is not kept back because one optional field does not fit its destination: that field is, and the run says which and why.

alter table sluice_state.sync_plan
    add column if not exists fields_withheld Array(String)
        comment 'Optional fields that are not in the payload because their value does not fit, each with the reason' after reason;

alter table sluice_state.sync_runs
    add column if not exists fields_withheld UInt64 default 0
        comment 'Optional fields that were left out of planned rows because their value does not fit' after held;
