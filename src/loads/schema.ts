/** What the room answers over HTTP, and its functions return. */
import { z } from '@hono/zod-openapi';

const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });
const count = z.number().int();

export const LoadListing = z
  .object({
    load_id: z.string(),
    source: z.string(),
    table: z.string().openapi({ description: 'Table of that source; in the warehouse <source>__<table>.' }),
    file: z.string(),
    format: z.string().openapi({ example: 'csv' }),
    mode: z.string().openapi({ description: 'append: its rows came to those that were there; replace: they took their place.' }),
    file_bytes: count,
    rows_loaded: count,
    rows_rejected: count.openapi({ description: 'Rows that are in sluice_raw.rejected_rows instead.' }),
    started_at: at,
    finished_at: at,
  })
  .openapi('Load');
export type LoadListing = z.output<typeof LoadListing>;
