-- Grain: one row per published version of each segment. Key: (segment_id, version).
create or replace view sluice.segment_sizes
(
    segment_id        String                                      comment 'Segment; archived ones too',
    version           UInt64                                      comment 'Version of the membership',
    published_at      DateTime64(3, 'UTC')                        comment 'When the run that made it began, in UTC',
    size              UInt64                                      comment 'Members',
    entered           UInt64                                      comment 'Members that the version before did not have',
    left              UInt64                                      comment 'Members of the version before that this one does not have',
    definition_hash   String                                      comment 'SHA-256 of the conditions: another hash means that the segment was edited',
    is_current        Bool                                        comment 'Its members are those that readers see now'
)
definer = current_user sql security definer
as
select
    segment_id,
    version,
    published_at,
    size,
    entered_count as entered,
    left_count as left,
    definition_hash,
    toBool(version = max(version) over (partition by segment_id)) as is_current
from sluice_state.segment_versions
comment 'How many members each segment had, publication by publication';
