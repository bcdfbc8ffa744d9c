{#
    What models say of themselves in their yml, in the package and in every project: `meta: { sluice: { … } }` of a model or of a column, also below
    `config`. Nothing in the package knows a model of a project by name. docs/catalogue.md lists the words.

    dbt orders models by the references in their text, before it knows any yml. So `sluice build` adds the references that follow from yml when it has
    parsed the project: a model of the package whose own yml says `reads: [word, …]` comes after all models that use one of the words
    (src/dbt/worker.py). For the plain command line the setting `reads` names those models.
#}

{# meta.sluice of a model or of a column. `place` names it in an error. #}
{% macro sluice_meta(described, place='') -%}
    {%- set said = {} -%}
    {%- for meta in [described.get('meta'), (described.get('config') or {}).get('meta')] if meta and meta.sluice -%}
        {%- if meta.sluice is not mapping -%}
            {%- do exceptions.raise_compiler_error('meta.sluice of ' ~ (place or described.name) ~ ' is ' ~ tojson(meta.sluice)
                ~ ', and must be a block of keys, such as { entity: person }') -%}
        {%- endif -%}
        {%- do said.update(meta.sluice) -%}
    {%- endfor -%}
    {{ return(said) }}
{%- endmacro %}

{# The words of meta.sluice; a test compares this list with src/catalogue/words.ts. #}
{% macro known_words(described) -%}
    {{ return({
        'model': [
            'audience', 'decisions', 'entity', 'events', 'foreign_key', 'freshness', 'identity', 'key', 'label', 'membership', 'name', 'order_lines', 'orders', 'reads', 'related',
            'role', 'title'
        ],
        'column': ['attribute', 'currency', 'entity', 'identifier', 'label', 'match', 'parent', 'part', 'pii', 'readings', 'trait', 'traits', 'unit'],
    }[described]) }}
{%- endmacro %}

{#
    A misspelt word would silently have no effect. A warning, because it may be in a model that the build does not need;
    `sluice plan`, `sluice ci` and whatever reads the catalogue refuse it.

    described   model or column
#}
{% macro warn_of_unknown_words(place, said, described) -%}
    {%- for word in said if word not in sluice.known_words(described) -%}
        {%- do exceptions.warn('Sluice: meta.sluice of ' ~ place ~ ' has the key ' ~ word ~ ', which a ' ~ described ~ ' does not have; known: '
            ~ sluice.known_words(described) | join(', ')) -%}
    {%- endfor -%}
{%- endmacro %}

{# What meta.sluice.identity of a model says: { source, observed_at, … }, {} for none (sql/macros/identity/evidence_sources.sql lists them). #}
{% macro identity_of(name) -%}
    {%- set said = sluice.sluice_meta(sluice.declared_model(name)).get('identity') or {} -%}
    {%- set place = 'models: ' ~ name ~ ': meta.sluice.identity' -%}
    {%- set known = ['source', 'observed_at', 'links_when', 'observed_when', 'appended_at', 'rows_since'] -%}
    {%- if said is not mapping -%}
        {%- do exceptions.raise_compiler_error(place ~ ': it must be a block, such as { source: shop, observed_at: updated_at }') -%}
    {%- endif -%}
    {%- for word in said if word not in known -%}
        {%- do exceptions.raise_compiler_error(place ~ '.' ~ word ~ ': there is no such key; known: ' ~ known | join(', ')) -%}
    {%- endfor -%}
    {{ return(said) }}
{%- endmacro %}

{#
    The names of all models, snapshots and seeds that use one of the words, about themselves or about a column; sorted, because the order in which dbt
    lists them is not always the same. Where a project and the package have a model of one name, such as `orders`, and the name alone means the other one,
    it is the unique id. None while dbt parses, and in unit tests, which see no graph.
#}
{% macro models_that_say(words) -%}
    {%- set users = {} -%}
    {%- for id, said in (sluice.words_of_models() if execute and graph.get('nodes') else {}).items() -%}
        {%- set used = [] -%}
        {%- for word in words if word in said.words -%}{%- do used.append(word) -%}{%- endfor -%}
        {%- if used and said.name in users -%}
            {%- do exceptions.raise_compiler_error('Two models are called ' ~ said.name ~ ' (' ~ users[said.name] ~ ', ' ~ id
                ~ '), and both have meta.sluice.' ~ used[0] ~ ' in their yml: rename one of them') -%}
        {%- elif used -%}
            {%- do users.update({said.name: id}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set found = [] -%}
    {%- for name, id in users.items() -%}
        {%- do found.append(name if sluice.declared_model(name).unique_id == id else id) -%}
    {%- endfor -%}
    {{ return(found | sort) }}
{%- endmacro %}

{#
    { unique id: { name, words: { word: true } } } of all that say anything. Looking through the whole graph takes 30 ms and a build asks some hundred times:
    like the settings it is kept in the block of the project, which each run reads anew.
#}
{% macro words_of_models() -%}
    {%- set given = var('sluice', none) -%}
    {%- set block = {} if given is none else given -%}
    {%- if '__said' in block -%}{{ return(block['__said']) }}{%- endif -%}
    {%- set found = {} -%}
    {%- for node in graph.get('nodes', {}).values() if node.resource_type in ['model', 'snapshot', 'seed'] -%}
        {%- set words = {} -%}
        {%- for thing in [node] + (node.columns.values() | list) -%}
            {%- set place = node.name if loop.first else node.name ~ '.' ~ thing.name -%}
            {%- set said = sluice.sluice_meta(thing, place) -%}
            {%- do sluice.warn_of_unknown_words(place, said, 'model' if loop.first else 'column') -%}
            {%- for word in said -%}{%- do words.update({word: true}) -%}{%- endfor -%}
        {%- endfor -%}
        {%- if words -%}{%- do found.update({node.unique_id: {'name': node.name, 'words': words}}) -%}{%- endif -%}
    {%- endfor -%}
    {%- if found -%}{%- do block.update({'__said': found}) -%}{%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{# A model by its unique id, or by its name, in whichever package it is: the project's before ours. #}
{% macro declared_model(name) -%}
    {%- if name in graph.nodes -%}{{ return(graph.nodes[name]) }}{%- endif -%}
    {%- for package in [project_name, 'sluice'] -%}
        {%- set id = 'model.' ~ package ~ '.' ~ name -%}
        {%- if id in graph.nodes -%}{{ return(graph.nodes[id]) }}{%- endif -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.name == name and node.resource_type in ['model', 'snapshot', 'seed'] -%}
        {{ return(node) }}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error('There is no model ' ~ name ~ ' in this project') -%}
{%- endmacro %}

{# The table or view of a model, for models of ours that read whatever says a word: a `ref` would have to be there while dbt parses. #}
{% macro relation_of(name) -%}
    {%- set node = sluice.declared_model(name) -%}
    {{ return(api.Relation.create(schema=node.schema, identifier=node.alias)) }}
{%- endmacro %}

{#
    References to the models that the setting `reads` names, for the plain command line, and to those of the package that declare the same kind of thing.
    A name that the package has too stands there as <project>.<name>.
#}
{% macro references_of_reads(own=['stg_web__aliases', 'stg_web__email_domains', 'stg_web__events', 'stg_web__groups']) -%}
    {%- for name in own %}
-- depends_on: {{ ref('sluice', name) }}
    {%- endfor -%}
    {%- for name in sluice.setting('reads') %}
-- depends_on: {{ ref(*name.split('.')) }}
    {%- endfor -%}
{%- endmacro %}

{# Fails the model where one that it reads may not have been built before it. #}
{% macro assert_built_after(names) -%}
    {%- set listed = [] -%}
    {%- for name in names -%}
        {%- set node = sluice.declared_model(name) -%}
        {%- if node.package_name != 'sluice' -%}
            {%- do listed.append(node.package_name ~ '.' ~ node.name if 'model.sluice.' ~ node.name in graph.nodes else node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in names if sluice.declared_model(name).unique_id not in model.depends_on.nodes -%}
        {%- do exceptions.raise_compiler_error(
            name ~ ' is read by ' ~ model.name ~ ' because of its yml, and dbt does not know that it must be built first. `sluice build` knows it by itself; '
            ~ 'for plain dbt, name it in dbt_project.yml (`sluice models --write` does that): vars: { sluice: { reads: [' ~ listed | join(', ') ~ '] } }'
        ) -%}
    {%- endfor -%}
{%- endmacro %}

{# When a row of a model that says who is who was seen, by the column that its yml names; NULL where it names none. #}
{% macro observed_at_of(name) -%}
    {%- set column = sluice.identity_of(name).observed_at -%}
    {{ return('toNullable(' ~ column ~ ')' if column else "cast(null, 'Nullable(DateTime64(3, \'UTC\'))')") }}
{%- endmacro %}

{# What the yml of a model names as its source: a column, or the name itself. SQL. #}
{% macro source_of(name) -%}
    {%- set source = sluice.identity_of(name).source -%}
    {{ return(source if source in sluice.declared_model(name).columns else sluice.sql_text(source)) }}
{%- endmacro %}

{#
    dbt puts the configuration of the project above that of packages, what a model says in its own SQL included: `models: { +materialized: view }` without
    the name of a package would make views of all tables here, and of the graph a table that is never solved.
#}
{% macro assert_own_materialization(name) -%}
    {%- if execute and model.config.materialized != name -%}
        {%- do exceptions.raise_compiler_error(
            'models: { +materialized: ' ~ model.config.materialized ~ ' } in dbt_project.yml applies to the models of packages too, and those of Sluice do not work with it: '
            ~ 'put it under the name of your project, models: { ' ~ project_name ~ ': { +materialized: … } }'
        ) -%}
    {%- endif -%}
{%- endmacro %}
