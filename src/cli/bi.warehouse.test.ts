import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';
import { sluiceCommand } from '../../test/sluice-command.ts';
import { openWarehouse, type Warehouse } from '../warehouse/warehouse.ts';

let home: TestDataDir;
let warehouse: Warehouse;
beforeAll(async () => {
  home = await testDataDir({ SLUICE_BI_DATABASES: 'marts' });
  // Keeps the server up between the command and the tool.
  warehouse = await openWarehouse(home.config, { embedded: { lingerMs: 0 } });
});
afterAll(async () => {
  await warehouse?.close();
  await home?.remove();
});

const Connection = z.object({
  user: z.string(),
  password: z.object({ file: z.string(), key: z.literal('clickhouse.bi') }),
  http: z.object({ host: z.string(), port: z.number() }),
  databases: z.array(z.string()),
});

test('a BI tool logs in with what sluice bi says, and the password is only where it says', async () => {
  const sluice = sluiceCommand(home.path, { SLUICE_BI_DATABASES: 'marts' });
  const { code, out, err } = await sluice.run(['bi', '--json']);
  expect(code, err).toBe(0);
  const { user, password, http, databases } = Connection.parse(JSON.parse(out));
  expect(databases).toEqual(['sluice', 'sluice_audit', 'marts']);
  const kept = z.object({ clickhouse: z.object({ bi: z.string() }) }).parse(JSON.parse(await readFile(password.file, 'utf8')))
    .clickhouse.bi;
  expect(out + err).not.toContain(kept);

  const login = { 'x-clickhouse-user': user, 'x-clickhouse-key': kept };
  const answer = await fetch(`http://${http.host}:${http.port}/`, { method: 'POST', headers: login, body: 'select currentUser()' });
  expect(await answer.text()).toBe('sluice_bi\n');

  const people = await sluice.run(['bi']);
  expect(people.out).toContain(`${http.host}:${http.port}`);
  expect(people.out + people.err).not.toContain(kept);
});
