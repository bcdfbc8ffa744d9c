/** The demo from its first line to its last number: raw data to synced audiences, then a changed world, and the same again. */
import * as z from 'zod';
import { SegmentDefinition } from '../src/segments/definition.ts';
import { explainMember } from '../src/segments/explain.ts';
import type { SegmentExplanation } from '../src/segments/schema.ts';
import { defineQuery } from '../src/warehouse/query.ts';
import type { Call } from './calls.ts';
import { castOf, firstRound, secondRound } from './journeys.ts';
import { landRetail } from './landing.ts';
import type { DemoOptions } from './options.ts';
import { findProtagonists } from './protagonists.ts';
import { destinationName } from './read-back.ts';
import type { DemoReport } from './report.ts';
import { createRounds, type Round } from './rounds.ts';
import { sendJourneys } from './send.ts';
import type { Stages } from './stages.ts';
import type { Delivery, Highlights } from './summary.ts';
import { openSurroundings, type Surroundings } from './surroundings.ts';
import { assertDelivered } from './verify.ts';

export interface Story {
  readonly report: DemoReport;
  readonly highlights: Highlights;
  readonly deliveries: readonly Delivery[];
  readonly why: SegmentExplanation;
  readonly surroundings: Surroundings;
}

/** @param closing gets what has to be stopped, also when this throws. */
export async function tellStory(options: DemoOptions, stages: Stages, closing: AsyncDisposableStack, signal: AbortSignal): Promise<Story> {
  stages.heading('Getting ready');
  const surroundings = await openSurroundings(options, stages, closing);
  signal.throwIfAborted();

  stages.heading('First round: a year at the till, three months online');
  // dbt needs some seconds to read its project: it does so while the data lands
  const reading = surroundings.app.dbt().then((dbt) => dbt.manifest());
  reading.catch(() => undefined); // reported where it is awaited, unless the landing fails first
  const landed = await landRetail(surroundings, stages, signal);
  const cast = castOf(landed.householdIds);
  const rounds = createRounds(surroundings, stages, signal);
  await send(surroundings, firstRound(cast), 'Shoppers browse, sign up, switch device and buy', stages, signal);
  await stages.run('build', 'Reading the dbt project', () => reading);
  const first = await rounds.play(1);

  stages.heading("Second round: New Year's Eve");
  const changes = secondRound(cast, await findProtagonists(surroundings.warehouse));
  await send(surroundings, changes, 'They buy, come back, sign up; some turn out to be one person', stages, signal);
  const second = await rounds.play(2);

  assertDelivered([...first.syncs, ...second.syncs]);
  const [counted] = await surroundings.warehouse.reader.ask(people, {});
  if (counted === undefined) throw new Error('the warehouse did not count');
  const { households, baskets, transactions, sales } = landed;
  const { events, customers, profiles, profiles_with_several_sources, ...highlights } = counted;
  return {
    surroundings,
    highlights,
    report: {
      warehouse: { version: surroundings.warehouse.version, embedded: surroundings.warehouse.isEmbedded },
      landed: { households, baskets, transactions, sales, customers, events },
      profiles,
      profiles_with_several_sources,
      segments: [...second.segments].map(([id, members]) => ({ id, members })),
      syncs: [first, second].flatMap(({ syncs }) => syncs.map(({ report }) => report)),
      receiver: { ...surroundings.receiver.counts },
      seconds: stages.seconds(),
    },
    deliveries: await describeDeliveries(surroundings, [first, second]),
    why: await explainOne(surroundings),
  };
}

async function send(
  { serviceUrl, writeKeys }: Surroundings,
  calls: readonly Call[],
  title: string,
  stages: Stages,
  signal: AbortSignal,
): Promise<void> {
  const describe = () => `${calls.length.toLocaleString('en-US')} calls of the Segment SDK`;
  await stages.run(
    'landing',
    title,
    (note) => sendJourneys({ host: serviceUrl, writeKeys }, calls, (done) => note(`${done} of ${calls.length}`)),
    describe,
  );
  signal.throwIfAborted();
}

const people = defineQuery({
  name: 'demo.people',
  sql: `
    select
        count() as profiles,
        countIf(source_count > 1) as profiles_with_several_sources,
        countIf(hasAll(sources, ['web', 'app', 'pos'])) as everywhere,
        (select count() from sluice.profile_aliases) as merged,
        (select count() from sluice.audience_coupon_lovers_holdout) as held_out,
        (select uniqExact(message_id) from sluice_raw.events) as events,
        (select count() from sluice_raw.crm__customers) as customers
    from sluice.profiles
  `,
  params: z.object({}),
  row: z.object({
    profiles: z.coerce.number(),
    profiles_with_several_sources: z.coerce.number(),
    everywhere: z.coerce.number(),
    merged: z.coerce.number(),
    held_out: z.coerce.number(),
    events: z.coerce.number(),
    customers: z.coerce.number(),
  }),
});

const abandoned = defineQuery({
  name: 'demo.abandoned',
  sql: 'select toString(min(profile_id)) as member from sluice.audience_abandoned_carts',
  params: z.object({}),
  row: z.object({ member: z.string() }),
});

async function explainOne({ app, warehouse }: Surroundings): Promise<SegmentExplanation> {
  const [one] = await warehouse.reader.ask(abandoned, {});
  return explainMember(await app.segments(), { id: 'abandoned-carts' }, one?.member ?? '');
}

async function describeDeliveries(surroundings: Surroundings, [first, second]: readonly [Round, Round]): Promise<Delivery[]> {
  const segments = (await surroundings.store.resources.list('segment')).map(({ document }) => SegmentDefinition.parse(document));
  const titles = new Map(segments.map(({ id, title }) => [id, title]));
  return second.syncs.map(({ sync, travelled, holds }, index) => {
    const segment = 'segment' in sync.source ? sync.source.segment : sync.source.table;
    const nothing = { added: 0, changed: 0, removed: 0 };
    return {
      title: titles.get(segment) ?? segment,
      destination: destinationName(surroundings, sync),
      members: second.segments.get(segment) ?? 0,
      rounds: [first.syncs[index]?.travelled ?? nothing, travelled],
      holdsNow: holds,
    };
  });
}
