/** From a destination document to a connector with its settings, the references to secrets resolved. */
import * as z from 'zod';
import type { Connector } from '../connector-kit/connector.ts';
import { formatProblem, type Path } from '../documents/problem.ts';
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
  deps: Pick<SyncDeps, 'connectors' | 'environment' | 'secrets'>,
  definition: DestinationDefinition,
): Promise<Destination> {
  const connector = connectorOf(deps, definition);
  assertSecretsAreReferences(connector, definition);
  const secrets: string[] = [];
  const resolved: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(definition.config)) {
    resolved[name] = await resolve(deps, `destination ${definition.id}`, ['config', name], value, secrets);
  }
  const config = connector.config.safeParse(resolved);
  if (!config.success) throw invalid(`destination ${definition.id}`, problemsWithin(config.error, connector.config, resolved, ['config']));
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

async function resolve(
  deps: Pick<SyncDeps, 'environment' | 'secrets'>,
  document: string,
  path: Path,
  value: unknown,
  secrets: string[],
): Promise<unknown> {
  const [, kind, name] = (typeof value === 'string' && reference.exec(value)) || [];
  if (!kind || !name) return value;
  const text = kind === 'env' ? deps.environment[name] : await deps.secrets.get(name);
  if (text === undefined || text === '') {
    const problem = { path, message: `the environment variable ${name} is not set` };
    throw errors.secret_missing(`${document}: ${formatProblem(problem)}`, { context: { name }, problems: [problem] });
  }
  secrets.push(text, ...passwordIn(text));
  return text;
}

/** The password of a connection URL is also listed by itself, because drivers print the parts of a URL. */
function passwordIn(text: string): string[] {
  const password = URL.parse(text)?.password;
  return password ? [password, decodeURIComponent(password)] : [];
}
