/** A process like `sluice serve` when its schedules are due: publishes segments and runs syncs. Its memory is what a deployment must plan for. */
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { publishSegment } from '../../src/segments/publish.ts';
import { runSync } from '../../src/syncs/run-sync.ts';
import { serve } from '../child.ts';
import { ownPeakMb } from '../memory.ts';
import { secondsOf } from '../statistics.ts';

const app = openApp(readConfig());

const methods = {
  /** @param at ISO 8601: the moment that the publication takes for now. */
  async publish({ segment, at }: { segment: string; at: string }): Promise<{ seconds: number }> {
    const deps = { ...(await app.segments()), now: () => new Date(at) };
    return { seconds: await secondsOf(() => publishSegment(deps, segment)) };
  },
  async sync({ sync }: { sync: string }) {
    const deps = await app.syncs();
    const startedMs = performance.now();
    const { status, message, planned, accepted, removed, changes, diff_ms, delivery_ms } = await runSync(deps, sync);
    const seconds = (performance.now() - startedMs) / 1_000;
    return {
      status,
      message,
      planned,
      accepted,
      removed,
      changes,
      seconds,
      diffSeconds: diff_ms / 1_000,
      deliverySeconds: delivery_ms / 1_000,
    };
  },
  /** In MB. */
  peak: () => ownPeakMb(),
};

export type ServiceMethods = typeof methods;

serve(methods, () => app.close());
