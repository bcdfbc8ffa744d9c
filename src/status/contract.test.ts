import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { DOCUMENT_KINDS } from '../document-kinds.ts';
import { PRODUCT } from '../product.ts';
import { brokenPromises, Contract, contractOf } from './contract.ts';

const REMEDY = 'What is published stays: add beside it. A release that breaks on purpose is written down by `npm run release-contract`.';

test('this version keeps what the last release promised', async () => {
  const last = Contract.parse(JSON.parse(await readFile(join(PRODUCT.root, 'release/contract.json'), 'utf8')));
  expect(brokenPromises(last, await contractOf(PRODUCT.root, DOCUMENT_KINDS)), REMEDY).toEqual([]);
});

test('what a project relies on is missed when it goes or becomes another type, and nothing is said of what is new', async () => {
  const now = await contractOf(PRODUCT.root, DOCUMENT_KINDS);
  expect(now.tables.orders).toMatchObject({ order_id: 'String' });
  expect(now.settings).toContain('source_formats');
  const { orders = {}, ...tables } = now.tables;
  const last: Contract = {
    ...now,
    tables: { ...tables, orders: { ...orders, amount: 'Float64', colour: 'String' }, vouchers: { code: 'String' } },
    settings: [...now.settings, 'old_setting'],
    words: { ...now.words, column: [...now.words.column, 'old_word'] },
    documents: { ...now.documents, segment: 3 },
  };
  expect(brokenPromises(last, now).sort()).toEqual([
    'The column orders.amount was Float64 and is Nullable(Decimal(18, 2)).',
    'The column orders.colour is gone.',
    'The published table vouchers is gone.',
    'The setting vars.sluice old_setting is gone.',
    'The word meta.sluice of a column old_word is gone.',
    'Version 3 of a segment is not read any more.',
  ]);
  expect(brokenPromises({ ...now, tables, settings: [] }, now)).toEqual([]);
});

test('the words of meta.sluice that the package uses are all part of the contract', async () => {
  const { words } = await contractOf(PRODUCT.root, DOCUMENT_KINDS);
  const used = { model: new Set<string>(), column: new Set<string>() };
  interface Described {
    readonly meta?: { readonly sluice?: object };
    readonly config?: { readonly meta?: { readonly sluice?: object } };
    readonly columns?: readonly Described[];
  }
  const wordsOf = ({ meta, config }: Described) => Object.keys({ ...meta?.sluice, ...config?.meta?.sluice });
  for await (const file of glob('models/**/*.yml', { cwd: PRODUCT.root })) {
    const { models = [] } = (parse(await readFile(join(PRODUCT.root, file), 'utf8')) ?? {}) as { models?: readonly Described[] };
    for (const model of models) {
      for (const word of wordsOf(model)) used.model.add(word);
      for (const word of (model.columns ?? []).flatMap(wordsOf)) used.column.add(word);
    }
  }
  expect([...used.model].filter((word) => !words.model.includes(word))).toEqual([]);
  expect([...used.column].filter((word) => !words.column.includes(word))).toEqual([]);
  // builds know the same ones
  const macros = await readFile(join(PRODUCT.root, 'sql/macros/declared.sql'), 'utf8');
  const list = /macro known_words[\s\S]*?return\((\{[\s\S]*?\})\[described\]/.exec(macros)?.[1];
  expect(parse(list ?? '')).toEqual(words);
});
