/** "Any Segment SDK": the browser SDKs themselves, in a real browser, against the service as a person starts it. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineQuery } from '../../src/warehouse/query.ts';
import { openWarehouse, type Warehouse } from '../../src/warehouse/warehouse.ts';
import { hasBrowser, openBrowser, STEPS, type Visit, visit } from '../browser/visit.ts';
import { type TestDataDir, testDataDir } from '../data-dir.ts';
import { sluiceCommand } from '../sluice-command.ts';

const storedEvents = defineQuery({
  name: 'test.stored_events',
  sql: `
    select
        type,
        event as name,
        any(user_id) as user,
        any(anonymous_id) as anonymous,
        uniqExact(message_id) as n
    from sluice_raw.events
    where source = {source:String}
    group by
        type,
        name
    order by
        type,
        name
  `,
  params: z.object({ source: z.string() }),
  row: z.object({ type: z.string(), name: z.string(), user: z.string(), anonymous: z.string(), n: z.coerce.number() }),
});

describe.skipIf(!hasBrowser)('a page with a browser SDK', () => {
  let dataDir: TestDataDir;
  let sluice: ReturnType<typeof sluiceCommand>;
  let serve: ReturnType<ReturnType<typeof sluiceCommand>['start']>;
  let service: string;
  let browser: Browser;
  let warehouse: Warehouse;

  beforeAll(async () => {
    dataDir = await testDataDir();
    sluice = sluiceCommand(dataDir.path, { SLUICE_PORT: '0' });
    serve = sluice.start(['serve', '--json']);
    const [line] = await once(createInterface({ input: serve.stdout }), 'line');
    service = z.object({ url: z.string() }).parse(JSON.parse(line)).url;
    [browser, warehouse] = await Promise.all([openBrowser(), openWarehouse(dataDir.config)]);
  });
  afterAll(async () => {
    await Promise.all([browser.close(), warehouse.close()]);
    serve.kill('SIGTERM');
    await once(serve, 'close');
    await dataDir.remove();
  });

  const stored = async (source: string) => warehouse.reader.ask(storedEvents, { source });

  test.each<Pick<Visit, 'sdk' | 'options'>>([
    { sdk: 'segment' },
    { sdk: 'segment', options: { batching: true } },
    { sdk: 'rudderstack' },
    { sdk: 'rudderstack', options: { batching: true } },
    { sdk: 'rudderstack', options: { beacon: true } },
    { sdk: 'jitsu' },
  ])('$sdk $options: everything that was done arrives, once, and nothing goes anywhere else', async ({ sdk, options }) => {
    const source = [sdk, ...Object.keys(options ?? {})].join('-');
    const key = await sluice.run(['keys', 'create', source, '--scope', 'collect', '--source', source, '--json']);
    const { key: writeKey } = z.object({ key: z.string() }).parse(JSON.parse(key.out));

    const hasAll = async () => (await stored(source)).reduce((sum, { n }) => sum + n, 0) >= STEPS.length;
    const visited = await visit(browser, { sdk, ...(options && { options }), service, writeKey }, hasAll);
    expect(visited).toEqual({ elsewhere: [], problems: [] });

    const events = await stored(source);
    expect(events.map(({ type, name, n }) => [type, name, n])).toEqual([
      ['group', '', 1],
      ['identify', '', 1],
      // Jitsu's client names the page in its properties.
      ['page', sdk === 'jitsu' ? '' : 'Shop', 1],
      ['track', 'Order Completed', 1],
      ['track', 'Product Viewed', 1],
    ]);
    const [anonymous] = new Set(events.map((event) => event.anonymous));
    for (const event of events) expect(event.anonymous).toBe(anonymous);
    const users = new Map(events.map(({ type, name, user }) => [name === '' ? type : name, user]));
    expect([users.get('identify'), users.get('Order Completed')]).toEqual(['u-browser', 'u-browser']);
  });
});
