/** Values that sites, apps and tills write, each with what it means: the truth is declared beside the value, not computed from it. */

/** How a source writes numbers: as machines do, as declared with a decimal comma, or nobody said. */
export type NumberFormat = 'undeclared' | 'comma';

/** Cents, in the currency that the text itself names ('' for none). null: unknown. */
export interface Money {
  readonly cents: bigint | null;
  readonly currency?: string;
}

export interface WrittenMoney {
  /** As JSON, so that numbers that no serializer writes are among them. */
  readonly json: string;
  readonly undeclared: Money;
  readonly comma: Money;
}

const unknown: Money = { cents: null };
const cents = (value: bigint | number, currency?: string): Money => ({
  cents: BigInt(value),
  ...(currency === undefined ? {} : { currency }),
});
const both = (json: string, money: Money): WrittenMoney => ({ json, undeclared: money, comma: money });
const written = (text: string, undeclared: Money, comma: Money): WrittenMoney => ({ json: JSON.stringify(text), undeclared, comma });

/** What is there but says nothing: the next name counts. */
export const NOTHING: readonly string[] = ['null', '""', '"  "', '[]', '{}'];

export const MONEY: readonly WrittenMoney[] = [
  both('0', cents(0)),
  both('20', cents(2_000)),
  both('20.5', cents(2_050)),
  both('0.30000000000000004', cents(30)),
  both('4.35', cents(435)),
  both('1.005', cents(101)),
  both('-7.25', cents(-725)),
  both('1e3', cents(100_000)),
  both('1e15', cents(10n ** 17n)),
  both('1e18', unknown),
  both('1e308', unknown),
  both('123456789012345678901234567890', unknown),
  both('true', unknown),
  both('[12.5]', unknown),
  both('{"amount":12.5,"currency":"EUR"}', unknown),
  written('17', cents(1_700), cents(1_700)),
  written('1e2', cents(10_000), cents(10_000)),
  written('12.50', cents(1_250), unknown),
  written('12,50', unknown, cents(1_250)),
  written('10 237,65', unknown, cents(1_023_765)),
  written('10 237,65', unknown, cents(1_023_765)),
  written('1.355,90', unknown, cents(135_590)),
  written('1,355.90', unknown, unknown),
  written('1.234', unknown, cents(123_400)),
  written('1,234', unknown, cents(123)),
  written("1'234", cents(123_400), cents(123_400)),
  written('0.756', cents(76), unknown),
  written('(12)', cents(-1_200), cents(-1_200)),
  written('12-', cents(-1_200), cents(-1_200)),
  written('−12', cents(-1_200), cents(-1_200)),
  written('(-12)', unknown, unknown),
  written('12 EUR', cents(1_200, 'EUR'), cents(1_200, 'EUR')),
  written('€12', cents(1_200, 'EUR'), cents(1_200, 'EUR')),
  written('usd 12', cents(1_200, 'USD'), cents(1_200, 'USD')),
  written('n/a', unknown, unknown),
  written('inf', unknown, unknown),
  written('nan', unknown, unknown),
  written('-', unknown, unknown),
  written('1.2.3', unknown, unknown),
  written('12 pcs', unknown, unknown),
  written('<b>12</b>', unknown, unknown),
];

/** What a property `currency` holds, and the currency that it means; '' for none. */
export const CURRENCIES: readonly { readonly json: string; readonly code: string }[] = [
  { json: '"USD"', code: 'USD' },
  { json: '"EUR"', code: 'EUR' },
  { json: '"eur"', code: 'EUR' },
  { json: '" JPY "', code: 'JPY' },
  { json: '"€"', code: 'EUR' },
  { json: '"EURO"', code: '' },
  { json: '"xx"', code: '' },
  { json: '"$"', code: '' },
  { json: '978', code: '' },
  { json: '{"code":"EUR"}', code: '' },
];

/** What stands where a list of products belongs: each says something of one product, and cannot be read. */
export const ODD_PRODUCTS: readonly string[] = [
  '["sku-1"]',
  '[null,7]',
  '{"product_id":"p1","price":10}',
  '"[{\\"product_id\\":\\"p1\\"}]"',
  '"p1"',
  '7',
];

/** Written with the name of the month, and the moment that is meant, of a clock in Berlin. */
export const NAMED_DAYS = [
  ['2 Mar 2026', '2026-03-01 23:00:00.000'],
  ['02-MAR-2026 14:05', '2026-03-02 13:05:00.000'],
  ['March 2, 2026 2:05 PM', '2026-03-02 13:05:00.000'],
  ['Mon, 02 Mar 2026 14:05:01 +0200', '2026-03-02 12:05:01.000'],
  ['Mon Mar 02 2026 14:05:01 GMT+0100', '2026-03-02 13:05:01.000'],
  ['Mon Mar 02 2026 14:05:01 GMT+0100 (Central European Standard Time)', '2026-03-02 13:05:01.000'],
  ['Mon Mar  2 14:05:01 2026', '2026-03-02 13:05:01.000'],
  ['2026 Mar 2', '2026-03-01 23:00:00.000'],
  ['2026-Mar-02 14:05', '2026-03-02 13:05:00.000'],
  ['2. September 2026 14:05:06.123', '2026-09-02 12:05:06.123'],
] as const;
/** No day or hour that there is, or no certain one. */
export const NO_DAYS = [
  '2 Mar 2026 25:00',
  '29 Mar 2026 02:30',
  '31 Feb 2026',
  '2 Mar 26 2026',
  '2 Mar 26',
  'Mar 2026',
  '2026 Mar',
  '2026 Mar 32',
  '12 Mar 2026 10:00 May',
  '2 Mar 2026 13:00 PM',
  // by the hour of 2026, or a second of 2034
  '2026030214',
];

/** Each says something of what came back, and nobody can say what. */
export const ODD_REFUNDS = ['"revenue":{"amount":10,"currency":"EUR"}', ...ODD_PRODUCTS.map((products) => `"products":${products}`)];
