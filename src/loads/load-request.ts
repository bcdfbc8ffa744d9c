/** What to load, what the load needs, and its result. */
import type { Leases } from '../store/leases.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { ReadOptions } from './load-id.ts';

export interface LoadDeps {
  readonly warehouse: Pick<Warehouse, 'owner' | 'databases' | 'rawSource'>;
  readonly leases: Pick<Leases, 'withLease'>;
  /** Folder for downloads. */
  readonly dataDir: string;
}

export interface LoadRequest extends ReadOptions {
  /** File, folder or http(s) address. */
  readonly from: string;
  readonly source: string;
  readonly table: string;
  readonly mode: 'append' | 'replace';
  /** If one row is refused, nothing is loaded. */
  readonly isStrict?: boolean;
  readonly allowPrivateNetwork?: boolean;
}

export interface LoadedFile {
  readonly load_id: string;
  readonly file: string;
  /**
   * known: its content is in the table already, and nothing was done.
   * refused: no row of it fits the table, and nothing was done.
   */
  readonly status: 'loaded' | 'known' | 'refused';
  readonly rows: number;
  readonly rejected: number;
}
