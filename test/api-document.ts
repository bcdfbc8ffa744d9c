/** The served description of the API as a test uses it: what may be sent, and whether a reply is as it says. */
import * as z from 'zod';

export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
};

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
  readonly security?: readonly unknown[];
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Operation {
  /** `GET /api/syncs/{id}`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly isSecured: boolean;
  readonly statuses: readonly string[];
  /** Why a reply is not one that the document describes; undefined when it is. */
  misfitOf(reply: Response): Promise<string | undefined>;
}

export function operationsOf(document: Document): Operation[] {
  const { schemas } = document.components;
  const resolve = (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : (schemas[schema.$ref.replace('#/components/schemas/', '')] ?? schema);
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const checks = new Map<string, z.ZodType>();
      const body = described.requestBody?.content['application/json']?.schema;
      return {
        name,
        method: method.toUpperCase(),
        path,
        parameters: (described.parameters ?? []).map((parameter) => ({ ...parameter, schema: inlined(parameter.schema, resolve) })),
        body: body && inlined(body, resolve),
        isSecured: (described.security ?? []).length > 0,
        statuses: Object.keys(described.responses),
        async misfitOf(reply) {
          const response = described.responses[String(reply.status)];
          if (response === undefined) return `${name} does not describe the status ${reply.status}`;
          const [type = ''] = (reply.headers.get('content-type') ?? '').split(';');
          const schema = response.content?.[type]?.schema;
          if (schema === undefined) return `${name} does not describe ${type} of ${reply.status}`;
          if (type !== 'application/json') return undefined;
          const key = `${reply.status}`;
          const check = checks.get(key) ?? z.fromJSONSchema(closed(inlined(schema, resolve)) as Parameters<typeof z.fromJSONSchema>[0]);
          checks.set(key, check);
          const parsed = check.safeParse(await reply.json());
          return parsed.success ? undefined : `${name} ${reply.status}: ${z.prettifyError(parsed.error)}`;
        },
      };
    }),
  );
}

/** Without references, and with one object in place of several that all hold. Our schemas are trees. */
function inlined(schema: Schema, resolve: (schema: Schema) => Schema): Schema {
  const { $ref: _, allOf, ...own } = resolve(schema);
  const inner = (one: Schema) => inlined(one, resolve);
  const all = (allOf ?? []).map(inner);
  const whole: Schema =
    all.length === 0
      ? own
      : {
          ...Object.assign({}, own, ...all),
          properties: Object.assign({}, own.properties, ...all.map(({ properties }) => properties)),
          required: [own, ...all].flatMap(({ required = [] }) => required),
        };
  return {
    ...whole,
    ...(whole.properties && { properties: Object.fromEntries(Object.entries(whole.properties).map(([key, one]) => [key, inner(one)])) }),
    ...(whole.items && { items: inner(whole.items) }),
    ...(whole.prefixItems && { prefixItems: whole.prefixItems.map(inner) }),
    ...(whole.anyOf && { anyOf: whole.anyOf.map(inner) }),
    ...(whole.oneOf && { oneOf: whole.oneOf.map(inner) }),
    ...(typeof whole.additionalProperties === 'object' && { additionalProperties: inner(whole.additionalProperties) }),
  };
}

/** A property that the document does not name is one that nobody can rely on: it is a misfit. */
function closed(schema: Schema): Schema {
  const { properties, items, anyOf, oneOf, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, closed(one)])),
      additionalProperties: additionalProperties ?? false,
    }),
    ...(items && { items: closed(items) }),
    ...(anyOf && { anyOf: anyOf.map(closed) }),
    ...(oneOf && { oneOf: oneOf.map(closed) }),
  };
}
