/** The newcomer's command, as a script would run it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { DemoReport } from '../../demo/report.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const WEBHOOK_SYNCS = ['baby-newcomers-to-crm', 'abandoned-carts-to-crm'];

let folder: string;
let exitCode: number;
let report: DemoReport;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  // the account that PostgreSQL runs as may have to pass through
  await chmod(folder, 0o755);
  const demo = spawn(process.execPath, ['demo/main.ts', '--json', '--folder', join(folder, 'demo')], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, 'exit')]);
  exitCode = demo.exitCode ?? -1;
  expect(exitCode, err).toBe(0);
  report = JSON.parse(out) as DemoReport;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('npm run demo -- --json', () => {
  it('prints one object with what was promised to scripts', () => {
    expect(Object.keys(report)).toEqual([
      ...['warehouse', 'landed', 'profiles', 'profiles_with_several_sources', 'segments', 'syncs', 'receiver', 'seconds'],
    ]);
    expect(Object.keys(report.seconds)).toEqual(['setup', 'landing', 'build', 'segments', 'syncs', 'total']);
  });

  it('lands exactly what is published about the data', () => {
    expect(report.landed).toMatchObject({ households: 2_469, baskets: 155_848, transactions: 1_469_307, sales: '4596039.58' });
  });

  it('makes one person of a card, a browser and a phone, and publishes five audiences', () => {
    expect(report.profiles_with_several_sources).toBeGreaterThan(2_000);
    expect(report.segments).toHaveLength(5);
    for (const { members } of report.segments) expect(members).toBeGreaterThan(0);
  });

  it('accounts for every planned row, in both rounds', () => {
    expect(report.syncs).toHaveLength(10);
    for (const { planned, accepted, rejected, unknown } of report.syncs) expect(planned).toBe(accepted + rejected + unknown);
  });

  it('sends only the differences the second time, removals included', () => {
    for (const first of report.syncs.filter(({ round }) => round === 1)) {
      const second = report.syncs.find(({ id, round }) => id === first.id && round === 2);
      expect(second?.planned, first.id).toBeGreaterThan(0);
      expect(second?.planned, first.id).toBeLessThan(first.planned);
    }
    const removing = report.syncs.filter(({ round, removed }) => round === 2 && removed > 0).map(({ id }) => id);
    expect(removing.sort()).toEqual(['abandoned-carts-to-crm', 'high-value-to-database', 'lapsing-regulars-to-csv']);
  });

  it('delivers to a receiver that finds every signature valid and counts what the syncs report', () => {
    const sent = report.syncs.filter(({ id }) => WEBHOOK_SYNCS.includes(id)).reduce((sum, { accepted }) => sum + accepted, 0);
    expect(report.receiver).toMatchObject({ rows: sent, bad_signatures: 0 });
    expect(report.receiver.requests).toBeGreaterThan(0);
  });

  it('leaves no server behind', async () => {
    const run = join(folder, 'demo', 'sluice', 'run');
    const files = (await readdir(run)).filter((name) => name.endsWith('.json'));
    expect(files).toHaveLength(2);
    for (const name of files) {
      const { pid } = z.object({ pid: z.number() }).parse(JSON.parse(await readFile(join(run, name), 'utf8')));
      expect(() => process.kill(pid, 0), name).toThrow('ESRCH');
    }
    expect(existsSync(join(folder, 'demo', 'destinations', 'postgres', 'postmaster.pid'))).toBe(false);
  });
});
