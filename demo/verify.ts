/** Holds what the syncs reported against what the destinations say. Pure. */
import { demoErrors } from './errors.ts';
import type { SyncReport } from './report.ts';
import type { Travelled } from './snapshot.ts';

/** One sync after one round, from both sides. */
export interface Observed {
  readonly report: SyncReport;
  readonly travelled: Travelled;
}

/**
 * Every row that a sync reported as accepted is seen to have arrived, and nothing else has changed there.
 *
 * @throws CdpError `demo.destination_differs` that lists every difference.
 */
export function assertDelivered(observed: readonly Observed[]): void {
  const differences = observed.flatMap(({ report, travelled }) => {
    const { id, round, planned, accepted, rejected, unknown, removed } = report;
    const arrived = travelled.added + travelled.changed + travelled.removed;
    return [
      planned !== accepted + rejected + unknown &&
        `${id}, round ${round}: planned ${planned}, but ${accepted} + ${rejected} + ${unknown} came of it`,
      accepted !== arrived && `${id}, round ${round}: ${accepted} rows accepted, ${arrived} seen to arrive`,
      removed !== travelled.removed && `${id}, round ${round}: ${removed} removals accepted, ${travelled.removed} seen`,
    ].filter((difference) => difference !== false);
  });
  if (differences.length > 0)
    throw demoErrors.destination_differs(`Destinations do not hold what their syncs reported:\n  ${differences.join('\n  ')}`);
}
