import { expect, test } from 'vitest';
import { extendContracts } from './extended-contracts.ts';

const column = (name: string, sluice: object = {}, dataType?: string) => ({ name, description: '', dataType, meta: { sluice } });
const model = (uniqueId: string, columns: ReturnType<typeof column>[]) => ({ uniqueId, name: uniqueId.split('.').at(-1) ?? '', columns });

const extended = (...sources: ReturnType<typeof model>[]) => {
  const tables = [
    model('model.sluice.profiles', [column('profile_id'), column('city'), column('phone_e164')]),
    model('model.sluice.accounts', [column('name')]),
  ];
  return extendContracts([...tables, ...sources])
    .slice(0, 2)
    .map(({ columns }) => columns.slice(1));
};

test('a fact that a model declares is a trait of the profile, named, typed and described as there', () => {
  const source = model('model.shop.stg_shop', [
    column('size', { attribute: 'shirt_size', label: 'Shirt size', pii: false }, 'LowCardinality(Nullable(String))'),
    column('born', { attribute: 'birth_date', pii: true }, 'Date'),
    column('seen', { attribute: 'first_fitting_at' }, "DateTime64(3, 'Europe/Berlin')"),
  ]);
  const [profile = []] = extended(source);
  expect(profile.filter(({ name }) => !name.endsWith('_source')).map(({ name, dataType, meta }) => [name, dataType, meta.sluice])).toEqual([
    ['city', undefined, {}],
    ['phone_e164', undefined, {}],
    ['shirt_size', 'Nullable(String)', { trait: true, label: 'Shirt size', pii: false }],
    ['birth_date', 'Nullable(Date)', { trait: true, label: 'birth_date', pii: true }],
    ['first_fitting_at', "Nullable(DateTime64(3, 'UTC'))", { trait: true, label: 'first_fitting_at' }],
  ]);
});

test('facts that have a column already add none, and those of accounts belong to accounts', () => {
  const source = model('model.shop.stg_shop', [
    column('town', { attribute: 'city' }),
    column('tel', { attribute: 'phone' }),
    column('vat', { attribute: 'tax_id', entity: 'account' }),
  ]);
  const [profile, account] = extended(source);
  expect(profile?.map(({ name }) => name)).toEqual(['city', 'phone_e164']);
  expect(account?.map(({ name }) => name)).toEqual(['tax_id']);
});

test('two models that give one fact make one column, as the first of them by name describes it', () => {
  const [profile = []] = extended(
    model('model.shop.stg_b', [column('x', { attribute: 'size', label: 'B' })]),
    model('model.shop.stg_a', [column('y', { attribute: 'size', label: 'A' })]),
  );
  expect(profile.filter(({ name }) => name === 'size').map(({ meta }) => meta.sluice)).toEqual([{ trait: true, label: 'A' }]);
});
