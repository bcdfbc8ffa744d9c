/** Where to look once the story is told. Pure. */
import { relative } from 'node:path';
import type { Surroundings } from './surroundings.ts';

type Places = Pick<Surroundings, 'folder' | 'serviceUrl' | 'postgres' | 'warehouse'>;

/** For `--serve`: what is running. */
export function whatToOpen(places: Places, cwd: string): string {
  const { host, port } = places.warehouse.dbtConnection;
  return list([
    ['Running until Ctrl-C:'],
    [`${places.serviceUrl}/docs`, 'the service and its API'],
    [`http://${host}:${port}/play`, `ClickHouse; users and passwords are in ${shown(places, cwd)}/secrets.json`],
    [places.postgres.url, 'the table high_value_customers'],
    [shortest(places.folder.csv, cwd), 'what the CSV folder received'],
    [shortest(places.folder.webhook, cwd), 'what the webhook receiver took'],
    ...inAnotherTerminal(places, cwd),
  ]);
}

/** For a demo that ends: what is left. */
export function whereItIs(places: Places, cwd: string): string {
  return list([
    ...inAnotherTerminal(places, cwd),
    [],
    ['npm run demo -- --serve', 'leaves everything running'],
    ['npm run demo -- --keep', 'goes on from here; without it the next demo starts anew'],
  ]);
}

function inAnotherTerminal(places: Places, cwd: string): string[][] {
  return [
    [],
    ['Look around:'],
    [`export SLUICE_DATA_DIR=${shown(places, cwd)} SLUICE_PROJECT_DIR=demo/project`],
    ['npx --no-install sluice status'],
    ['npx --no-install sluice segment preview abandoned-carts'],
    ['npx --no-install sluice sync status lapsing-regulars-to-csv'],
    ['npx --no-install sluice sql "select * from sluice.profiles where source_count = 4 limit 3"'],
  ];
}

const shown = ({ folder }: Places, cwd: string) => shortest(folder.data, cwd);

/** Relative where that is how a person would write it. */
function shortest(path: string, cwd: string): string {
  const fromHere = relative(cwd, path);
  return fromHere.startsWith('..') ? path : fromHere;
}

function list(lines: readonly (readonly string[])[]): string {
  const width = Math.max(...lines.map(([first = '', second]) => (second === undefined ? 0 : first.length)));
  const text = lines.map(([first = '', second]) => (second === undefined ? first : `${first.padEnd(width)}   ${second}`));
  return `${text.map((line) => `  ${line}`.trimEnd()).join('\n')}\n\n`;
}
