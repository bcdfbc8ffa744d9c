/** The languages that sentences are written in and read from. Pure. */
import * as z from 'zod';

export const LANGUAGES = ['en', 'nl'] as const;
export type Language = (typeof LANGUAGES)[number];
export const SentenceLanguage = z.enum(LANGUAGES, { error: 'en or nl' });

/** Something that is said in every language: one that is missing does not compile. */
export type InEach<T> = Readonly<Record<Language, T>>;
