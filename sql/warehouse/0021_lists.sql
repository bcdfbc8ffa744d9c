-- Lists of identifiers (activations/lists/). A list has as many values as a file has lines, so they stand here and are joined, and are no parameters
-- of a query. A version is named by its content: the applied document of the list names the one that counts, so nothing else has to be exchanged.

-- Grain: one row per list, version and value. Key: (list_id, version, value). A version is dropped as a partition.
create table if not exists sluice_state.list_values
(
    list_id           LowCardinality(String)                      comment 'List: id of its document',
    version           String                                      comment 'Name of its content, as the applied document has it; only versions in list_versions are whole',
    identifier_type   LowCardinality(String)                      comment 'Type of identifiers of the graph that the values are; empty where they are keys or traits',
    value             String                                      comment 'Value as it was written, without space around it. Personal data'
)
engine = MergeTree
partition by (list_id, version)
order by (identifier_type, value)
comment 'Values of each version of each list of identifiers';

-- Grain: one row per version that was written whole. Key: (list_id, version).
create table if not exists sluice_state.list_versions
(
    list_id           LowCardinality(String)                      comment 'List: id of its document',
    version           String                                      comment 'Name of its content',
    value_count       UInt64                                      comment 'Different values',
    written_at        DateTime64(3, 'UTC')                        comment 'When it was written, in UTC'
)
engine = MergeTree
order by (list_id, version)
comment 'Versions of lists of identifiers that are whole';
