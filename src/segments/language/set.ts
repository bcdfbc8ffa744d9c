/** `{ list: vips }` and `{ audience: churn_risk }`: membership of what is made elsewhere, of a list of identifiers or of a dbt model. Pure. */
import * as z from 'zod';
import { Slug } from '../../documents/slug.ts';

/** A document of activations/lists/. */
export const ListNode = z.strictObject({ list: Slug });
export type ListNode = z.output<typeof ListNode>;

/** A published dbt model whose yml says that it is an audience. */
export const AudienceNode = z.strictObject({ audience: z.string().min(1, 'the name of a dbt model that is an audience') });
export type AudienceNode = z.output<typeof AudienceNode>;
