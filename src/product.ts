/** Where the product itself stands: its dbt package (dbt_project.yml, models/, sql/), apart from the project of whoever uses it. */
import { fileURLToPath } from 'node:url';

/** Absolute, without a slash at its end. */
export const PRODUCT_DIR = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
