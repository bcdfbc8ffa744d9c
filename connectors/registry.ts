/** Every connector there is, by slug. */
import type { Connector } from '../src/connector-kit/connector.ts';
import { file } from './file/index.ts';
import { klaviyo } from './klaviyo/index.ts';
import { postgres } from './postgres/index.ts';
import { webhook } from './webhook/index.ts';

export const connectors: Readonly<Record<string, Connector>> = { webhook, file, postgres, klaviyo };
