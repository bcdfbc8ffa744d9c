import { expect, test } from 'vitest';
import { isPublicAddress, publicAddressOf, publicLookup } from './public-address.ts';

test.each([
  '127.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '10.1.2.3',
  '100.100.100.200',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::7f00:1',
  '64:ff9b:1::7f00:1',
  '2001::1',
  '2001:db8::1',
  '100::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd00:ec2::254',
  '::127.0.0.1',
  '::a9fe:a9fe',
  '::ffff:0:127.0.0.1',
  '::ffff:0:a9fe:a9fe',
  '3fff::1',
  '5f00::1',
  'fe80::1%eth0',
  'fec0::1',
  'feff:ffff::1',
  'ff02::1',
  '[::1]',
  'not-an-address',
])('%s is not a place for deliveries', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:93.184.216.34'])(
  '%s is',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test('a name is refused for where it leads, whichever form the caller asks for', async () => {
  await expect(publicAddressOf('localhost')).rejects.toMatchObject({ code: 'FORBIDDEN_ADDRESS' });
  for (const all of [true, false]) {
    const error = await new Promise((resolve) => publicLookup('localhost', { all }, resolve));
    expect(error).toMatchObject({ code: 'FORBIDDEN_ADDRESS' });
  }
});
