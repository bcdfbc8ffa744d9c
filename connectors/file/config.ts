/** Settings of a destination. */
import * as z from 'zod';

export const fileConfig = z.strictObject({
  folder: z.string().min(1).meta({ label: 'Folder', description: "Absolute, or relative to the project's folder. Must exist." }),
});
