/** The last thing the demo prints for a person. Pure: text in, text out. */
import type { SegmentExplanation } from '../src/segments/schema.ts';
import type { DemoReport } from './report.ts';
import type { Travelled } from './snapshot.ts';

/** One sync, as its destination tells it. */
export interface Delivery {
  readonly title: string;
  readonly destination: string;
  readonly members: number;
  readonly rounds: readonly [Travelled, Travelled];
  readonly holdsNow: number;
}

/** What a person likes to know beyond the report. */
export interface Highlights {
  /** People known by card, on the web and in the app. */
  readonly everywhere: number;
  /** Profiles that turned out to be somebody known already. */
  readonly merged: number;
  /** Coupon lovers of the random tenth to whom nothing is sent. */
  readonly held_out: number;
}

export type Paint = Readonly<Record<'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan', (text: string) => string>>;

export interface Told {
  readonly report: DemoReport;
  readonly highlights: Highlights;
  readonly deliveries: readonly Delivery[];
  /** Why one person is in an audience. */
  readonly why: SegmentExplanation;
}

const COLUMNS = ['Audience', 'people', 'destination', 'first round', 'second round', 'holds now'] as const;

export function renderSummary({ report, highlights, deliveries, why }: Told, paint: Paint): string {
  const { landed, receiver, seconds, warehouse } = report;
  const fact = (name: string, text: string) => `  ${paint.bold(name.padEnd(10))} ${text}`;
  return [
    '',
    paint.bold('From raw data to synced audiences'),
    '',
    fact(
      'Landed',
      `${count(landed.transactions)} receipt lines, ${count(landed.baskets)} baskets, ${count(landed.households)} households, sales ${money(landed.sales)}`,
    ),
    fact('', paint.dim('equal to the facts published with the grocery loyalty data; names and addresses are generated')),
    fact('', `${count(landed.events)} web and app events, by the Segment SDK over HTTP`),
    fact('Profiles', `${count(report.profiles)} people, ${count(report.profiles_with_several_sources)} of them known from several sources`),
    fact(
      '',
      `${count(highlights.everywhere)} by card, on the web and in the app; ${count(highlights.merged)} turned out to be somebody known already`,
    ),
    fact('Warehouse', `ClickHouse ${warehouse.version}${warehouse.embedded ? ', embedded' : ''}`),
    '',
    ...table(deliveries, paint),
    '',
    `  ${paint.green('+')} added  ${paint.yellow('~')} changed  ${paint.red('−')} removed, ${paint.dim('as read back from the destinations; upsert keeps who left')}`,
    '',
    ...reasons(why, fact, paint),
    fact('Held out', `${count(highlights.held_out)} coupon lovers, a random tenth that no sync sends: what the coupons do can be measured`),
    '',
    fact('Webhook', `${count(receiver.requests)} requests, ${count(receiver.rows)} rows, ${signatures(receiver.bad_signatures, paint)}`),
    fact('Time', `${seconds.total.toFixed(0)} s: ${parts(report)}`),
    '',
  ].join('\n');
}

/** Cells are padded before they are painted: colour codes have a length but no width. */
function table(deliveries: readonly Delivery[], paint: Paint): string[] {
  const rows = deliveries.map(({ title, members, destination, rounds, holdsNow }) => [
    title,
    count(members),
    destination,
    movement(rounds[0]),
    movement(rounds[1]),
    count(holdsNow),
  ]);
  const isNumber = (column: number) => column === 1 || column === COLUMNS.length - 1;
  const widths = COLUMNS.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('   ');
  return [paint.dim(`  ${line(COLUMNS)}`), ...rows.map((row) => `  ${paintMovements(line(row), paint)}`)];
}

/** The sentence of each condition below the one that joins them, with what decides it. */
function reasons(
  { member_id, title, conditions }: SegmentExplanation,
  fact: (name: string, text: string) => string,
  paint: Paint,
): string[] {
  const [whole, ...parts] = conditions;
  const told = parts.length > 0 ? parts : whole ? [whole] : [];
  return [
    fact('Why', `${member_id} is in “${title}”:`),
    ...told.map(({ holds, sentence, values }) => {
      const known = values.map(({ name, value }) => `${name}: ${value ?? 'none'}`).join(', ');
      return fact('', `${holds ? paint.green('✓') : paint.red('✗')} ${sentence}${known && paint.dim(` (${known})`)}`);
    }),
  ];
}

function movement({ added, changed, removed }: Travelled): string {
  const words = [added > 0 && `+${count(added)}`, changed > 0 && `~${count(changed)}`, removed > 0 && `−${count(removed)}`];
  return words.filter((word) => word !== false).join(' ') || 'nothing';
}

function paintMovements(line: string, paint: Paint): string {
  return line.replace(/(?<= )([+~−])[\d,]+/g, (word, sign: '+' | '~' | '−') =>
    ({ '+': paint.green, '~': paint.yellow, '−': paint.red })[sign](word),
  );
}

function signatures(bad: number, paint: Paint): string {
  return bad === 0 ? paint.green('every signature valid') : paint.red(`${count(bad)} bad signatures`);
}

function parts({ seconds }: DemoReport): string {
  const names = ['setup', 'landing', 'build', 'segments', 'syncs'] as const;
  return names.map((name) => `${name === 'setup' ? 'starting' : name} ${seconds[name].toFixed(1)}`).join(', ');
}

const number = new Intl.NumberFormat('en-US');
const count = (value: number) => number.format(value);
/** Decimal text with thousands separators, without going through a float. */
const money = (decimal: string) => decimal.replace(/\B(?=(\d{3})+(?=\.))/g, ',');
