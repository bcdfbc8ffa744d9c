/** The phrases of what stands on the whole of a segment, and of what differs between two versions. See phrase-book.ts. Pure. */
import { phrases } from './wording.ts';

/** One line for each thing that stands on the whole, in the order in which they are written. */
export const WHOLE = phrases({
  title: { en: 'segment {id}: {title}', nl: 'segment {id}: {title}' },
  entity: { en: 'each {entity} with:', nl: 'elke {entity} met:' },
  description: { en: 'description: {value}', nl: 'omschrijving: {value}' },
  excludedEverywhere: { en: 'its members are left out of every other segment', nl: 'de leden worden uit elk ander segment weggelaten' },
  notExcludedEverywhere: {
    en: 'its members are not left out of other segments',
    nl: 'de leden worden niet uit andere segmenten weggelaten',
  },
  exclude: { en: 'leaves out the members of {value}', nl: 'laat de leden weg van {value}' },
  split: {
    en: 'takes the buckets {from} to {to} of the split {salt}[ ({part})]',
    nl: 'neemt de vakken {from} tot en met {to} van de verdeling {salt}[ ({part})]',
  },
  holdout: { en: 'holds out {share} ({salt})', nl: 'houdt {share} achter ({salt})' },
  limitDesc: { en: 'takes the {many} with the highest {by}[ for each {per}]', nl: 'neemt de {many} met de hoogste {by}[ per {per}]' },
  limitAsc: { en: 'takes the {many} with the lowest {by}[ for each {per}]', nl: 'neemt de {many} met de laagste {by}[ per {per}]' },
  limitDescTime: { en: 'takes the {many} with the latest {by}[ for each {per}]', nl: 'neemt de {many} met de laatste {by}[ per {per}]' },
  limitAscTime: { en: 'takes the {many} with the earliest {by}[ for each {per}]', nl: 'neemt de {many} met de vroegste {by}[ per {per}]' },
  asOf: { en: 'as of {value}', nl: 'per {value}' },
  timezone: { en: 'dates are of the time zone {value}', nl: 'datums zijn van de tijdzone {value}' },
  guard: { en: 'guard: {value}', nl: 'bewaking: {value}' },
  every: { en: 'published every {value}', nl: 'gepubliceerd elke {value}' },
  cron: { en: 'published at {value}', nl: 'gepubliceerd om {value}' },
  after: { en: 'published after {value}', nl: 'gepubliceerd na {value}' },
});

/** Each limit of the guard, joined by commas. */
export const GUARD = phrases({
  mayBeEmpty: { en: 'may be empty', nl: 'mag leeg zijn' },
  maxGrowth: { en: 'grows to at most {value} times', nl: 'groeit tot hoogstens {value} keer' },
  maxShrink: { en: 'shrinks by at most {value}', nl: 'krimpt met hoogstens {value}' },
  minMembers: { en: 'has at least {value} members', nl: 'heeft minstens {value} leden' },
  maxMembers: { en: 'has at most {value} members', nl: 'heeft hoogstens {value} leden' },
});

/** What differs between two versions of a definition. These are never read back. */
export const CHANGES = phrases({
  archived: { en: 'The segment was archived.', nl: 'Het segment is gearchiveerd.' },
  madeWithOne: { en: 'The segment was made, with {n} condition.', nl: 'Het segment is gemaakt, met {n} voorwaarde.' },
  made: { en: 'The segment was made, with {n} conditions.', nl: 'Het segment is gemaakt, met {n} voorwaarden.' },
  added: { en: 'Added: {words}.', nl: 'Toegevoegd: {words}.' },
  addedIn: { en: 'Added in {to}: {words}.', nl: 'Toegevoegd in {to}: {words}.' },
  removed: { en: 'Removed: {words}.', nl: 'Verwijderd: {words}.' },
  removedIn: { en: 'Removed in {to}: {words}.', nl: 'Verwijderd in {to}: {words}.' },
  changed: { en: 'Changed: “{before}” is now “{after}”.', nl: 'Gewijzigd: “{before}” is nu “{after}”.' },
  changedAndMoved: {
    en: 'Changed: “{before}” is now “{after}”, and it moved from {from} to {to}.',
    nl: 'Gewijzigd: “{before}” is nu “{after}”, en verplaatst van {from} naar {to}.',
  },
  moved: { en: 'Moved from {from} to {to}: {words}.', nl: 'Verplaatst van {from} naar {to}: {words}.' },
  onlyCondition: { en: 'the only condition', nl: 'de enige voorwaarde' },
  set: { en: 'Set: {name} is {after}.', nl: 'Ingesteld: {name} is {after}.' },
  takenAway: { en: 'Taken away: {name}, which was {before}.', nl: 'Weggehaald: {name}, dat was {before}.' },
  settingChanged: { en: 'Changed: {name} is now {after}; it was {before}.', nl: 'Gewijzigd: {name} is nu {after}; het was {before}.' },
});
