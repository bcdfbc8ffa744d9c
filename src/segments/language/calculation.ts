/** `{ trait: b, times: 0.5, plus: 10 }`: what a trait is compared with, worked out for each entity. Pure. */
import * as z from 'zod';
import { NumberValue, OtherTrait, optional, Text } from './value.ts';

const Amount = z.union([NumberValue, Text], { error: 'a number; one in quotes keeps all of its digits' });
const Added = z.union([NumberValue, Text, OtherTrait], { error: 'a number or { trait: … }' });

/** `trait * times + plus - minus`, in this order. */
export const Calculation = z.strictObject({ trait: z.string().min(1), ...optional({ times: Amount, plus: Added, minus: Added }) });
export type Calculation = z.output<typeof Calculation>;
