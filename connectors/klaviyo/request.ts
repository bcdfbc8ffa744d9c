/** Requests of Klaviyo's interface, which is JSON:API. */
import type { HttpRequest } from '../../src/connector-kit/connector.ts';
import type { KlaviyoConfig } from './config.ts';
import { revision } from './limits.ts';

const media = 'application/vnd.api+json';

export const get = ({ url }: KlaviyoConfig, path: string, query: Readonly<Record<string, string>> = {}): HttpRequest => {
  const search = new URLSearchParams(query).toString();
  return { method: 'GET', url: `${base(url)}${path}${search === '' ? '' : `?${search}`}`, headers: { accept: media, revision }, body: '' };
};

export const withBody = ({ url }: KlaviyoConfig, method: 'POST' | 'DELETE', path: string, body: string): HttpRequest => ({
  method,
  url: `${base(url)}${path}`,
  headers: { accept: media, 'content-type': media, revision },
  body,
});

const base = (url: string) => url.replace(/\/+$/, '');
