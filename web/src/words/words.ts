// Says a word of the tables in the chosen language: t('history.shown', { n: 3 }). Numbers are written by locale.
import { en } from './en';
import { fr } from './fr';
import { teller, type TableLike } from './tell';

export { locale, type Entry } from './tell';
export type Key = keyof typeof en;
export type Table = TableLike<typeof en>;

export const { t, word } = teller(en, fr);
