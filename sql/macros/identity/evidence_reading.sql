{#
    How much of each source a build reads, and what was read before.

    Rows of a source with `appended_at` belong to slices, the hours of their arrival. A build reads from the newest slice that it has seen, less
    an overlap for rows that land late, to the end; what was seen of these slices before is replaced. Older slices are not read again, and
    their rows are folded into slice 0. All other sources are read whole and compared.

    A log's table __read says what it has read: a row per source and version. It counts when that version was committed, which is when a row of
    evidence has it; so it is written before the evidence, and a build that dies between the two has read nothing.
#}

{# Slices before the newest one that are read again. Landing acknowledges a message seconds after it arrives, so an hour is plenty. #}
{% macro overlap_slices() -%}{{ return(1) }}{%- endmacro %}

{#
    Where a source that has shown nothing for long is read from: this many slices before the newest of all sources, since all arrive by one clock.
    Without it, a source that is all but silent would be read whole in each build.
#}
{% macro quiet_slices() -%}{{ return(24) }}{%- endmacro %}

{# What the logs that are fed by identity_observations have committed. #}
{% macro log_states() -%}
    {%- set states = [] -%}
    {%- for name in ['identity_appearances', 'identity_edges'] -%}
        {%- do states.append(sluice.log_state(api.Relation.create(schema=this.schema, identifier=name))) -%}
    {%- endfor -%}
    {{ return(states) }}
{%- endmacro %}

{# Number of the slice that a row belongs to: hours since 1970 of its arrival. #}
{% macro slice_of(column) -%}
    toUInt32(intDiv(toUnixTimestamp({{ column }}), 3600))
{%- endmacro %}

{# The first moment of a slice. #}
{% macro slice_start(slice) -%}
    {{ return("toDateTime64(" ~ slice * 3600 ~ ", 3, 'UTC')") }}
{%- endmacro %}

{#
    { from_slice, open_slice } for one source: rows of slices before from_slice are not read; rows before open_slice are read as slice 0. When
    everything is read (from_slice 0), what is old is folded at once. `states`: log_states().
#}
{% macro evidence_reading(source, states, fingerprint) -%}
    {%- if not source.identity.appended_at -%}
        {{ return({'from_slice': 0, 'open_slice': 0}) }}
    {%- endif -%}
    {%- set starts = [] -%}
    {%- for state in states -%}{%- do starts.append(sluice.first_slice_to_read(state, source.name, fingerprint)) -%}{%- endfor -%}
    {%- set from_slice = starts | min -%}
    {%- if from_slice > 0 -%}
        {{ return({'from_slice': from_slice, 'open_slice': 0}) }}
    {%- endif -%}
    {%- set newest = run_query('select max(' ~ sluice.slice_of(source.identity.appended_at) ~ ') from ' ~ source.arrivals).rows[0][0] | int -%}
    {{ return({'from_slice': 0, 'open_slice': [newest - sluice.overlap_slices(), 0] | max}) }}
{%- endmacro %}

{# 0: all of it. #}
{% macro first_slice_to_read(state, name, fingerprint) -%}
    {%- if flags.FULL_REFRESH or state.fingerprint != fingerprint -%}{{ return(0) }}{%- endif -%}
    {{ return([state.newest.get(name, 0) - sluice.overlap_slices(), 0] | max) }}
{%- endmacro %}

{# What a log has committed: { version, base_version, delta_version, fingerprint, newest: { source: slice }, digests: { source: hash } }. #}
{% macro log_state(relation) -%}
    {%- set state = {'version': 0, 'base_version': 0, 'delta_version': 0, 'fingerprint': '', 'newest': {}, 'digests': {}} -%}
    {%- set there = run_query("select count() from system.tables where database = '" ~ relation.schema ~ "' and name = '" ~ relation.identifier ~ "__read'").rows[0][0] | int -%}
    {%- if there == 0 -%}{{ return(state) }}{%- endif -%}
    {%- set versions = run_query('select toString((select max(version) from ' ~ sluice.log_table(relation, 'base') ~ ')), toString((select max(version) from '
        ~ sluice.log_table(relation, 'delta') ~ '))').rows[0] -%}
    {%- do state.update({'base_version': versions[0] | int, 'delta_version': versions[1] | int, 'version': [versions[0] | int, versions[1] | int] | max}) -%}
    {%- set reads = sluice.log_table(relation, 'read') -%}
    {%- set rows = run_query('select observed_in, toString(newest_slice), toString(digest), fingerprint from ' ~ reads
        ~ ' where (version, written_at) = (select max((version, written_at)) from ' ~ reads ~ ' where version <= ' ~ state.version ~ ')').rows -%}
    {%- for row in rows -%}
        {%- do state.newest.update({row[0]: row[1] | int}) -%}
        {%- do state.digests.update({row[0]: row[2]}) -%}
        {%- do state.update({'fingerprint': row[3]}) -%}
    {%- endfor -%}
    {{ return(state) }}
{%- endmacro %}

{#
    The row of identity_observations that says what this build has read of a source; it shows no identifiers. `slice` is where reading began,
    `seen_count` the first slice that was not folded.
#}
{% macro reading_row(source, reading, fingerprint) -%}
select
    cast('{{ source }}', 'LowCardinality(String)') as observed_in,
    cast('', 'LowCardinality(String)') as entity,
    cast('{{ fingerprint }}', 'LowCardinality(String)') as source,
    toBool(false) as is_linking,
    toUInt32({{ reading.from_slice }}) as slice,
    cast([], '{{ sluice.identifiers_type() }}') as identifiers,
    toBool(false) as has_choice,
    cast(null, 'Nullable(DateTime64(3, \'UTC\'))') as first_seen_at,
    cast(null, 'Nullable(DateTime64(3, \'UTC\'))') as last_seen_at,
    toUInt64({{ reading.open_slice }}) as seen_count
{%- endmacro %}

{#
    What a log has to do with the observations of this build: { fingerprint, is_everything, sources: { name: { from_slice, newest } } }.
    from_slice: rows of this source and of older slices stay as they are. newest: its newest slice, now.
#}
{% macro reading_of_log(relation, observations, state) -%}
    {%- set reading = {'fingerprint': '', 'is_everything': true, 'sources': {}} -%}
    {%- set clock = namespace(newest=0) -%}
    {%- set rows = run_query(
        'select observed_in, anyIf(toString(source), empty(identifiers.node)), toString(anyIf(slice, empty(identifiers.node))), toString(maxIf(slice, notEmpty(identifiers.node))), toString(anyIf(seen_count, empty(identifiers.node))) from '
        ~ observations ~ ' group by observed_in').rows -%}
    {%- for row in rows -%}
        {%- set from_slice = sluice.first_slice_to_read(state, row[0], row[1]) -%}
        {%- if from_slice < row[2] | int -%}
            {%- do exceptions.raise_compiler_error(
                relation.identifier ~ ' needs all rows of ' ~ row[0] ~ ', and identity_observations holds only the new ones: build that model too, with --select +' ~ relation.identifier
            ) -%}
        {%- endif -%}
        {#- what was folded must not be read again, whether or not anything in it showed an identifier -#}
        {%- set looked_at = row[4] | int + sluice.overlap_slices() if row[4] | int > 0 else 0 -%}
        {%- set newest = [row[3] | int, state.newest.get(row[0], 0), looked_at] | max -%}
        {%- set clock.newest = [clock.newest, newest] | max -%}
        {%- do reading.sources.update({row[0]: {'from_slice': from_slice, 'newest': newest}}) -%}
        {%- do reading.update({'fingerprint': row[1]}) -%}
    {%- endfor -%}
    {%- for source in sluice.evidence_sources() if source.identity.appended_at and source.name in reading.sources -%}
        {%- set read = reading.sources[source.name] -%}
        {%- do read.update({'newest': [read.newest, clock.newest - sluice.quiet_slices()] | max}) -%}
    {%- endfor -%}
    {%- do reading.update({'is_everything': state.fingerprint != reading.fingerprint}) -%}
    {{ return(reading) }}
{%- endmacro %}

{# Records what was read, to count once a row of evidence has `version`. `digests`: SQL of (observed_in, digest) of the rows it gave. #}
{% macro record_reading(relation, reading, version, digests) -%}
    {%- set rows = [] -%}
    {%- for name, source in reading.sources.items() -%}{%- do rows.append("('" ~ name ~ "', " ~ source.newest ~ ')') -%}{%- endfor -%}
    {%- do run_query(
        'insert into ' ~ sluice.log_table(relation, 'read') ~ ' (observed_in, newest_slice, digest, fingerprint, version, written_at) '
        ~ "select s.1, s.2, d.digest, '" ~ reading.fingerprint ~ "', " ~ version ~ ", now64(6) from (select arrayJoin([" ~ rows | join(', ')
        ~ ']) as s) as s left join (' ~ digests ~ ') as d on d.observed_in = s.s.1'
    ) -%}
{%- endmacro %}
