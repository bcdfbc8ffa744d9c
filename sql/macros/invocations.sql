{#
    The hook `on-run-end` of the package: a run that the service did not start (the plain command line, an orchestrator) is written to
    <prefix>_audit.dbt_runs and dbt_run_models, to show why a number is old; the service reads them, and starts what is scheduled after a build.
    It never fails the project's run: where the tables are not there, or are older, or the user of the profile may not insert into both, it does nothing.
#}
{% macro record_invocation(results) -%}
    {%- if execute and env_var('SLUICE_BUILD_OWNER', 'cli') != 'service' and flags.WHICH in ['build', 'run', 'seed', 'snapshot', 'retry'] and results and sluice.may_record_invocations() -%}
        {%- set audit = sluice.database_prefix() ~ '_audit' -%}
        {%- set rows = [] -%}
        {%- set counts = {'success': 0, 'error': 0, 'skipped': 0, 'pass': 0, 'warn': 0} -%}
        {%- set failed_tests = [] -%}
        {%- set run = sluice.sql_text(invocation_id) ~ ', ' ~ sluice.sql_text(run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f')[:-3]) -%}
        {%- for result in results -%}
            {%- set node = result.node -%}
            {%- set said = result.status | string -%}
            {%- if node.resource_type in ['model', 'seed', 'snapshot'] -%}
                {%- set status = said if said in ['success', 'skipped'] else 'error' -%}
                {%- do counts.update({status: counts[status] + 1}) -%}
                {%- do rows.append('(' ~ run ~ ', ' ~ sluice.sql_texts([
                    node.unique_id, node.schema or '', node.alias or node.name, node.config.materialized or '', status,
                    (result.adapter_response or {}).get('query_id') or '', sluice.code_of(result.message) if status == 'error' else ''
                ]) ~ ', ' ~ (result.execution_time or 0) ~ ')') -%}
            {%- elif said in ['fail', 'error', 'runtime error'] -%}
                {%- do failed_tests.append(node.name) -%}
            {#- a hook that went well is neither a model nor a test -#}
            {%- elif node.resource_type in ['test', 'unit_test'] and said in counts -%}
                {%- do counts.update({said: counts[said] + 1}) -%}
            {%- endif -%}
        {%- endfor -%}
        {#- models first, so that a reader who finds the run finds them too -#}
        {%- if rows -%}
            {%- do sluice.run_statement('insert into ' ~ audit ~ '.dbt_run_models (run_id, started_at, unique_id, database_name, table_name, materialized, status, '
                ~ 'query_id, error, seconds) values ' ~ rows | join(', ')) -%}
        {%- endif -%}
        {%- do sluice.run_statement('insert into ' ~ audit ~ '.dbt_runs (run_id, started_at, invocation_id, recorded_by, finished_at, status, selected, excluded, '
            ~ 'vars, target, is_full_refresh, models_built, models_failed, models_skipped, tests_passed, tests_warned, tests_failed, failed_tests, error) values ('
            ~ [
                run, sluice.sql_text(invocation_id), "'dbt'", sluice.sql_text(sluice.utc_now()),
                "'failed'" if counts.error or failed_tests else "'success'",
                sluice.sql_array(sluice.selected_in_run()), sluice.sql_array(sluice.list_of(invocation_args_dict.get('exclude'))),
                sluice.sql_array((invocation_args_dict.get('vars') or {}).keys() | list), sluice.sql_text(target.name), 'true' if flags.FULL_REFRESH else 'false',
                counts.success, counts.error, counts.skipped, counts['pass'], counts.warn, failed_tests | length, sluice.sql_array(failed_tests), "''"
            ] | join(', ') ~ ')') -%}
    {%- endif -%}
{%- endmacro %}

{# What the run was limited to, as selectors of dbt; [] for everything. `seed`, `snapshot` and a named selector are limits, too. #}
{% macro selected_in_run() -%}
    {%- set selected = sluice.list_of(invocation_args_dict.get('select')) -%}
    {%- if invocation_args_dict.get('selector') -%}{%- do selected.append('selector:' ~ invocation_args_dict.get('selector')) -%}{%- endif -%}
    {%- if flags.WHICH in ['seed', 'snapshot'] -%}{%- do selected.append('resource_type:' ~ flags.WHICH) -%}{%- endif -%}
    {{ return(selected) }}
{%- endmacro %}

{% macro may_record_invocations() -%}
    {%- set audit = sluice.database_prefix() ~ '_audit' -%}
    {%- set known = run_query("select count() from system.columns where database = " ~ sluice.sql_text(audit) ~ " and table = 'dbt_runs' and name = 'recorded_by'").rows[0][0] | int -%}
    {%- if known == 0 -%}{{ return(false) }}{%- endif -%}
    {%- set grants = run_query('show grants final').columns[0].values() -%}
    {%- for table in ['dbt_runs', 'dbt_run_models'] if not sluice.may_insert(grants, audit ~ '.' ~ table) -%}
        {%- do log('Sluice: this run is not recorded: it takes `grant insert on ' ~ audit ~ '.' ~ table ~ '` for ' ~ target.user, info=true) -%}
        {{ return(false) }}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{#
    Whether one of the lines of `show grants final`, which has the grants of roles too, lets its user insert into a table, and none takes it back. dbt
    cannot read the answer of `check grant`, which names no column. Lines read: GRANT SELECT, INSERT ON `shop`.* TO …; ON *.*; ON sluice*.*.
#}
{% macro may_insert(grants, table) -%}
    {%- set found = namespace(granted=false, revoked=false) -%}
    {%- for line in grants -%}
        {%- set parts = modules.re.match('(GRANT|REVOKE) (.*) ON ([^ ]+) (?:TO|FROM) ', line) -%}
        {%- if parts and modules.re.search('(^|, )(ALL|INSERT)(,|$)', parts.group(2)) -%}
            {%- set pattern = modules.re.escape(parts.group(3) | replace('`', '')) | replace('\\*', '.*') -%}
            {%- if modules.re.fullmatch(pattern, table) -%}
                {%- if parts.group(1) == 'GRANT' -%}{%- set found.granted = true -%}{%- else -%}{%- set found.revoked = true -%}{%- endif -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found.granted and not found.revoked) }}
{%- endmacro %}

{# Without asking for rows: not everything that has none may be asked for some. #}
{% macro run_statement(sql) -%}
    {%- call statement('sluice_statement', fetch_result=false, auto_begin=false) -%}{{ sql }}{%- endcall -%}
{%- endmacro %}

{# What the database says quotes rows; its number does not. #}
{% macro code_of(message) -%}
    {%- set found = modules.re.search('\\bcode: (\\d+)', message or '', modules.re.IGNORECASE) -%}
    {{ return('Code: ' ~ found.group(1) if found else 'It failed before the database was asked') }}
{%- endmacro %}

{% macro utc_now() -%}{{ return(modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S.%f')[:-3]) }}{%- endmacro %}
