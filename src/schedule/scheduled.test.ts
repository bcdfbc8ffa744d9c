import { describe, expect, test } from 'vitest';
import { DOCUMENT_KINDS } from '../document-kinds.ts';
import type { Resources } from '../store/resources.ts';
import type { Job } from './jobs.ts';
import { dependentsOf, listScheduled, scheduledBuild } from './scheduled.ts';

const appliedAt = new Date('2026-03-01T00:00:00Z');
const documents = (given: Readonly<Record<string, Record<string, object>>>): Pick<Resources, 'list'> => ({
  list: async (kind) =>
    Object.entries(given[kind] ?? {}).map(([id, document]) => ({
      kind,
      id,
      document: { ...document },
      revision: 1,
      appliedAt,
      appliedBy: 'test',
    })),
});

describe('scheduled is', () => {
  test('what has a schedule that can be read; `source` is what the thing is made from', async () => {
    const all = await listScheduled(
      documents({
        segment: { regulars: { schedule: { after: 'source' } }, manual: {}, broken: { schedule: { every: 'never' } } },
        sync: {
          crm: { source: { segment: 'regulars' }, schedule: { after: 'source' } },
          table: { source: { table: 'profiles' }, schedule: { after: ['source', 'sync:crm'] } },
        },
      }),
      DOCUMENT_KINDS,
    );
    expect(all.map(({ subject, triggers, since }) => [subject, triggers, since])).toEqual([
      ['segment:regulars', ['build'], appliedAt],
      ['sync:crm', ['segment:regulars'], appliedAt],
      ['sync:table', ['build', 'sync:crm'], appliedAt],
    ]);
    const followers = (job: Job) => dependentsOf(job, all).map((each) => ('id' in each ? each.id : each.name));
    expect(followers({ name: 'build' })).toEqual(['regulars', 'table']);
    expect(followers({ name: 'segment.publish', id: 'regulars' })).toEqual(['crm']);
    expect(followers({ name: 'sync.run', id: 'crm' })).toEqual(['table']);
    expect(followers({ name: 'sync.run', id: 'table' })).toEqual([]);
  });
});

describe('the build is scheduled', () => {
  test.each([
    ['15m', { every: '15m' }],
    [' 2h ', { every: '2h' }],
    ['30 3 * * 1-5', { cron: '30 3 * * 1-5' }],
  ])('by SLUICE_BUILD_SCHEDULE=%s', (text, schedule) => {
    expect(scheduledBuild({ SLUICE_BUILD_SCHEDULE: text })).toMatchObject([{ subject: 'build', schedule }]);
  });

  test('not at all without it, and not by what cannot be read', () => {
    expect(scheduledBuild({ SLUICE_BUILD_SCHEDULE: undefined })).toEqual([]);
    for (const text of ['soon', '99 * * * *', '15']) {
      expect(() => scheduledBuild({ SLUICE_BUILD_SCHEDULE: text })).toThrow(expect.objectContaining({ code: 'schedule.build_schedule' }));
    }
  });
});
