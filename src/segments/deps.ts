/** What the composition root passes to this room. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { DocumentReader } from '../documents/kind.ts';
import type { Leases } from '../store/leases.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { DependentSyncs } from './dependents.ts';
import type { Language } from './sentences/language.ts';

export interface SegmentDeps {
  readonly warehouse: Pick<Warehouse, 'owner' | 'reader' | 'publisher' | 'databases'>;
  /** Definitions are documents of the kind `segment`. */
  readonly resources: Pick<DocumentReader, 'list'>;
  readonly leases: Pick<Leases, 'withLease'>;
  readonly catalogue: () => Promise<Catalogue>;
  /** Models of the project whose SQL names a view, such as `audience_lapsing`. */
  readonly modelsReading: (view: string) => Promise<readonly { readonly name: string; readonly file: string }[]>;
  /** Syncs of segments, for what sizes and edits mean to them. Left out where none are known, as in a check before anything is applied. */
  readonly dependents?: DependentSyncs;
  /** IANA zone of the workspace. */
  readonly timezone: string;
  /** Whether conditions may be written in SQL (SLUICE_SEGMENT_SQL). Default: no. */
  readonly allowsSql?: boolean;
  /** Of how many published versions the members are kept (SLUICE_SEGMENT_VERSIONS). Default: 3. */
  readonly keptVersions?: number;
  /** What sentences are written in where nobody asks for another one (SLUICE_LANGUAGE). Default: English. */
  readonly language?: Language;
  readonly now: () => Date;
}
