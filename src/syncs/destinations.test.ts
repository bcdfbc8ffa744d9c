import { expect, test } from 'vitest';
import { connectors } from '../../connectors/registry.ts';
import type { Resource } from '../store/resources.ts';
import { listDestinations } from './destinations.ts';

const destination = (id: string, connector: string, config: object): Resource => ({
  kind: 'destination',
  id,
  document: { id, title: id, connector, config },
  revision: 1,
  appliedAt: new Date('2026-03-01T09:00:00Z'),
  appliedBy: 'ann',
});

test('a destination is shown without secrets, also where they are written out or stand in an address', async () => {
  const all = [
    destination('named', 'webhook', { url: 'https://hooks.example.com/T0K3N', secret: 'env:HOOK' }),
    destination('written', 'webhook', { url: 'https://ann:pw@hooks.example.com', secret: 'whsec_written' }),
    destination('database', 'postgres', { url: 'postgresql://ann:pw@db.example.com/crm' }),
    destination('strange', 'nobody-knows', { token: 'T0K3N' }),
  ];
  const resources = { list: async (kind: string) => (kind === 'destination' ? all : []), get: async () => undefined };
  const shown = await listDestinations({ resources, connectors });
  expect(shown[0]?.config).toEqual({ url: 'https://hooks.example.com/…', secret: 'env:HOOK' });
  expect(JSON.stringify(shown)).not.toMatch(/T0K3N|pw@|whsec_written/);
});
