/**
 * Becomes a ClickHouse server: `node server.ts <config.xml>`. Stays in one foreign call until it is told to stop.
 *
 * libchdb holds the whole clickhouse-local program; its queries can open the HTTP listener, and a query that never ends keeps it open. The
 * native protocol has a listener too: a login that it refuses ends the process (26.7, measured), so it stays closed. koffi cannot be the caller: it switches stacks, which ClickHouse's stack check refuses. ffi-rs stays on the native one.
 */
import { libchdbPath } from 'chdb/libchdb';
import ffi from 'ffi-rs';
import { endWithParent } from '../parent.ts';

/** Settings for a sleep of this length are in the profile of the user who runs this: that user may not change settings itself. */
const QUERIES = `
  system start listen http;
  select sleepEachRow(0.25) from numbers(10000000000) format Null`;

const configPath = process.argv[2];
if (configPath === undefined) throw new Error('usage: node server.ts <config.xml>');

await endWithParent();
ffi.open({ library: 'chdb', path: libchdbPath() });
// The first element is taken as the program's name; without it --config-file is ignored.
const args = ['clickhouse', `--config-file=${configPath}`, '--query', QUERIES];
ffi.load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: ffi.DataType.External,
  paramsType: [ffi.DataType.I32, ffi.DataType.StringArray],
  paramsValue: [args.length, args],
});
// Reached only after a failed start, or when the server was told to stop. An ordinary exit would wait for the worker that waits for stdin.
process.kill(process.pid, 'SIGKILL');
