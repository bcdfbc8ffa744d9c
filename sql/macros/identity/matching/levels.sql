{#
    The comparison levels: how alike two values of a field are, from `exact` down to `different`; a missing value is level 0 and no
    evidence. `m` and `u` are what is believed before any data is seen: the chance of the level for two records of one person, and
    of two people. Estimation starts from them and, where there is little data, stays near them.
    `{a}` and `{b}` stand for the two values; `when` of a level is asked only if none above it held.
#}

{# The levels of one kind of field, best first. #}
{% macro match_levels(kind) -%}
    {%- set one_error = "damerauLevenshteinDistance({a}, {b}) <= 1" -%}
    {%- if kind in ['first_name', 'last_name'] -%}
        {%- set swaps = [
            {'level': 'swapped', 'when': '{swapped}', 'm': 0.02, 'u': 0.00001},
            {'level': 'half swapped', 'when': '{half swapped}', 'm': 0.01, 'u': 0.001},
        ] if kind == 'first_name' else [] -%}
        {{ return(sluice.with_ends(swaps + [
            {'level': 'close', 'when': "jaroWinklerSimilarity({a}, {b}) >= 0.92 or (least(length({a}), length({b})) >= 4 and " ~ one_error ~ ")", 'm': 0.12, 'u': 0.003},
            {'level': 'similar', 'when': "startsWith({a}, {b}) or startsWith({b}, {a}) or jaroWinklerSimilarity({a}, {b}) >= 0.8", 'm': 0.04, 'u': 0.01},
            {'level': 'vague', 'when': "jaroWinklerSimilarity({a}, {b}) >= 0.7", 'm': 0.02, 'u': 0.03},
        ], 0.75, 0.005)) }}
    {%- elif kind == 'birth_date' -%}
        {%- set year, month, day = [sluice.date_part('{a}', 'year'), sluice.date_part('{b}', 'year')], [sluice.date_part('{a}', 'month'), sluice.date_part('{b}', 'month')],
            [sluice.date_part('{a}', 'day'), sluice.date_part('{b}', 'day')] -%}
        {{ return(sluice.with_ends([
            {'level': 'one error', 'when': one_error ~ " or (" ~ year | join(' = ') ~ " and " ~ month[0] ~ " = " ~ day[1] ~ " and " ~ day[0] ~ " = " ~ month[1] ~ ")", 'm': 0.1, 'u': 0.002},
            {'level': 'two parts', 'when': "(" ~ year | join(' = ') ~ ") + (" ~ month | join(' = ') ~ ") + (" ~ day | join(' = ') ~ ") = 2", 'm': 0.03, 'u': 0.005},
            {'level': 'within a month', 'when': sluice.days_apart() ~ " <= 31", 'm': 0.01, 'u': 0.002},
            {'level': 'two errors', 'when': 'byteHammingDistance({a}, {b}) <= 2', 'm': 0.01, 'u': 0.03},
            {'level': 'within a year', 'when': sluice.days_apart() ~ " <= 366", 'm': 0.01, 'u': 0.02},
            {'level': 'within ten years', 'when': sluice.days_apart() ~ " <= 3660", 'm': 0.01, 'u': 0.2},
        ], 0.8, 0.0002)) }}
    {%- elif kind == 'email' -%}
        {%- set local = [sluice.local_part('{a}'), sluice.local_part('{b}')] -%}
        {{ return(sluice.with_ends([
            {'level': 'one error', 'when': one_error, 'm': 0.08, 'u': 0.00001},
            {'level': 'same local part', 'when': local | join(' = '), 'm': 0.1, 'u': 0.00005},
            {'level': 'two errors', 'when': "editDistance({a}, {b}) <= 2", 'm': 0.05, 'u': 0.00005},
            {'level': 'similar local part', 'when': "jaroWinklerSimilarity(" ~ local | join(', ') ~ ") >= 0.88", 'm': 0.05, 'u': 0.003},
            {'level': 'vague', 'when': "jaroWinklerSimilarity({a}, {b}) >= 0.75", 'm': 0.02, 'u': 0.03},
        ], 0.6, 0.0001)) }}
    {%- elif kind in ['phone', 'national_id'] -%}
        {{ return(sluice.with_ends([
            {'level': 'same ending', 'when': "least(length({a}), length({b})) >= 8 and right({a}, 8) = right({b}, 8)", 'm': 0.05, 'u': 0.00005},
            {'level': 'one error', 'when': one_error, 'm': 0.08, 'u': 0.0005},
            {'level': 'two errors', 'when': "editDistance({a}, {b}) <= 2", 'm': 0.02, 'u': 0.005},
        ], 0.7, 0.0001)) }}
    {%- elif kind == 'street_number' -%}
        {{ return(sluice.with_ends([{'level': 'one error', 'when': "least(length({a}), length({b})) > 1 and " ~ one_error, 'm': 0.1, 'u': 0.05}], 0.7, 0.01)) }}
    {%- elif kind == 'postcode' -%}
        {{ return(sluice.with_ends([
            {'level': 'one error', 'when': one_error, 'm': 0.08, 'u': 0.005},
            {'level': 'same beginning', 'when': "substring({a}, 1, 3) = substring({b}, 1, 3)", 'm': 0.05, 'u': 0.02},
        ], 0.7, 0.002)) }}
    {%- elif kind in ['address', 'address_2', 'city'] -%}
        {{ return(sluice.with_ends([
            {'level': 'close', 'when': "jaroWinklerSimilarity({a}, {b}) >= 0.92 or (least(length({a}), length({b})) >= 4 and editDistance({a}, {b}) <= 2)", 'm': 0.1, 'u': 0.003},
            {'level': 'similar', 'when': "jaroWinklerSimilarity({a}, {b}) >= 0.8", 'm': 0.04, 'u': 0.02},
        ], 0.65, 0.005)) }}
    {%- else -%}
        {#- gender, region, country: short lists, in which nothing is close to anything. -#}
        {{ return(sluice.with_ends([], 0.9, 0.3)) }}
    {%- endif -%}
{%- endmacro %}

{# `exact` above the levels of a kind, and `different` below them with what is left of the chances. #}
{% macro with_ends(levels, m, u) -%}
    {%- set exact = [{'level': 'exact', 'when': '{a} = {b}', 'm': m, 'u': u}] -%}
    {%- set different = [{
        'level': 'different', 'when': none,
        'm': 1 - m - levels | sum(attribute='m'), 'u': 1 - u - levels | sum(attribute='u'),
    }] -%}
    {{ return(exact + levels + different) }}
{%- endmacro %}

{% macro date_part(value, part) -%}
    {%- set places = {'year': '1, 4', 'month': '5, 2', 'day': '7, 2'} -%}
    {{ return('substring(' ~ value ~ ', ' ~ places[part] ~ ')') }}
{%- endmacro %}

{# About, and for dates that no calendar has, too. #}
{% macro days_apart() -%}
    {%- set days = "365.25 * toFloat64OrZero(" ~ sluice.date_part('{x}', 'year') ~ ") + 30.44 * toFloat64OrZero(" ~ sluice.date_part('{x}', 'month') ~ ") + toFloat64OrZero(" ~ sluice.date_part('{x}', 'day') ~ ")" -%}
    {{ return('abs(' ~ days | replace('{x}', '{a}') ~ ' - (' ~ days | replace('{x}', '{b}') ~ '))') }}
{%- endmacro %}

{% macro local_part(value) -%}
    {{ return("substring(" ~ value ~ ", 1, position(" ~ value ~ ", '@') - 1)") }}
{%- endmacro %}

{#
    Somebody wrote the last name where the first belongs: crosswise the names are alike, and more so than straight. Counted at the
    first name; the last name then says nothing more.
#}
{% macro swapped_names() -%}
    {%- set alike = 'jaroWinklerSimilarity({}, {})' -%}
    {%- set crosswise = alike.format('a.first_name', 'b.last_name') ~ ' + ' ~ alike.format('a.last_name', 'b.first_name') -%}
    {%- set straight = alike.format('a.first_name', 'b.first_name') ~ ' + ' ~ alike.format('a.last_name', 'b.last_name') -%}
    {{ return("(least(a.first_name, a.last_name, b.first_name, b.last_name) != '' and a.first_name != b.first_name and a.last_name != b.last_name and "
        ~ crosswise ~ " >= 1.7 and " ~ crosswise ~ " > " ~ straight ~ ")") }}
{%- endmacro %}

{# The same where one of the four names is missing. #}
{% macro half_swapped_names() -%}
    {%- set alike = "({x} != '' and {y} != '' and jaroWinklerSimilarity({x}, {y}) >= 0.92)" -%}
    {%- set one = alike | replace('{x}', 'a.first_name') | replace('{y}', 'b.last_name') -%}
    {%- set other = alike | replace('{x}', 'a.last_name') | replace('{y}', 'b.first_name') -%}
    {{ return("((" ~ one ~ " and (a.last_name = '' or b.first_name = '') and a.first_name != b.first_name and a.last_name != b.last_name) or ("
        ~ other ~ " and (a.first_name = '' or b.last_name = '') and a.first_name != b.first_name and a.last_name != b.last_name))") }}
{%- endmacro %}

{# The level of one field as SQL over two records `a` and `b`: 0 no evidence, 1 different, the highest exact. #}
{% macro match_level(field, has_both_names) -%}
    {%- set a = 'a.' ~ field -%}
    {%- set b = 'b.' ~ field -%}
    {%- set known = a ~ " != '' and " ~ b ~ " != ''" -%}
    {%- set levels = sluice.match_levels(field) -%}
    {%- set cases = [] -%}
    {%- for level in levels if level.when -%}
        {%- set number = levels | length - loop.index0 -%}
        {%- if level.when not in ['{swapped}', '{half swapped}'] -%}
            {%- do cases.append(known ~ ' and (' ~ level.when | replace('{a}', a) | replace('{b}', b) ~ '), ' ~ number) -%}
        {%- elif has_both_names -%}
            {%- do cases.append((sluice.swapped_names() if level.when == '{swapped}' else sluice.half_swapped_names()) ~ ', ' ~ number) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set level = 'multiIf(' ~ cases | join(', ') ~ ', ' ~ known ~ ', 1, 0)' -%}
    {%- if field == 'last_name' and has_both_names -%}
        {{ return('if(' ~ sluice.swapped_names() ~ ' or ' ~ sluice.half_swapped_names() ~ ', 0, ' ~ level ~ ')') }}
    {%- endif -%}
    {%- if field == 'email' and has_both_names -%}
        {#- People of one name have e-mail addresses that look alike because of the name: that is no evidence of its own. -#}
        {{ return('if(' ~ level ~ ' between 2 and 5 and (' ~ sluice.same_names() ~ '), 0, ' ~ level ~ ')') }}
    {%- endif -%}
    {{ return(level) }}
{%- endmacro %}

{% macro same_names() -%}
    {{ return("(a.first_name != '' and jaroWinklerSimilarity(a.first_name, b.first_name) >= 0.92) or (a.last_name != '' and jaroWinklerSimilarity(a.last_name, b.last_name) >= 0.92)") }}
{%- endmacro %}

{# All levels of two records, in the order of the fields. Faster without short circuits: then equal calls are made once, for whole columns. #}
{% macro match_levels_of_pair() -%}
    {%- set fields = sluice.match_fields() -%}
    {%- set levels = [] -%}
    {%- for field in fields -%}
        {%- do levels.append('toUInt8(' ~ sluice.match_level(field, 'first_name' in fields and 'last_name' in fields) ~ ')') -%}
    {%- endfor -%}
    [{{ levels | join(',\n        ') }}]
{%- endmacro %}

{% macro comparison_settings() -%}{{ return({'short_circuit_function_evaluation': 'disable'}) }}{%- endmacro %}

{#
    What is believed of a field before any data is seen.
    by_relatives, by_neighbours   how often people of one family, or of one place, share it for that reason; 0 what they share by chance only:
                                  by a first name a person is told from the family, by a last name from the street
    most_errors                   at most this share of the records of one person disagree there. The data may say less, never more: else
                                  the many pairs of a family, or of a street, would come to pass for one person who moved the names about
#}
{% macro match_field_beliefs(field) -%}
    {{ return({
        'first_name': {'by_relatives': 0, 'by_neighbours': 0, 'most_errors': 0.25},
        'last_name': {'by_relatives': 0.8, 'by_neighbours': 0, 'most_errors': 0.4},
        'birth_date': {'by_relatives': 0.02, 'by_neighbours': 0, 'most_errors': 0.4},
        'gender': {'by_relatives': 0, 'by_neighbours': 0, 'most_errors': 0.2},
        'email': {'by_relatives': 0.05, 'by_neighbours': 0, 'most_errors': 0.6},
        'phone': {'by_relatives': 0.2, 'by_neighbours': 0, 'most_errors': 0.6},
        'national_id': {'by_relatives': 0, 'by_neighbours': 0, 'most_errors': 0.3},
        'street_number': {'by_relatives': 0.8, 'by_neighbours': 0, 'most_errors': 0.6},
        'address': {'by_relatives': 0.8, 'by_neighbours': 0.2, 'most_errors': 0.6},
        'address_2': {'by_relatives': 0.8, 'by_neighbours': 0.2, 'most_errors': 0.6},
        'city': {'by_relatives': 0.9, 'by_neighbours': 0.9, 'most_errors': 0.6},
        'postcode': {'by_relatives': 0.9, 'by_neighbours': 0.5, 'most_errors': 0.6},
        'region': {'by_relatives': 0.9, 'by_neighbours': 0.9, 'most_errors': 0.5},
        'country': {'by_relatives': 0.9, 'by_neighbours': 0.9, 'most_errors': 0.3},
    }[field]) }}
{%- endmacro %}

{# One row per field and level: where estimation starts. #}
{% macro match_level_rows() -%}
    {%- set rows = [] -%}
    {%- for field in sluice.match_fields() -%}
        {%- set place = loop.index -%}
        {%- set levels = sluice.match_levels(field) -%}
        {%- set beliefs = sluice.match_field_beliefs(field) -%}
        {%- for level in levels -%}
            {%- do rows.append("(" ~ [
                place, "'" ~ field ~ "'", levels | length - loop.index0, "'" ~ level.level ~ "'",
                beliefs.by_relatives, beliefs.by_neighbours, beliefs.most_errors, level.m,
                beliefs.by_relatives * level.m + (1 - beliefs.by_relatives) * level.u,
                beliefs.by_neighbours * level.m + (1 - beliefs.by_neighbours) * level.u,
                level.u,
            ] | join(', ') ~ ")") -%}
        {%- endfor -%}
    {%- endfor -%}
    values(
        'place UInt8, field String, level UInt8, level_name String, by_relatives Float64, by_neighbours Float64, most_errors Float64, m Float64, r Float64, n Float64, u Float64',
        {{ rows | join(', ') }}
    )
{%- endmacro %}

{# The names of the levels, by field, from level 0 up: what a pair's levels mean in words. #}
{% macro match_level_names() -%}
    {%- set names = [] -%}
    {%- for field in sluice.match_fields() -%}{%- do names.append([''] + sluice.match_levels(field) | map(attribute='level') | reverse | list) -%}{%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
