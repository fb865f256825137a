// Says a word of the tables in the chosen language: t('history.shown', { n: 3 }). Numbers are written by locale.
import { language } from '../state/preferences';
import { en } from './en';
import { fr } from './fr';

export type Key = keyof typeof en;
export type Entry = string | { readonly one: string; readonly other: string };
export type Table = { readonly [K in Key]: (typeof en)[K] extends string ? string : { readonly one: string; readonly other: string } };

const tables: Record<'en' | 'fr', Table> = { en, fr };
export const locale = (): string => (language.value === 'fr' ? 'fr-FR' : 'en-GB');

export function t(key: Key, values: Record<string, string | number> = {}): string {
  const entry: Entry = tables[language.value][key];
  const pattern = typeof entry === 'string' ? entry : entry[new Intl.PluralRules(locale()).select(Number(values['n'] ?? 0)) === 'one' ? 'one' : 'other'];
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? new Intl.NumberFormat(locale()).format(value) : (value ?? whole);
  });
}

/** The word for a key made at run time, or `otherwise` when the table has none. */
export function word(key: string, otherwise: string, values: Record<string, string | number> = {}): string {
  return key in en ? t(key as Key, values) : otherwise;
}
