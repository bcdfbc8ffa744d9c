import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';
import { type ProjectCommands, projectCommands } from '../../test/project-commands.ts';
import { takeTour } from '../../test/tour.ts';
import { initProject } from './init-project.ts';
import type { Template } from './template.ts';

let home: TestDataDir;
let folder: string;
beforeAll(async () => {
  [home, folder] = await Promise.all([testDataDir(), mkdtemp(join(tmpdir(), 'sluice-templates-'))]);
});
afterAll(async () => {
  await home?.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Each template is built (web on an empty warehouse first), all of its segments find somebody, and its sync writes them down. */
const EXPECTED: Readonly<Record<Template, Expected>> = {
  web: {
    segments: ['curious', 'looking-not-buying', 'reachable'],
    sync: 'looking-not-buying-to-files',
    fields: '_operation,person_id,email,product,products_viewed',
    rows: /^upsert,[0-9a-f-]{36},cleo@example.com,Standing desk,2$/m,
    answer: /│ eva@example.com +│ \/sale +│ 4 +│/,
  },
  retail: {
    segments: ['gold-customers', 'lapsed-regulars', 'online-only'],
    sync: 'lapsed-regulars-to-files',
    fields: '_operation,person_id,email,first_name,last_order_at,favourite_brand',
    rows: /^upsert,[0-9a-f-]{36},[a-z.]+\d+@example\.com,[A-Z][a-z]+,2025-0[1-6]-\d\dT[\d:.]+Z,(Noor|Halden|Brisk|Vale)$/m,
    answer: /│ eva.moore.5@example.com +│ gold +│ 7 +│ 2666.06 +│/,
  },
  b2b: {
    segments: ['quiet-paying-accounts', 'report-makers'],
    sync: 'quiet-paying-accounts-to-files',
    fields: '_operation,account_id,name,plan,members,crm_number',
    rows: /^upsert,[0-9a-f-]{36},Fourth Field,team,3,A117$/m,
    answer: /│ Conmere +│ team +│ 3 +│ 2 +│/,
  },
};

interface Expected {
  readonly segments: readonly string[];
  readonly sync: string;
  readonly fields: string;
  readonly rows: RegExp;
  /** One row of what the README's statement finds. */
  readonly answer: RegExp;
}

const Published = z.object({ segments: z.array(z.looseObject({ segment_id: z.string(), size: z.number() })) });

describe.each(Object.entries(EXPECTED))('the template %s', (template, expected) => {
  const prefix = `tour_${template}`;
  let project: string;
  let commands: ProjectCommands;

  beforeAll(async () => {
    project = join(folder, template);
    await initProject({ dir: project, template: template as Template, isDryRun: false });
    commands = projectCommands(home, project, prefix);
  });
  afterAll(async () => {
    await commands?.close();
  });

  test('is built, and every command of its README works, up to a file with people in it', async () => {
    const printed = await takeTour(commands, project, prefix);
    const published = Published.parse(printed.get('segment publish --all')).segments;
    expect(published.map(({ segment_id }) => segment_id).sort()).toEqual(expected.segments);
    for (const { size } of published) expect(size).toBeGreaterThan(0);

    const [file = ''] = await readdir(join(project, 'exports', expected.sync));
    const text = await readFile(join(project, 'exports', expected.sync, file), 'utf8');
    expect(text.split('\n')[0]).toBe(expected.fields);
    expect(text).toMatch(expected.rows);

    const [, rows] = [...printed].find(([command]) => command.startsWith('sql ')) ?? [];
    expect(rows).toMatch(expected.answer);
  });
});
