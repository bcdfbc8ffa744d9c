/** Which ClickHouse versions work, and the settings that avoid known faults of some of them. Pure. */
import { errors } from './errors.ts';

/** JSON columns, lightweight updates and the `query_plan_…` settings that we use exist from this long-term release on. */
const MINIMUM = '25.8';

interface Band {
  /** Inclusive. */
  readonly from: string;
  /** Exclusive. */
  readonly before: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly reason: string;
}

const LAZY = {
  settings: { query_plan_optimize_lazy_materialization: 0 },
  reason: 'ClickHouse #102904: lazy materialization loses _block_number of tables with patch parts',
};
const TOP_K = {
  settings: { query_plan_top_k_through_join: 0 },
  reason: 'ClickHouse #109210: the top-k-through-join optimization returns wrong rows for order by … limit over a join',
};

/** The embedded server (26.7.2.1) is in the last range. */
const BANDS: readonly Band[] = [
  { from: '25.4', before: '26.4.1.1005', ...LAZY },
  { from: '26.5.1.651', before: '26.5.6.71', ...TOP_K },
  { from: '26.6.0', before: '26.6.2.109', ...TOP_K },
  { from: '26.7.0', before: '26.7.1.1335', ...TOP_K },
  { from: '26.7.2.0', before: '26.7.2.12', ...TOP_K },
];

/**
 * Settings for every session on a server of this version.
 *
 * @throws CdpError `warehouse.version` when it is too old.
 */
export function settingsFor(version: string): Readonly<Record<string, number>> {
  if (compare(version, MINIMUM) < 0) {
    throw errors.version(`The ClickHouse server has version ${version}; Sluice needs ${MINIMUM} or newer.`);
  }
  return Object.assign(
    {},
    ...BANDS.filter((band) => compare(version, band.from) >= 0 && compare(version, band.before) < 0).map((band) => band.settings),
  );
}

/** Numeric, part by part: 26.10 is newer than 26.9. Missing parts count as 0; a vendor's suffix is ignored. */
export function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => (version.match(/\d+/g) ?? []).slice(0, 4).map(Number));
  for (let part = 0; part < 4; part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
