/** Requests made of what the document says may be sent: as it says, at its edges, and not as it says. */
import fc from 'fast-check';
import type { Operation, Schema } from './api-document.ts';

export interface FuzzRequest {
  /** With its query. */
  readonly path: string;
  readonly init: RequestInit;
}

/** Texts that break what is not careful: empty, long, of other scripts, with a NUL, half of a character, a quote, a path. */
const ODD = ['', ' ', '\u0000', '\ud800', "' or 1=1 --", '../../x', '%', '💥'.repeat(60), 'x'.repeat(5_000), 'null', '-1', '1e999'];

/** @param known names and ids that are there, so that calls get further than 404. */
export function requestsOf(
  operation: Operation,
  known: readonly string[],
  keys: readonly (string | undefined)[],
): fc.Arbitrary<FuzzRequest> {
  const parameters = operation.parameters.map((parameter) =>
    fc.record({
      place: fc.constant(parameter.in),
      name: fc.constant(parameter.name),
      // Left out now and then also where it is required; a path has all of its parts.
      value: fc.oneof(
        { weight: 6, arbitrary: valuesOf(parameter.schema, known).map(text) },
        { weight: 1, arbitrary: fc.constantFrom(...ODD) },
        ...(parameter.in === 'path' ? [] : [{ weight: 3, arbitrary: fc.constant(undefined) }]),
      ),
    }),
  );
  const body =
    operation.body === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { weight: 8, arbitrary: valuesOf(operation.body, known).map((value) => JSON.stringify(value)) },
          { weight: 1, arbitrary: fc.constantFrom('', '{', '[]', 'null', '"x"', '{"__proto__":{}}') },
          { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)) },
        );
  const type = fc.oneof({ weight: 12, arbitrary: fc.constant('application/json') }, { weight: 1, arbitrary: fc.constant('text/plain') });
  return fc.record({ parameters: fc.tuple(...parameters), body, type, key: fc.constantFrom(...keys) }).map((made) => {
    let path = operation.path;
    const query = new URLSearchParams();
    const headers: Record<string, string> = {};
    if (made.key !== undefined) headers.authorization = `Bearer ${made.key}`;
    for (const { place, name, value } of made.parameters) {
      if (place === 'path') path = path.replace(`{${name}}`, encoded(value ?? ''));
      else if (value !== undefined && place === 'query') query.append(name, value);
      else if (value !== undefined && /^[\x21-\x7e]+$/.test(value)) headers[name] = value;
    }
    if (made.body !== undefined) headers['content-type'] = made.type;
    const search = query.size > 0 ? `?${query}` : '';
    return {
      path: `${path}${search}`,
      init: { method: operation.method, headers, ...(made.body === undefined ? {} : { body: made.body }) },
    };
  });
}

/** A part of a path is never empty: that is another address. */
const encoded = (value: string) => encodeURIComponent(value.toWellFormed()).replace(/^\.{0,2}$/, '%2E%2E%2E');
const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** Mostly what the schema allows, its edges among it; now and then what it does not. */
function valuesOf(schema: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return mostly(fc.constantFrom(...schema.enum));
  if (choices !== undefined) return fc.oneof(...choices.map((one) => valuesOf(one, known)));
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const arbitraries = types.map((type) => ofType(type, schema, known));
  return arbitraries.length === 0 ? fc.jsonValue({ maxDepth: 2 }) : fc.oneof(...arbitraries);
}

function ofType(type: string, schema: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return mostly(fc.boolean());
    case 'integer':
    case 'number': {
      const { minimum = -1_000, maximum = 1_000_000 } = schema;
      const edges = [minimum, maximum, minimum - 1, maximum + 1];
      return mostly(fc.oneof(fc.integer({ min: Math.ceil(minimum), max: Math.floor(maximum) }), fc.constantFrom(...edges)));
    }
    case 'string':
      return mostly(ofText(schema, known));
    case 'array': {
      const { minItems = 0, maxItems = 4 } = schema;
      const items = schema.prefixItems?.map((one) => valuesOf(one, known));
      if (items !== undefined) return mostly(fc.tuple(...items));
      return mostly(fc.array(valuesOf(schema.items ?? {}, known), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 3) }));
    }
    default: {
      const required = schema.required ?? [];
      const shape = Object.entries(schema.properties ?? {}).map(([key, one]) => [key, valuesOf(one, known)] as const);
      return mostly(
        fc.record(Object.fromEntries(shape), { requiredKeys: required.filter((key) => schema.properties?.[key] !== undefined) }),
      );
    }
  }
}

function ofText({ format, minLength = 0, maxLength = 60 }: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  const names = fc.constantFrom(...known);
  if (format === 'uuid') return fc.oneof(fc.uuid(), names);
  if (format === 'date-time')
    return fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      names,
    );
  return fc.oneof(
    { weight: 4, arbitrary: names },
    { weight: 2, arbitrary: fc.string({ minLength, maxLength: Math.min(maxLength + 1, 260) }) },
  );
}

const mostly = (fitting: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 9, arbitrary: fitting },
    { weight: 1, arbitrary: fc.oneof(fc.constantFrom<unknown>(...ODD), fc.jsonValue({ maxDepth: 1 })) },
  );
