/** The two servers that we embed. */
import type { Service, ServiceName } from './service.ts';

/** Loaded on demand: a keeper runs one service and should not pay for the others. */
export async function loadService(name: ServiceName): Promise<Service> {
  switch (name) {
    case 'clickhouse':
      return (await import('./clickhouse/service.ts')).clickhouse;
    case 'postgres':
      return (await import('./postgres/service.ts')).postgres;
  }
}
