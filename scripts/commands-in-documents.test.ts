import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PRODUCT } from '../src/product.ts';

/**
 * npx, and npm under other names, ask a public registry for what is not installed, and run whatever has that name there. With `--no-install`
 * they run what is installed, or nothing.
 */
const ASKS_A_REGISTRY = /\b(npx|npm (?:exec|x|create|init)|pnpm dlx|pnpx|yarn dlx|bunx)\b(?! --no-install )(?= +[\w@$-])/;

test('the rule tells what asks a registry from what does not', () => {
  for (const command of [
    'npx sluice build',
    'npx -y sluice',
    'npx @sluice-data/sluice init',
    'npm exec sluice',
    'npm x sluice',
    'bunx sluice',
  ]) {
    expect(command).toMatch(ASKS_A_REGISTRY);
  }
  for (const command of ['npx --no-install sluice build', 'sluice build', 'npx, and npm', 'npm run demo']) {
    expect(command).not.toMatch(ASKS_A_REGISTRY);
  }
});

test('no command in a document, a comment or a message can fall through to a public registry', () => {
  const listed = execFileSync('git', ['-C', PRODUCT.root, 'ls-files', '-z'], { encoding: 'utf8' }).split('\0');
  const told = listed.filter(
    (file) => /\.(md|ya?ml|ts|mjs|sql|sh)$|^\.ci\/|^\.env|Dockerfile$/.test(file) && file !== 'scripts/commands-in-documents.test.ts',
  );
  const at = told.flatMap((file) =>
    readFileSync(join(PRODUCT.root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (ASKS_A_REGISTRY.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
  );
  expect(told.length).toBeGreaterThan(100);
  expect(at).toEqual([]);
});
