/**
 * `npm run bench -- readers`: how much of its rate collection keeps while forty clients ask ClickHouse for more than the machine has. Beside it
 * the same forty as the owner, whom nothing holds: what the limits of src/warehouse/access.ts are for.
 *
 * Rates of a machine that does other things too come and go: each is compared with the rate alone that was measured right before it, and what
 * is reported is the median of the rounds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { readConfig } from '../../src/config.ts';
import { ClickHouseEndpoints } from '../../src/embedded/clickhouse/endpoints.ts';
import { joinService } from '../../src/embedded/join.ts';
import { embeddedParameters } from '../../src/warehouse/connect.ts';
import { median, rounded } from '../statistics.ts';
import { openPlace } from './place.ts';

export interface ReadersOptions {
  /** Of one measurement. */
  readonly seconds: number;
  readonly rounds: number;
  readonly json: boolean;
}

const READERS = 40;
const CONNECTIONS = 32;
const MESSAGES = 10;
/** A hash table of five million keys: busy for a second when it is alone. */
const HUNGRY = 'select uniqExact(cityHash64(number, 7)) from numbers(5000000)';
/** For the first queries to run, and for those of the phase before to end. */
const SETTLE_MS = 2_000;

const WHO = ['sluice_bi', 'sluice_reader', 'sluice_owner'] as const;
type Who = (typeof WHO)[number];

interface Pair {
  readonly alone: number;
  readonly beside: number;
}

export interface ReadersResult {
  readonly benchmark: 'readers';
  readonly readers: number;
  readonly rounds: number;
  /** Events a second that were acknowledged, and their share of the rate alone. Medians. */
  readonly beside: Readonly<Record<Who, { readonly alone_per_second: number; readonly events_per_second: number; readonly ratio: number }>>;
}

interface Tools {
  say(line: string): void;
  readonly signal: AbortSignal;
}

export async function runReaders(options: ReadersOptions, tools: Tools): Promise<ReadersResult> {
  const closing = new AsyncDisposableStack();
  try {
    return await measure(options, tools, closing);
  } finally {
    await closing.disposeAsync();
  }
}

async function measure({ seconds, rounds }: ReadersOptions, { say, signal }: Tools, closing: AsyncDisposableStack): Promise<ReadersResult> {
  const { environment, key } = await openPlace(closing);
  const service = await startService(environment, closing);
  const clickhouse = await clickhouseOf(environment, closing);
  const measured: Record<Who, Pair[]> = { sluice_bi: [], sluice_reader: [], sluice_owner: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const who of WHO) {
      await sleep(SETTLE_MS, undefined, { signal });
      const alone = await collect(service, key, seconds * 1_000);
      const readers = startReaders(clickhouse, who);
      await sleep(SETTLE_MS, undefined, { signal });
      const beside = await collect(service, key, seconds * 1_000);
      await readers.stop();
      measured[who].push({ alone, beside });
      say(`round ${round} of ${rounds}: ${Math.round(beside)} events/s beside ${who}, ${Math.round(alone)} alone`);
    }
  }
  const beside = WHO.map((who) => {
    const of = (figure: (pair: Pair) => number) => rounded(median(measured[who].map(figure)));
    return [
      who,
      {
        alone_per_second: of(({ alone }) => alone),
        events_per_second: of((pair) => pair.beside),
        ratio: of((pair) => pair.beside / pair.alone),
      },
    ];
  });
  return { benchmark: 'readers', readers: READERS, rounds, beside: Object.fromEntries(beside) as ReadersResult['beside'] };
}

async function startService(environment: NodeJS.ProcessEnv, closing: AsyncDisposableStack): Promise<URL> {
  const main = fileURLToPath(new URL('../../src/cli/sluice.mjs', import.meta.url));
  const service: ChildProcess = spawn(process.execPath, [main, 'serve', '--json'], {
    env: { ...process.env, ...environment, SLUICE_PORT: '0', SLUICE_LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closing.defer(async () => {
    const ended = once(service, 'exit');
    if (service.exitCode === null && service.kill('SIGTERM')) await ended;
  });
  if (service.stdout === null) throw new Error('the service has no stdout');
  const [line] = z.tuple([z.string()]).parse(await once(createInterface({ input: service.stdout }), 'line'));
  return new URL(z.object({ url: z.string() }).parse(JSON.parse(line)).url);
}

async function clickhouseOf(environment: NodeJS.ProcessEnv, closing: AsyncDisposableStack) {
  const config = readConfig({ ...process.env, ...environment });
  const service = await joinService({ name: 'clickhouse', dataDir: config.dataDir, parameters: embeddedParameters(config) });
  closing.defer(() => service.close());
  return ClickHouseEndpoints.parse(service.endpoints);
}

/** Each asks again as soon as it is answered, whatever the answer is. */
function startReaders({ host, httpPort, passwords }: z.output<typeof ClickHouseEndpoints>, user: Who) {
  const role = { sluice_bi: 'bi', sluice_reader: 'reader', sluice_owner: 'owner' } as const;
  const headers = { 'x-clickhouse-user': user, 'x-clickhouse-key': passwords[role[user]] };
  // The owner's queries would go on when their client leaves: the restricted users' do not.
  const path = user === 'sluice_owner' ? '/?readonly=2&cancel_http_readonly_queries_on_client_close=1' : '/';
  const agent = new Agent({ keepAlive: true, maxSockets: READERS });
  let isStopping = false;
  const ask = () =>
    new Promise<void>((resolve) => {
      const call = request({ host, port: httpPort, method: 'POST', path, headers, agent }, (response) => {
        response.resume().once('close', resolve);
      });
      call.once('error', () => resolve());
      call.end(HUNGRY);
    });
  const readers = Array.from({ length: READERS }, async () => {
    while (!isStopping) await ask();
  });
  return {
    async stop() {
      isStopping = true;
      agent.destroy();
      await Promise.all(readers);
    },
  };
}

/** @returns events that were acknowledged, per second. */
async function collect(service: URL, key: string, forMs: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const headers = { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`, 'content-type': 'application/json' };
  const startedMs = performance.now();
  let acknowledged = 0;
  const send = () =>
    new Promise<void>((resolve, reject) => {
      const call = request(new URL('/v1/batch', service), { method: 'POST', headers, agent }, (response) => {
        if (response.statusCode === 200) acknowledged += MESSAGES;
        response.resume().once('end', resolve);
      });
      call.once('error', reject);
      call.end(JSON.stringify({ batch: Array.from({ length: MESSAGES }, message) }));
    });
  const connections = Array.from({ length: CONNECTIONS }, async () => {
    while (performance.now() - startedMs < forMs) await send();
  });
  await Promise.all(connections);
  agent.destroy();
  return acknowledged / ((performance.now() - startedMs) / 1_000);
}

const message = (_: unknown, index: number) => ({
  type: 'track',
  event: 'Product Viewed',
  messageId: crypto.randomUUID(),
  anonymousId: `device-${index}`,
  timestamp: new Date().toISOString(),
  properties: { product_id: `p${index}`, price: 12.5, currency: 'EUR', category: 'shoes' },
  context: { page: { url: 'https://shop.example.com/products/summer', title: 'Summer sale' }, locale: 'en-GB' },
});
