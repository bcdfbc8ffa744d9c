import { describe, expect, test } from 'vitest';
import { Environment } from '../../src/config.ts';
import { configurationPage } from './configuration-page.ts';

const page = await configurationPage();
const row = (name: string) => page.split('\n').find((line) => line.startsWith(`| \`${name}\``));

describe('docs/configuration.md', () => {
  test('has one row per variable, each with a description', () => {
    for (const name of Object.keys(Environment.shape)) expect(row(name)).toMatch(/ \| [A-Z][^|]+ \|$/);
  });

  test('tells the form in a reader’s words, and the default', () => {
    expect(row('SLUICE_PORT')).toMatch(/whole number from 0 to 65535 \| `4620`/);
    expect(row('SLUICE_LOG_LEVEL')).toMatch(/`trace`, `debug`, `info`.* \| `info`/);
    expect(row('CLICKHOUSE_URL')).toMatch(/ URL \| – /);
  });

  test('marks secrets', () => {
    const secrets = Object.keys(Environment.shape).filter((name) => row(name)?.includes('| secret |'));
    expect(secrets).toEqual(expect.arrayContaining(['SLUICE_SECRET_KEY', 'CLICKHOUSE_PASSWORD', 'DATABASE_URL']));
    expect(secrets).not.toContain('SLUICE_PORT');
  });
});
