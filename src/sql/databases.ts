/** The databases of one installation, and the one place that renames them. */
import { quoteIdentifier, quoteIfNeeded } from './sql-text.ts';

const ROLES = ['raw', 'staging', 'identity', 'state', 'audit'] as const;
export const DATABASE_ROLES = ['published', ...ROLES] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

export type Databases = Readonly<Record<DatabaseRole, string>>;

/** `sluice` → { published: 'sluice', raw: 'sluice_raw', … }. */
export function databasesOf(prefix: string): Databases {
  return Object.freeze({
    published: prefix,
    raw: `${prefix}_raw`,
    staging: `${prefix}_staging`,
    identity: `${prefix}_identity`,
    state: `${prefix}_state`,
    audit: `${prefix}_audit`,
  });
}

const NAME = `sluice((?:_(?:${ROLES.join('|')}))?)`;
/** `sluice_raw.events`, and the bare name after the word `database`, as in `create database if not exists sluice_raw`. */
const LITERAL = new RegExp(`\\b${NAME}(?=\\.)|(?<=\\bdatabase (?:if (?:not )?exists )?)${NAME}\\b`, 'gi');

/**
 * Which way names a database: SQL that stands in the code as it is names it literally and is renamed here, by the client, on its way out; SQL that is put
 * together for a table known only at run time (a user's model, an audience) names the real one, by `qualified` of sql-text.ts, and is left as it is.
 *
 * Our own SQL names databases literally (`sluice_state.sync_ledger`), so that it reads and runs as it stands; an installation
 * with another prefix gets them renamed here. Only SQL of this code base passes through: never text from users.
 */
export function withPrefix(sql: string, prefix: string): string {
  return prefix === 'sluice' ? sql : sql.replace(LITERAL, (_, qualified?: string, bare?: string) => `${prefix}${qualified ?? bare ?? ''}`);
}

/**
 * The name of a database in a statement that is shown or run, quoted where needed. The databases of the default prefix `sluice` are always
 * quoted: they may belong to another installation, and `withPrefix` would rename them where they are not quoted.
 */
export const quoteDatabase = (name: string): string =>
  Object.values(databasesOf('sluice')).includes(name) ? quoteIdentifier(name) : quoteIfNeeded(name);
