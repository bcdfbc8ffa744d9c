/** A profile of Klaviyo as the fields of a row, and a row as a profile. Pure. */
import * as z from 'zod';
import type { Json } from '../../src/connector-kit/exact-json.ts';
import type { OutgoingRow } from '../../src/connector-kit/row.ts';

const text = (label: string) => z.string().nullable().optional().meta({ label, pii: true });

/** Fields of any other name become custom properties. Klaviyo finds a profile by e-mail, phone or external id. */
export const Profile = z
  .object({
    email: z.email({ pattern: z.regexes.unicodeEmail }).nullable().optional().meta({ label: 'E-mail', pii: true, compares: 'email' }),
    phone_number: z
      .string()
      .regex(/^\+[1-9]\d{6,14}$/)
      .nullable()
      .optional()
      .meta({ label: 'Phone, with the country: +31612345678', pii: true, compares: 'phone' }),
    external_id: z.string().nullable().optional().meta({ label: 'External id' }),
    first_name: text('First name'),
    last_name: text('Last name'),
    organization: text('Organization'),
    title: text('Job title'),
    locale: z.string().nullable().optional().meta({ label: 'Locale: nl-NL' }),
    image: text('Address of a picture'),
    address1: text('Address, first line'),
    address2: text('Address, second line'),
    city: text('City'),
    region: text('Region'),
    zip: text('Postal code'),
    country: text('Country'),
    timezone: text('Time zone: Europe/Amsterdam'),
  })
  .catchall(z.json());

/** Fields by which Klaviyo finds a profile. */
export const IDENTIFIERS = ['email', 'phone_number', 'external_id'] as const;

const own = new Set(['email', 'phone_number', 'external_id', 'first_name', 'last_name', 'organization', 'title', 'locale', 'image']);
const ofLocation = new Set(['address1', 'address2', 'city', 'region', 'zip', 'country', 'timezone']);

/** A field that the row does not have is left as it is over there; null empties it. */
export function profileOf({ fields }: OutgoingRow) {
  const attributes: Record<string, Json> = {};
  const location: Record<string, Json> = {};
  const properties: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) {
    const part = own.has(name) ? attributes : ofLocation.has(name) ? location : properties;
    part[name] = value;
  }
  return {
    type: 'profile',
    attributes: {
      ...attributes,
      ...(Object.keys(location).length === 0 ? {} : { location }),
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
    },
  };
}
