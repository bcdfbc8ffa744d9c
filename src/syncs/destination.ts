/** From a destination document to a connector with its settings, the references to secrets resolved. */
import * as z from 'zod';
import type { Connector } from '../connector-kit/connector.ts';
import { formatPath, formatProblem, type Problem } from '../documents/problem.ts';
import { suggestion } from './compile-mapping.ts';
import type { DestinationDefinition } from './definition.ts';
import type { SyncDeps } from './deps.ts';
import { errors } from './errors.ts';
import { invalid, problemsWithin } from './issues.ts';

export interface Destination {
  readonly connector: Connector;
  readonly config: Record<string, unknown>;
  /** Texts that no message may contain. */
  readonly secrets: readonly string[];
}

const reference = /^(env|secret):([A-Za-z_][A-Za-z0-9_.-]*)$/;

/** @throws CdpError `syncs.invalid` (with the place in the document) or `syncs.secret_missing`. */
export async function openDestination(
  deps: Pick<SyncDeps, 'connectors' | 'environment'> & { readonly secrets: Pick<SyncDeps['secrets'], 'get'> },
  definition: DestinationDefinition,
): Promise<Destination> {
  const connector = connectorOf(deps, definition);
  assertSecretsAreReferences(connector, definition);
  const secrets: string[] = [];
  const resolved: Record<string, unknown> = {};
  const unset: (Problem & { readonly name: string })[] = [];
  for (const [field, value] of Object.entries(definition.config)) {
    const { name, text } = await resolve(deps, value);
    if (name === undefined) resolved[field] = value;
    else if (text === undefined) unset.push({ path: ['config', field], message: `the environment variable ${name} is not set`, name });
    else {
      resolved[field] = text;
      secrets.push(text, ...passwordIn(text));
    }
  }
  const config = connector.config.safeParse(resolved);
  const document = `destination ${definition.id}`;
  const found = config.success ? [] : problemsWithin(config.error, connector.config, resolved, ['config']);
  // What is not set here may be set where the service runs; everything else is told at once.
  const wrong = found.filter(({ path }) => !unset.some((one) => formatPath(one.path) === formatPath(path)));
  if (wrong.length > 0) throw invalid(document, wrong);
  const [first] = unset;
  if (first) {
    const sentences = unset.map((problem) => `${document}: ${formatProblem(problem)}`);
    throw errors.secret_missing(sentences.join('\n'), { context: { name: first.name }, problems: unset });
  }
  if (!config.success) throw invalid(document, found);
  return { connector, config: config.data, secrets };
}

/** @throws CdpError `syncs.invalid`. */
export function connectorOf(deps: Pick<SyncDeps, 'connectors'>, definition: DestinationDefinition): Connector {
  const connector = Object.hasOwn(deps.connectors, definition.connector) ? deps.connectors[definition.connector] : undefined;
  if (connector) return connector;
  const hint = suggestion(definition.connector, Object.keys(deps.connectors));
  throw invalid(`destination ${definition.id}`, [{ path: ['connector'], message: `there is no connector ${definition.connector}${hint}` }]);
}

/** Documents are kept in git and in the control plane in the clear. */
function assertSecretsAreReferences(connector: Connector, definition: DestinationDefinition): void {
  for (const [name, value] of Object.entries(definition.config)) {
    const schema = connector.config.shape[name];
    const isSecret =
      schema !== undefined && (z.globalRegistry.get(schema as z.ZodType) as { secret?: boolean } | undefined)?.secret === true;
    if (isSecret && !(typeof value === 'string' && reference.test(value))) {
      const message = 'is a secret: give env:NAME or secret:NAME in its place';
      throw invalid(`destination ${definition.id}`, [{ path: ['config', name], message }]);
    }
  }
}

/** @returns `name` of what is referred to, and its text where it is set; neither of a value that is no reference. */
async function resolve(
  deps: Pick<SyncDeps, 'environment'> & { readonly secrets: Pick<SyncDeps['secrets'], 'get'> },
  value: unknown,
): Promise<{ readonly name?: string; readonly text?: string | undefined }> {
  const [, kind, name] = (typeof value === 'string' && reference.exec(value)) || [];
  if (!kind || !name) return {};
  const text = kind === 'env' ? deps.environment[name] : await deps.secrets.get(name);
  return { name, text: text === '' ? undefined : text };
}

/** The password of a connection URL is also listed by itself, because drivers print the parts of a URL. */
function passwordIn(text: string): string[] {
  const password = URL.parse(text)?.password;
  return password ? [password, decodeURIComponent(password)] : [];
}
