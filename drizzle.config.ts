/** For `npx --no-install drizzle-kit generate --name what_changed` after a change of src/store/schema.ts. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/store/schema.ts',
  out: './src/store/migrations',
  schemaFilter: ['sluice', 'sluice_jobs'],
});
