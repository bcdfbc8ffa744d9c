/** Names and types of the columns of a raw table. Pure. */
import { errors } from './errors.ts';

export interface Column {
  readonly name: string;
  /** ClickHouse's. */
  readonly type: string;
}

/** Ours, in every loaded table, after the file's. */
export const LOAD_COLUMNS = ['_load_id', '_loaded_at'] as const;

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** `pos`, `transactions` → `pos__transactions`; two underscores part them, so neither may hold two. @throws CdpError `loads.name`. */
export function rawTableOf(source: string, table: string): string {
  for (const name of [source, table])
    if (!NAME.test(name) || name.length > 60) throw errors.name(`"${name}" cannot name a source or table`);
  return `${source}__${table}`;
}

/** The first line as names: trimmed, those without one numbered, repeated ones told apart. @throws CdpError `loads.format`. */
export function columnNames(header: readonly string[], file: string): string[] {
  const taken = new Set<string>(LOAD_COLUMNS);
  return header.map((cell, index) => {
    const wanted = cell.trim() === '' ? `column_${index + 1}` : cell.trim();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (wanted.length > 128 || /[\u0000-\u001f]/.test(wanted)) {
      throw errors.format(`${file}: column ${index + 1} has no usable name: at most 128 characters, no line breaks`);
    }
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${count}`;
    taken.add(name);
    return name;
  });
}

export const quoted = (identifier: string) => `\`${identifier.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

/** What ClickHouse inferred, in the form that a raw table keeps: always nullable (the next file may lack a value), times in UTC. */
export function keptType(inferred: string): string {
  const [, inner = inferred] = /^Nullable\((.*)\)$/s.exec(inferred) ?? [];
  if (/^DateTime64\(\d+\)$/.test(inner) || inner === 'DateTime') return "Nullable(DateTime64(6, 'UTC'))";
  // Lists and objects stay JSON text: staging models say what they mean.
  return /^(Bool|U?Int\d+|Float\d+|Date|Date32)$/.test(inner) ? `Nullable(${inner})` : 'Nullable(String)';
}
