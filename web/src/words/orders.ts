// Says a word of the pages about maintenance: o('seals.sentence', { n: 2 }). They are loaded with those pages.
import { orders_en } from './orders_en';
import { orders_fr } from './orders_fr';
import { locale, teller } from './tell';

export const { t: o, word: order_word } = teller(orders_en, orders_fr);

/** "factory, maintainer and insurer" */
export const list_text = (names: string[]): string => new Intl.ListFormat(locale(), { type: 'conjunction' }).format(names);
