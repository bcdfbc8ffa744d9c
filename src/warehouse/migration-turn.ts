/**
 * One process applies migrations at a time. Each statement is safe to repeat, but two processes in the middle of the same file are not: one
 * may replace a table that the other is altering, or that a third has begun to write into.
 *
 * The lock is a table, because `create table if not exists` works on every server for one caller only; the table's comment names the
 * holder. The control plane is not used: it may be absent (`sluice sql`) or be another one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Databases } from '../sql/databases.ts';
import type { WarehouseClient } from './client.ts';
import { defineQuery, defineStatement } from './query.ts';

/** A holder that has run nothing for this long is dead. A live one pauses only milliseconds between two statements. */
const SILENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;
/**
 * Two processes may find the same holder dead, and the second may remove the lock that the first has just taken. So whoever took over
 * checks again after this time.
 */
const SETTLED_MS = 1_000;

const take = (holder: string) =>
  defineStatement({
    name: 'migration_turn.take',
    sql: `create table if not exists sluice_state.migration_turn (nothing UInt8 comment 'Never written') engine = Null comment '${holder}'`,
    params: z.object({}),
  });

const release = defineStatement({
  name: 'migration_turn.release',
  sql: 'drop table if exists sluice_state.migration_turn sync',
  params: z.object({}),
});

const look = defineQuery({
  name: 'migration_turn.look',
  sql: `
    select
        any(comment) as holder,
        (select count() > 0 from system.processes where startsWith(query_id, 'migrations.')) as is_busy
    from system.tables
    where database = {database:String} and name = 'migration_turn'
  `,
  params: z.object({ database: z.string() }),
  row: z.object({ holder: z.string(), is_busy: z.coerce.boolean() }),
});

/**
 * Waits for its turn and runs `work`. The turn of a dead process is taken over after ten seconds in which it ran nothing.
 * The state database has to exist.
 */
export async function inTurn<T>(owner: WarehouseClient, databases: Databases, work: () => Promise<T>): Promise<T> {
  const me = crypto.randomUUID();
  const lookNow = async () => (await owner.ask(look, { database: databases.state }))[0] ?? { holder: '', is_busy: false };
  let silent = { holder: '', since: Date.now() };
  let hasTakenOver = false;
  for (;;) {
    await owner.run(take(me), {});
    const seen = await lookNow();
    if (seen.holder === me && !hasTakenOver) break;
    if (seen.holder === me) {
      hasTakenOver = false;
      await sleep(SETTLED_MS);
      continue;
    }
    if (seen.is_busy || seen.holder !== silent.holder) silent = { holder: seen.holder, since: Date.now() };
    else if (seen.holder !== '' && Date.now() - silent.since > SILENCE_MS) {
      await owner.run(release, {});
      hasTakenOver = true;
    }
    await sleep(LOOK_EVERY_MS);
  }
  try {
    return await work();
  } finally {
    // Do not remove the lock of a process that has taken over from us, for instance after a laptop slept.
    if ((await lookNow()).holder === me) await owner.run(release, {});
  }
}
