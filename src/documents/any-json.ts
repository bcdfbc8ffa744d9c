/** JSON of any kind where an answer holds what others defined: a document, a value of a row. */
import { z } from '@hono/zod-openapi';

/** Not `z.json()`: the generator of the API's description follows its recursion without end. */
export const AnyJson = z.unknown().openapi({ description: 'A JSON value of any kind.' });

export const JsonObject = z.record(z.string(), AnyJson);

/** A value as it will travel: dates as texts, what is undefined left out. */
export const asJson = (value: object) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
