/** The composition root: opens warehouse, store, dbt and queue on first use, and passes them on explicitly. */
import type { Config } from './config.ts';

export interface App {
  readonly config: Config;
  /** Closes what was opened, last opened first. Servers that other processes use stay up. */
  close(): Promise<void>;
}

export function openApp(config: Config): App {
  const closers: (() => Promise<void>)[] = [];
  return {
    config,
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}
