/** The composition root: opens warehouse, store, dbt and queue on first use, and passes them on explicitly. */
import type { Config } from './config.ts';
import type { Dbt } from './dbt/dbt.ts';
import type { Queue } from './schedule/queue.ts';
import type { Store } from './store/store.ts';
import type { Warehouse } from './warehouse/warehouse.ts';

export interface App {
  readonly config: Config;
  warehouse(): Promise<Warehouse>;
  store(): Promise<Store>;
  queue(): Promise<Queue>;
  dbt(): Promise<Dbt>;
  /** Closes what was opened, last opened first. Servers that other processes use stay up. */
  close(): Promise<void>;
}

export function openApp(config: Config): App {
  const closers: (() => Promise<void>)[] = [];

  /** Opened by the first who asks, shared by the others. Parts are imported on demand: `--help` loads none of them. */
  function once<T extends { close(): Promise<void> }>(open: () => Promise<T>): () => Promise<T> {
    let opened: Promise<T> | undefined;
    const openAndRemember = async () => {
      const part = await open();
      closers.push(() => part.close());
      return part;
    };
    return () => (opened ??= openAndRemember());
  }

  const warehouse = once(async () => (await import('./warehouse/warehouse.ts')).openWarehouse(config));
  const store = once(async () => (await import('./store/store.ts')).openStore(config));
  const queue = once(async () =>
    (await import('./schedule/queue.ts')).openQueue(await store(), { onError: (error) => process.emitWarning(error) }),
  );
  const dbt = once(async () => (await import('./dbt/dbt.ts')).openDbt(config, await warehouse(), await store()));

  return {
    config,
    warehouse,
    store,
    queue,
    dbt,
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}
