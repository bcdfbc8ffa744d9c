/** What a destination expects in a field, taken from the connector's zod schema. It decides the cast and the check in the warehouse. */
import * as z from 'zod';

/** What a value is on the wire: `timestamp` as ISO 8601 in UTC, `date` as yyyy-mm-dd, `number` with all its digits, `json` a list or object. */
export type ValueKind = 'text' | 'email' | 'integer' | 'number' | 'boolean' | 'timestamp' | 'date' | 'json';

/**
 * When the destination treats two keys as one. `email`: ignores case, spaces around, and how an accent is composed. `phone`: compares only
 * the digits of the international number. `case_insensitive`: as `email`, but spaces count.
 */
export const Comparison = z.enum(['exact', 'email', 'phone', 'case_insensitive']);
export type Comparison = z.output<typeof Comparison>;

export interface FieldDeclaration {
  /** `any`: the field takes the type that the source has. */
  readonly kind: ValueKind | 'any';
  readonly compares: Comparison;
  /** An e-mail address may have letters of any script: `z.email({ pattern: z.regexes.unicodeEmail })`. */
  readonly isInternational: boolean;
  readonly isRequired: boolean;
  readonly isPii: boolean;
  readonly label: string | undefined;
}

const FieldMeta = z.looseObject({ pii: z.boolean().optional(), label: z.string().optional(), compares: Comparison.optional() });

/** The declaration of `field`, or undefined when the object neither names it nor takes fields of any name. */
export function fieldDeclaration(schema: z.ZodObject, field: string): FieldDeclaration | undefined {
  const declared = Object.hasOwn(schema.shape, field) ? schema.shape[field] : schema.def.catchall;
  if (!declared || declared instanceof z.ZodNever) return undefined;
  const meta = FieldMeta.parse(z.globalRegistry.get(declared as z.ZodType) ?? {});
  const { kind, isInternational } = kindOf(declared as z.ZodType);
  return {
    kind,
    isInternational,
    // Every mail service that we know delivers `Ada@example.com` and `ada@example.com` to one person, and marketing tools use the address
    // as a key in that way.
    compares: meta.compares ?? (kind === 'email' ? 'email' : 'exact'),
    isRequired: Object.hasOwn(schema.shape, field) && !(declared as z.ZodType).safeParse(undefined).success,
    isPii: meta.pii ?? false,
    label: meta.label,
  };
}

/** Names to suggest when a mapping names a field that the object does not have. */
export const declaredFields = (schema: z.ZodObject): string[] => Object.keys(schema.shape);

interface Kind {
  readonly kind: ValueKind | 'any';
  readonly isInternational: boolean;
}

function kindOf(schema: z.ZodType): Kind {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return kindOf(schema.unwrap() as z.ZodType);
  }
  const isInternational = schema instanceof z.ZodEmail && international.has(schema.def.pattern);
  return { kind: plainKindOf(schema), isInternational };
}

const international: ReadonlySet<RegExp | undefined> = new Set([z.regexes.unicodeEmail, z.regexes.idnEmail]);

function plainKindOf(schema: z.ZodType): ValueKind | 'any' {
  if (schema instanceof z.ZodEmail) return 'email';
  if (schema instanceof z.ZodISODateTime) return 'timestamp';
  if (schema instanceof z.ZodISODate) return 'date';
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat || schema instanceof z.ZodEnum) return 'text';
  if (schema instanceof z.ZodNumber) return schema.isInt ? 'integer' : 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  return 'any';
}
