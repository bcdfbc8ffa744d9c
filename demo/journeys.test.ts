import { describe, expect, it } from 'vitest';
import { castOf, firstRound, PASSERS_BY, SECOND_ROUND, SUBSCRIBERS, secondRound } from './journeys.ts';

const cast = castOf(Array.from({ length: 2_469 }, (_, index) => index + 1));
const first = firstRound(cast);
const second = secondRound(cast, {
  returning: cast.members.slice(200, 220),
  // somebody may play two parts
  hosts: cast.members.slice(210, 230),
  sharedHomes: [{ member: cast.members[300] ?? 0, otherCard: cast.others[300] ?? 0 }],
});

describe('the journeys', () => {
  it('lead at least 500 households from an anonymous visit over a sign-up to a second device and a purchase', () => {
    const complete = cast.members.filter((household) => {
      const userId = `member-${household}`;
      const own = first.filter((call) => call.who.userId === userId);
      const devices = new Set(own.map((call) => call.who.anonymousId));
      const isAnonymousFirst = first.some((call) => call.who.userId === undefined && devices.has(call.who.anonymousId));
      return (
        isAnonymousFirst &&
        devices.size === 2 &&
        own.some((call) => call.data.loyalty_id) &&
        own.some((call) => call.name === 'Order Completed')
      );
    });
    expect(complete.length).toBeGreaterThanOrEqual(500);
  });

  it('have visitors who never buy, with and without an address', () => {
    const buyers = new Set(first.filter((call) => call.name === 'Order Completed').map((call) => call.who.anonymousId));
    const devices = new Set(first.map((call) => call.who.anonymousId));
    expect(devices.size - buyers.size).toBe(cast.members.length + SUBSCRIBERS + PASSERS_BY);
  });

  it('are told in order, end before the second round starts, and never use a message id twice', () => {
    const times = first.map((call) => call.at.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Math.max(...times)).toBeLessThan(Math.min(...second.map((call) => call.at.getTime())));
    const ids = [...first, ...second].map((call) => call.messageId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('join a known person and another loyalty card in the second round, which merges two known profiles', () => {
    const firstIds = new Set(first.map((call) => call.data.loyalty_id));
    const joins = second.filter((call) => call.kind === 'identify' && call.data.loyalty_id !== undefined);
    expect(joins).toHaveLength(SECOND_ROUND.joins + 1);
    for (const { data } of joins) expect(firstIds.has(data.loyalty_id)).toBe(false);
  });
});
