import { expect, test } from 'vitest';
import type { PlaceState } from '../connector-kit/connector.ts';
import { judgePlace } from './plan-target.ts';

const there = (over: Partial<Extract<PlaceState, { state: 'there' }>> = {}): PlaceState => ({
  state: 'there',
  what: 'the table t',
  identity: '1',
  contents: 'a',
  isEmpty: false,
  ...over,
});
const missing: PlaceState = { state: 'missing', what: 'the table t', isMade: true };
const known = { identity: '1', contents: 'a' };
const unknown = { identity: '', contents: '' };

test.each<[string, PlaceState | undefined, typeof known, number, string]>([
  ['nobody can look', undefined, known, 5, 'keep'],
  ['as it was', there(), known, 5, 'keep'],
  ['missing', missing, known, 5, 'start_anew missing'],
  ['missing, and nothing was sent', missing, known, 0, 'keep'],
  ['missing, and never seen', missing, unknown, 5, 'start_anew missing'],
  ['another one, empty', there({ identity: '2', isEmpty: true }), known, 5, 'start_anew recreated'],
  ['another one, with rows', there({ identity: '2' }), known, 5, 'send_again'],
  ['seen for the first time', there(), unknown, 5, 'keep'],
  ['rewritten, with rows', there({ contents: 'b' }), known, 5, 'send_again'],
  ['without a column that it had', there({ missingFields: ['name'] }), known, 5, 'send_again'],
  ['one of its parts rewritten', there({ contents: 'a,c' }), { identity: '1', contents: 'a,b' }, 5, 'send_again'],
  ['with a part more', there({ contents: 'a,b' }), known, 5, 'keep'],
  ['rewritten, and nothing was sent', there({ contents: 'b' }), known, 0, 'keep'],
  ['rewritten, empty', there({ contents: 'b', isEmpty: true }), known, 5, 'start_anew truncated'],
  ['emptied row by row', there({ isEmpty: true }), known, 5, 'keep with a warning'],
  ['empty, and nothing was sent', there({ isEmpty: true }), known, 0, 'keep'],
  ['a folder whose files were collected', there({ isEmpty: true, contents: '' }), { identity: '1', contents: '' }, 5, 'keep'],
])('a place that is %s is judged', (_, look, before, rows, expected) => {
  const verdict = judgePlace(look, before, rows);
  const text =
    verdict.kind === 'keep'
      ? `keep${verdict.warning === '' ? '' : ' with a warning'}`
      : [verdict.kind, 'reason' in verdict && verdict.reason].filter(Boolean).join(' ');
  expect(text).toBe(expected);
});
