{#
    The settings of the package. A project changes them in one block of its dbt_project.yml, a command line for one run:

        vars:
          sluice:
            source_formats: { … }                      dbt build --vars '{sluice_as_of: 2018-01-01 00:00:00}'

    The block is read here and not through the variables of a package, because macros of ours also run within models of the project, which see
    the project's variables only. A setting that the project gives replaces the default whole; docs/your-project.md lists all of them.
#}
{% macro setting(name) -%}
    {%- set settings = sluice.all_settings() -%}
    {%- if name not in settings -%}
        {%- do exceptions.raise_compiler_error('There is no setting ' ~ name ~ '; known: ' ~ settings | join(', ')) -%}
    {%- endif -%}
    {{ return(var('sluice_' ~ name, settings[name])) }}
{%- endmacro %}

{#
    The defaults, and over them the block of the project, after a check that it names known settings only: a misspelt name would silently have no effect.
    Reading takes milliseconds and a build asks a thousand times. dbt has no place for a value that lasts, so it is kept
    within the block that it was read from; the package has an empty block of its own for projects that have none.
#}
{% macro all_settings() -%}
    {%- set given = var('sluice', none) -%}
    {#- an empty block is a block: what is read is kept there too -#}
    {%- set block = {} if given is none else given -%}
    {%- if block is not mapping -%}
        {%- do exceptions.raise_compiler_error('vars.sluice in dbt_project.yml: it must be a block of settings, such as `as_of: …`') -%}
    {%- elif '__read' not in block -%}
        {#- Several threads may read at once: what another one has kept there meanwhile is no setting. -#}
        {%- set named = dict(block) -%}
        {%- for kept in ['__read', '__said', '__session'] -%}{%- do named.pop(kept, none) -%}{%- endfor -%}
        {%- set settings = sluice.default_settings() -%}
        {%- for name in named if name not in settings -%}
            {%- do exceptions.raise_compiler_error('vars.sluice.' ~ name ~ ' in dbt_project.yml: there is no such setting; known: ' ~ settings | join(', ')) -%}
        {%- endfor -%}
        {#- of these the project states what differs; every other setting is one thing -#}
        {%- do settings.identity_matching.update(named.pop('identity_matching', none) or {}) -%}
        {%- do settings.update(named) -%}
        {%- do block.update({'__read': settings}) -%}
    {%- endif -%}
    {{ return(block['__read']) }}
{%- endmacro %}

{#- The text between the two marks is YAML: `sluice identity what-if` reads the rules of identity from it too. -#}
{% macro default_settings() -%}
    {%- set text -%}
{# settings: #}
# When windowed traits ("the last 90 days") are counted to: a time like 2018-01-01 00:00:00, in UTC.
# Empty: the newest order or event, but never the future. For live data that is now, for an old data set its end.
as_of: ''

# How each source writes numbers, times and money (docs/source-formats.md). What is not written so is unknown, and counted in the table
# unreadable_values: nothing is guessed. Sources are those of the staging models and the names of write keys. For example:
#   shop: { decimal: ',', date_order: dmy, timezone: Europe/Berlin, currency: EUR }   # 1.355,90 and 02.03.2026 14:05
#   web: { currency: EUR }                                                            # of orders that name none
source_formats: {}

# The build warns of columns of which more than this share cannot be read.
unreadable_share_warned: 0.01

# Models of the project that the package reads (who is who, facts, orders, …), by name. `sluice build` finds them by their yml; the plain dbt
# command line cannot, and needs them here: `sluice models --write` does it.
reads: []

# Which source's value a profile shows, per column of `profiles`; `<column>_source` says which one it was. The sources that `prefer` names
# come first, in that order; among the others, and within one, the newest value wins. `traits`: traits of identify calls that have no column,
# all of them, or one of them as `traits.plan`.
survivorship: {}

# The same for the columns of `accounts`.
account_survivorship: {}

# Keys of the hash that numbers identifiers. Any two 64-bit numbers; a change renumbers the graph (profile ids survive).
identity_hash_key: [7640891576956012808, 13503953896175478587]

# Identifiers that new evidence touches, up to which the graph's working tables are kept in memory (a kilobyte each) instead of on disk.
identity_touched_in_memory: 300000

# Edges that a solve of everything takes up at once: 200 MB of memory for each million.
identity_edges_at_once: 8000000

# Who is who: what each type of identifier may join (docs/identity-rules.md). A change takes effect on the next build; profile ids survive it.
identity:
  # Numbers without a country belong to this one.
  default_country_calling_code: '1'
  entities:
    person:
      survivor: oldest
      on_conflict: last
      max_size: 1000
      max_growth: 500
      shared_device_days: 30
      # A visit links an anonymous id to a user only when the two were seen together at least this often (identify links at once).
      sightings: { min: 2 }
      identifiers:
        # `block` says which values join no profiles; without it, these three classes. docs/identity-rules.md lists what each of them holds.
        user_id: { priority: 1, normalise: trim, unique: true, block: { classes: [placeholder, template, zeros] } }
        email:
          priority: 3
          normalise: email
          block: { classes: [placeholder, template, zeros, test_address, unread_mailbox, role_mailbox] }
          limit: { max: 5, on_excess: detach }
          caps: { user_id: 3 }
        phone:
          priority: 4
          normalise: phone
          block: { classes: [placeholder, template, zeros, repeated_digits] }
          limit: { max: 5, on_excess: detach }
          caps: { user_id: 3 }
        device_id: { priority: 8, normalise: lower, shared: true, caps: { user_id: 3 } }
        anonymous_id: { priority: 9, normalise: trim, shared: true, caps: { user_id: 3 } }
    account:
      identifiers:
        group_id: { priority: 4, normalise: trim }
        domain: { priority: 5, normalise: domain, caps: { group_id: 50 } }

# People who share no identifier, found by how alike their records are (docs/matching.md). Off: the tables are there and empty.
identity_matching:
  enabled: false
  models: []
  link_probability: 0.95
  review_probability: 0.5
  max_pairs_per_record: 100
  sample_pairs: 200000
{# end of settings #}
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
