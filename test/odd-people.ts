/** People of whom something is odd: ids that nobody filled in, addresses of two, visits that are not believed, traits of every kind. */

/** Names that nobody would put into one object, and more than a JSON column has subcolumns for. */
export const MANY = 2_000;

/** Values beside so many names, as JSON text with sorted members: what a column of all of them must give back as it is. */
export const AMONG_MANY = {
  integer: '9007199254740993',
  unsigned: '18446744073709551615',
  fraction: '0.1',
  text: '"9007199254740993"',
  day: '"2026-03-29"',
  yes: 'true',
  list: '["a","b"]',
  mixed: '[1.5,"a",null]',
  lines: '[{"price":1.5,"sku":"s1"},{"list":[{"deep":true}],"sku":"s2"}]',
  'nested.name': '"x"',
} as const;

/** Each is sent with two people's addresses. */
export const PLACEHOLDERS = [
  '{{visitor.id}}',
  '\u0024{userId}',
  'undefined undefined',
  '[object Undefined]',
  '%%EMAIL%%',
  '<%= id %>',
  '*|EMAIL|*',
  '@user_id@',
  '{userId}',
  '[[id]]',
  '__ID__',
  '(null)',
  '"null"',
  'function () { [native code] }',
  '{% user %}',
  '#{id}',
  '%7B%7Bid%7D%7D',
  '<user_id>',
  '[First Name]',
  '%user_id%',
  'UNBEKANNT',
  'inconnu',
  'Desconocido',
  '未知',
  'НЕИЗВЕСТНО',
  '匿名',
  'user_undefined',
  'YOUR_USER_ID',
  '--',
  '{00000000-0000-0000-0000-000000000000}',
  'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx',
  'ｕｎｄｅｆｉｎｅｄ',
  '$userId',
  '$USER_ID',
  '$customer.email',
  '%userId',
  ':userId',
  '@userId',
];
/** What looks odd and is somebody's. */
export const REAL_IDS = [
  '{3F2504E0-4F89-11D3-9A0C-0305E82C3301}',
  '{abcdefab-cdef-abcd-efab-cdefabcdefab}',
  '$device:18f-a',
  '$device',
  '$ven',
  '$identity7',
  '@ida',
  '%id4',
  ':kid',
  '#1042',
  'guest-1042',
  '[1]',
  'null-island-42',
  '1',
  '😀',
  'Ünal',
  '<17.a@host>',
  'nan.nguyen',
  'id-7',
];

export interface Call {
  readonly type: 'identify' | 'track';
  readonly at: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly traits?: object;
  /** JSON text. */
  readonly properties?: string;
}
const identify = (day: string, call: Omit<Call, 'type' | 'at'>): Call => ({ type: 'identify', at: `${day} 10:00:00`, ...call });
export const track = (day: string, call: Omit<Call, 'type' | 'at'>): Call => ({ type: 'track', at: `${day} 11:00:00`, ...call });

const many = Array.from({ length: MANY }, (_, place) => `"name ${place}":${place}`);
const amongMany = Object.entries(AMONG_MANY).map(([name, value]) => `"${name}":${value}`);

export const ODD_PEOPLE: readonly Call[] = [
  // known by what they did only
  track('2026-03-01', { userId: 'only-tracked' }),
  // the first id says nothing
  identify('2026-03-01', {
    userId: 'None',
    anonymousId: 'cookie-e',
    traits: { email: 'late@example.com', first_name: 'Lea', consent_email: false },
  }),
  track('2026-03-02', { userId: '{{user.id}}', anonymousId: 'cookie-e' }),
  identify('2026-03-01', {
    userId: '\u0024{userId}',
    traits: { email: 'alone@example.com', first_name: '{{first_name}}', last_name: 'Alone' },
  }),
  // nobody is joined by what a template left
  ...PLACEHOLDERS.flatMap((id, place) => [
    identify('2026-03-01', { anonymousId: id, traits: { email: `p${place}.one@example.com` } }),
    identify('2026-03-01', { anonymousId: id, traits: { email: `p${place}.two@example.com` } }),
  ]),
  ...REAL_IDS.flatMap((id, place) => [
    identify('2026-03-01', { anonymousId: id, traits: { email: `r${place}@example.com` } }),
    track('2026-03-02', { anonymousId: id }),
  ]),
  // one address, two accounts: it is the second's
  identify('2026-03-01', { userId: 'family-1', traits: { email: 'Family@example.com', firstName: 'Ida' } }),
  identify('2026-03-02', { userId: 'family-2', traits: { email: 'family@example.com ', firstName: 'Olaf' } }),
  // seen once beside a user, seen twice, and seen once but with a visit of its own
  track('2026-03-01', { userId: 'visitor', anonymousId: 'seen-once' }),
  track('2026-03-01', { userId: 'visitor', anonymousId: 'seen-twice' }),
  track('2026-03-02', { userId: 'visitor', anonymousId: 'seen-twice' }),
  track('2026-03-01', { userId: 'visitor', anonymousId: 'lobby' }),
  track('2026-03-01', { anonymousId: 'lobby' }),
  // traits beyond the columns
  identify('2026-03-01', {
    userId: 'traits',
    traits: {
      email: 't@example.com',
      plan: 'free',
      seats: 3,
      vip: true,
      tags: ['a', 'b'],
      address: { street: 'Main', city: 'Kyiv' },
      gone: 'x',
    },
  }),
  identify('2026-03-02', { userId: 'traits', traits: { plan: 'pro', gone: null, seats: 'four' } }),
  identify('2026-03-03', {
    userId: 'traits',
    traits: { plan: '{{plan}}', late: '*|LATE|*', vip: 'undefined', never: '<%= never %>', note: 'is {{plan}}' },
  }),
  identify('2026-02-01', { userId: 'traits', traits: { plan: 'older', seats: [1], late: 'yes' } }),
  identify('2026-03-01', {
    userId: 'crowd',
    traits: { plan: 'basic', tags: [], ...Object.fromEntries(Array.from({ length: MANY }, (_, place) => [`name ${place}`, place])) },
  }),
  track('2026-03-02', { userId: 'crowd', properties: `{${[...many, ...amongMany].join(',')}}` }),
  track('2026-03-02', { userId: 'crowd', properties: `{${amongMany.join(',')}}` }),
  // each list of objects would have paths of its own below its path, and each kind of list would be a type of its own
  ...Array.from({ length: 40 }, (_, call) =>
    track('2026-03-03', {
      userId: 'crowd',
      properties: `{${Array.from({ length: 80 }, (_, n) => `"lines ${n}":[{"n${call}":[{"m${call}":1}]}],"deep ${n}":${'['.repeat(call + 1)}1${']'.repeat(call + 1)}`).join(',')}}`,
    }),
  ),
  identify('2026-03-01', { userId: 'dotted', traits: { 'a.b': 1, a: { b: 2 }, 'c.d': 3 } }),
  // neighbours that a double cannot tell apart
  identify('2026-03-01', { userId: '9007199254740992', traits: { email: 'even@example.com' } }),
  identify('2026-03-01', { userId: '9007199254740993', traits: { email: 'odd@example.com' } }),
];

/** As the landing writes accepted messages. @param number makes the message's id. */
export function landedRow({ at, traits, properties, ...call }: Call, number: number) {
  const said = JSON.stringify({ ...call, ...(traits ? { traits } : {}) });
  return {
    message_id: `m${number}`,
    type: call.type,
    event: call.type === 'track' ? 'Looked' : '',
    source: 'web',
    anonymous_id: call.anonymousId ?? '',
    user_id: call.userId ?? '',
    previous_id: '',
    group_id: '',
    occurred_at: at,
    received_at: '2026-03-10 10:00:00',
    message: properties ? `{"properties":${properties},${said.slice(1)}` : said,
  };
}
