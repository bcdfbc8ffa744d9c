/**
 * The promises of every connector, as one suite. A connector's own test hands in how to reach a destination of its kind; a promise that it
 * cannot keep is switched off by name, with the reason, in its test: in the open.
 */
import { describe, test } from 'vitest';
import { clientPromises } from './contract/client.ts';
import { promisesOfConnector, promisesOfObject } from './contract/declared.ts';
import { httpPromises } from './contract/http.ts';
import type { ContractPromise, ContractSubject } from './contract/subject.ts';

export function describeContract(subject: ContractSubject): void {
  const { connector } = subject;
  const declare = ({ promise, title, keep }: ContractPromise) => (subject.except?.[promise] === undefined ? test : test.skip)(title, keep);

  describe(`the contract, kept by ${connector.slug}`, () => {
    for (const promise of promisesOfConnector(subject)) declare(promise);
    for (const name of Object.keys(connector.objects)) {
      describe(`${connector.slug}.${name}`, () => {
        for (const promise of objectPromises(subject, name)) declare(promise);
      });
    }
  });
}

export const contractPromises = (subject: ContractSubject): ContractPromise[] => [
  ...promisesOfConnector(subject),
  ...Object.keys(subject.connector.objects).flatMap((name) => objectPromises(subject, name)),
];

function objectPromises(subject: ContractSubject, name: string): ContractPromise[] {
  const object = subject.connector.objects[name];
  if (object === undefined) throw new Error(`no object ${name}`);
  const of = { subject, name, object };
  return [
    ...promisesOfObject(of),
    ...(object.kind === 'http' ? httpPromises({ subject, name, object }) : clientPromises({ subject, name, object })),
  ];
}
