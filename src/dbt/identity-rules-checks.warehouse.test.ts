import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWithRules, LEAST_RULES, outcomesOf, rulesOfProject, withRule, type Yaml } from '../../test/identity-rules.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await testWarehouse();
});
afterAll(() => warehouse.close());

const person = 'entities.person';
const email = `${person}.identifiers.email`;
const composite = `${person}.composites.household`;

/** [place, value, sentence]: a sentence that starts with a dot or a colon continues the place. */
const wrong: readonly (readonly [string, Yaml, string])[] = [
  ['entity', {}, ': there is no such key; known: default_country_calling_code, entities'],
  ['default_country_calling_code', '+1', ': it must be the calling code of a country, 1 to 3 digits such as 1 or 44, and is "+1"'],
  ['entities', {}, ': there must be rules for person; account may be left out'],
  ['entities', null, ': it must be a block of keys, and is null'],
  ['entities.household', {}, ': there is no such key; known: person, account'],
  [`${person}.identifiers`, {}, ': an entity needs at least one identifier type'],
  [`${person}.survivour`, 'oldest', ': there is no such key; known: survivor, on_conflict'],
  [`${person}.survivor`, 'newest', ': there is no newest; known: oldest, largest'],
  [`${person}.on_conflict`, 'both', ': there is no both; known: last, first, isolate'],
  [`${person}.max_size`, 0, ': it must be a whole number of at least 1, and is 0'],
  [`${person}.max_growth`, 'much', ': it must be a whole number of at least 1, and is "much"'],
  [`${person}.shared_device_days`, true, ': it must be a whole number of at least 1, and is true'],
  [`${person}.sightings.min`, 0, ': it must be a whole number of at least 1, and is 0'],
  [`${person}.sightings.max`, 3, ': there is no such key; known: min'],
  [
    `${person}.identifiers.E-mail`,
    { priority: 1 },
    'vars.sluice.identity.entities.person.identifiers: "E-mail" is not a name: small letters, digits and _',
  ],
  [email, { normalise: 'email' }, ': it has no priority: give a whole number, 1 for the strongest'],
  [`${email}.priority`, 1.5, ': it must be a whole number of at least 1, and is 1.5'],
  [`${email}.normaliser`, 'email', ': there is no such key; known: priority, normalise'],
  [`${email}.normalise`, 'e164', ': there is no normaliser e164; known: email, phone, domain, lower, trim, none, or { macro:'],
  [`${email}.normalise`, { email: {}, phone: {} }, ': it names more than one normaliser; known: email, phone'],
  [`${email}.normalise.email.strip_dots`, true, ': there is no such key; known: strip_plus_tag, strip_gmail_dots'],
  [`${email}.normalise`, { lower: { strip_plus_tag: true } }, '.lower.strip_plus_tag: there is no such key; known: none'],
  [`${email}.normalise`, { email: { strip_plus_tag: 'often' } }, '.email.strip_plus_tag: it must be true or false, and is "often"'],
  [
    `${email}.normalise`,
    { phone: { country_calling_code: 'GB' } },
    '.phone.country_calling_code: it must be the calling code of a country',
  ],
  [`${email}.normalise`, { macro: 'no_such_macro' }, '.macro: there is no macro no_such_macro in this project'],
  [`${email}.normalise`, { macro: 'run_query' }, '.macro: there is no macro run_query in this project'],
  [`${email}.normalise`, { macro: 'env_var' }, '.macro: there is no macro env_var in this project'],
  // Values of rules are text to Jinja, never a template.
  ['entities.person.survivor', "{{ env_var('PATH') }}", ": there is no {{ env_var('PATH') }}; known: oldest, largest"],
  [`${email}.pattern`, 7, ': it must be a text, and is 7: write it in quotes'],
  [`${email}.block`, ['placeholder'], ': it must be a block of keys, and is ["placeholder"]'],
  [`${email}.block.classes`, ['nonsense'], ': there is no nonsense; known: placeholder, template, zeros'],
  [`${email}.block.values`, 'ada', ': it must be a list of texts, and is "ada"'],
  [`${email}.block.values`, [42], ': it must be a text, and is 42: write it in quotes'],
  [`${email}.limit`, 0, '.max: it must be a whole number of at least 1, and is 0'],
  [`${email}.limit`, { within_days: 3 }, ': max is missing: how many values one profile may have'],
  [`${email}.limit`, { max: 3, within_days: 0 }, '.within_days: it must be a whole number of at least 1, and is 0'],
  [`${email}.limit`, { max: 3, on_excess: 'drop' }, '.on_excess: there is no drop; known: split, detach, isolate'],
  [`${email}`, { priority: 1, unique: true, limit: 3 }, '.limit: `unique` is a limit of one already: keep one of the two'],
  [`${email}.unique`, 1, ': it must be true or false, and is 1'],
  [`${email}.caps.usr_id`, 3, ': there is no identifier type usr_id; known: user_id, email'],
  [`${email}.caps.email`, 3, ': two values of one type are never joined directly, so a cap on itself has no meaning'],
  [`${email}.caps.user_id`, 0, '.max: it must be a whole number of at least 1, and is 0'],
  [`${email}.caps.user_id`, { within_days: 30 }, ': max is missing: how many values of user_id one email may be seen with'],
  [`${email}.shared`, true, ': it sets the window of caps, and this type has none'],
  [composite, { priority: 3 }, '.parts: a composite is a list of at least two parts'],
  [composite, { priority: 3, parts: ['last_name'] }, '.parts: a composite is a list of at least two parts'],
  [composite, { priority: 3, parts: ['last_name', 'last_name'] }, '.parts: last_name is there twice'],
  [composite, { priority: 3, parts: ['last_name', { born: 'day' }] }, '.parts.born: there is no day; known: text, date, code'],
  [composite, { priority: 3, parts: ['last_name', 'Birth Date'] }, '.parts: "Birth Date" is not a name'],
  [composite, { priority: 3, parts: ['a', 'b'], pattern: 'x' }, '.pattern: there is no such key; known: parts, priority, block'],
  [`${person}.composites.email`, { priority: 3, parts: ['a', 'b'] }, ': there is an identifier type of this name already'],
  // Faults that only the database can find.
  [`${email}.pattern`, '(', ': "(" is not a regular expression that ClickHouse can compile'],
  [`${email}.pattern`, '(?=a)', ': "(?=a)" is not a regular expression that ClickHouse can compile'],
  [`${email}.block.patterns`, ["[a'"], ': "[a\'" is not a regular expression that ClickHouse can compile'],
  [`${email}.block.values`, ['Ada'], ': "Ada" joins no profiles anyway, because it is not an e-mail address'],
  [
    `${email}`,
    { priority: 2, pattern: '^a', block: { values: ['b'] } },
    '.block.values: "b" joins no profiles anyway, because it is not as the pattern wants it',
  ],
  [
    `${email}`,
    { priority: 2, block: { values: [' '] } },
    '.block.values: " " joins no profiles anyway, because it is empty once it is normalised',
  ],
  // Faults that only the models can find.
  [composite, { priority: 3, parts: ['last_name', 'postcode'] }, '.parts: no column of a model declares the part postcode'],
  [composite, { priority: 3, parts: ['last_name', 'city'] }, '.parts: no model declares all of last_name, city'],
  [
    composite,
    { priority: 3, parts: ['city', 'street'] },
    'models: stg_names: columns: last_name: meta.sluice.part: no composite of vars.sluice.identity.entities.person has a part last_name; known: city, street',
  ],
];

describe('a rule that cannot be meant', () => {
  let outcomes: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    const blocks = wrong.map(([place, value]) => withRule(place, value));
    const models = wrong.map((_, index) => [
      `wrong_${index}.sql`,
      `{% if execute %}{% do verify_identity_rules(read_identity_rules(var('blocks')[${index}])) %}{% endif %} select 1 as held`,
    ]);
    const staging = (name: string, parts: readonly string[]) => ({
      [`staging/${name}.sql`]: `select ${parts.map((part) => `'' as ${part}`).join(', ')}`,
      [`staging/${name}.yml`]: `
        models:
          - name: ${name}
            columns: [${parts.map((part) => `{ name: ${part}, meta: { sluice: { part: ${part} } } }`).join(', ')}]`,
    });
    const result = await buildWithRules(warehouse, {
      vars: { identity: LEAST_RULES, blocks },
      models: { ...Object.fromEntries(models), ...staging('stg_names', ['last_name']), ...staging('stg_places', ['city', 'street']) },
    });
    outcomes = outcomesOf(result);
  });

  test.each(wrong.map(([place, value, sentence], index) => [place, value, sentence, index] as const))(
    '%s: %j is an error that points at its place',
    (place, _value, sentence, index) => {
      expect(outcomes[`wrong_${index}`]).toContain(/^[.:]/.test(sentence) ? `vars.sluice.identity.${place}${sentence}` : sentence);
    },
  );

  test('stops the build before anything is built', async () => {
    const building = buildWithRules(warehouse, {
      vars: { identity: withRule(`${email}.caps.usr_id`, 3) },
      models: { 'some.sql': "select {{ normalise_identifier('person', 'email', \"'a'\") }} as value" },
    });
    await expect(building).rejects.toThrow(
      /vars\.sluice\.identity\.entities\.person\.identifiers\.email\.caps\.usr_id: there is no identifier type usr_id; known: user_id, email/,
    );
  });

  test('stops the identity graph of this project where only the database can tell', async () => {
    const result = await buildWithRules(warehouse, {
      vars: { identity: withRule(`${email}.pattern`, '(', await rulesOfProject()) },
      withModels: true,
      select: ['identity_observations', 'identity_identifiers'],
    });
    const outcomes = outcomesOf(result);
    expect(outcomes.identity_observations).toContain(`vars.sluice.identity.${email}.pattern: "(" is not a regular expression`);
    expect(result.models.find(({ name }) => name === 'identity_identifiers')?.status).toBe('skipped');
  });
});

describe('a column that declares what no rule knows', () => {
  test('is an error that points at the column', async () => {
    const declarations = {
      stg_type: 'identifier: e_mail, entity: person',
      stg_choice: 'identifier: [email, member], entity: person',
      stg_entity: 'identifier: email, entity: household',
      stg_nobody: 'identifier: email',
      stg_part: 'part: city, entity: household',
    };
    const result = await buildWithRules(warehouse, {
      vars: { identity: LEAST_RULES },
      models: Object.fromEntries(
        Object.entries(declarations).flatMap(([name, meta]) => [
          [`staging/${name}.sql`, "select '' as address"],
          [`staging/${name}.yml`, `models: [{ name: ${name}, columns: [{ name: address, meta: { sluice: { ${meta} } } }] }]`],
          [
            `reads_${name}.sql`,
            `{% if execute %}{% do declared_identifiers('${name}') or declared_parts('${name}') %}{% endif %} select 1 as held`,
          ],
        ]),
      ),
    });
    const outcomes = outcomesOf(result);
    const noRule = (name: string, type: string) =>
      `models: ${name}: columns: address: meta.sluice.identifier: there is no rule for ${type} in vars.sluice.identity.entities.person.identifiers; known: user_id, email`;
    const noEntity = (name: string, entity: string) =>
      `models: ${name}: columns: address: meta.sluice.entity: there is no entity ${entity}; known: person`;
    expect(outcomes.reads_stg_type).toContain(noRule('stg_type', 'e_mail'));
    expect(outcomes.reads_stg_choice).toContain(noRule('stg_choice', 'member'));
    expect(outcomes.reads_stg_entity).toContain(noEntity('stg_entity', 'household'));
    expect(outcomes.reads_stg_nobody).toContain('models: stg_nobody: columns: address: meta.sluice.entity: it is missing: one of person');
    expect(outcomes.reads_stg_part).toContain(noEntity('stg_part', 'household'));
  });
});
