// Says a word of a table in the chosen language, for any table: the station's pages, the lazy ones and the
// technician's each bring their own, so that nobody loads the others' words.
import { language, type Language } from '../state/preferences';

export type Entry = string | { readonly one: string; readonly other: string };
export type Values = Record<string, string | number>;
/** The same keys and forms as the English table, in another language. */
export type TableLike<T> = { readonly [K in keyof T]: T[K] extends string ? string : { readonly one: string; readonly other: string } };

export const locale = (): string => (language.value === 'fr' ? 'fr-FR' : 'en-GB');

function said(entry: Entry, values: Values): string {
  const pattern = typeof entry === 'string' ? entry : entry[new Intl.PluralRules(locale()).select(Number(values['n'] ?? 0)) === 'one' ? 'one' : 'other'];
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? new Intl.NumberFormat(locale()).format(value) : (value ?? whole);
  });
}

export interface Teller<K> {
  t: (key: K, values?: Values) => string;
  /** The word for a key made at run time, or `otherwise` when the table has none. */
  word: (key: string, otherwise: string, values?: Values) => string;
}

export function teller<T extends Record<string, Entry>>(en: T, fr: TableLike<T>): Teller<keyof T & string> {
  const tables: Record<Language, TableLike<T>> = { en: en as TableLike<T>, fr };
  const t = (key: keyof T & string, values: Values = {}) => said(tables[language.value][key] as Entry, values);
  return { t, word: (key, otherwise, values = {}) => (key in en ? t(key, values) : otherwise) };
}
