-- Many unreadable values mean that a source writes in an undeclared format (docs/source-formats.md): the build goes on and says so,
-- with the column. A few among many are typing errors of the source.
{{ config(severity='warn') }}

select
    source,
    table_name,
    column_name,
    unreadable_count,
    value_count
from {{ ref('unreadable_values') }}
where unreadable_share > {{ setting('unreadable_share_warned') }}
