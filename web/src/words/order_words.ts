// How an order is spoken of, on the station's pages and on the technician's: states, priorities, faults, and its cause
// as one sentence for people.
import type { AnomalyCause, Cause, Order, Said, Share } from '../state/orders_types';
import { language } from '../state/preferences';
import { day_and_time, limit, percent, reading, recent_moment } from './format';
import { sensor_name } from './sensors';
import { locale, teller, type TableLike } from './tell';

export const order_en = {
  'state.proposed': 'Awaiting approval', 'state.approved': 'Approved', 'state.refused': 'Refused', 'state.expired': 'Expired', 'state.ordered': 'Ordered', 'state.scheduled': 'Planned',
  'state.in_progress': 'In progress', 'state.done': 'Done', 'state.cancelled': 'Cancelled',
  'priority.low': 'low', 'priority.normal': 'normal', 'priority.high': 'high', 'priority.urgent': 'urgent', 'priority': '{name} priority',
  'fault.bit_wear': 'Worn drill bit', 'fault.wear': 'Wear', 'fault.ko_run': 'Run of refused parts', 'fault.bearing': 'Worn bearing', 'fault.cooling': 'Poor cooling', 'fault.anomaly': 'Unusual behaviour',
  'cause.two': '{first} and {second} are not what they were when {machine} was healthy: they make {share} and {rest} of the difference.',
  'cause.one': '{first} is not what it was when {machine} was healthy: it makes {share} of the difference.', 'cause.none': '{machine} does not run as it did when it was healthy.',
  'cause.score': 'Score {score}, {times} times the threshold of {threshold}.', 'cause.score_just': 'Score {score}, just above the threshold of {threshold}.', 'cause.since': 'Since {moment}.',
  'cause.run': { one: '{count} of the last {of} parts were refused.', other: '{count} of the last {of} parts were refused.' }, 'cause.labels': 'Seen on them: {labels}.', 'cause.person': 'Reported by {by}.', 'cause.wrote': '{by} reported: “{sentence}”',
  'cause.merged': { one: 'It was noticed once.', other: 'It was noticed {n} times.' },
  'field.note': 'Note', 'field.technician': 'Technician', 'field.started': 'Begun', 'field.finished': 'Finished', 'field.state': 'State', 'field.signature': 'Signature', 'value.yes': 'yes', 'value.no': 'no', 'value.empty': 'empty',
};
export const order_fr: TableLike<typeof order_en> = {
  'state.proposed': 'À approuver', 'state.approved': 'Approuvé', 'state.refused': 'Refusé', 'state.expired': 'Expiré', 'state.ordered': 'Commandé', 'state.scheduled': 'Planifié',
  'state.in_progress': 'En cours', 'state.done': 'Terminé', 'state.cancelled': 'Annulé',
  'priority.low': 'basse', 'priority.normal': 'normale', 'priority.high': 'haute', 'priority.urgent': 'urgente', 'priority': 'priorité {name}',
  'fault.bit_wear': 'Mèche usée', 'fault.wear': 'Usure', 'fault.ko_run': 'Série de pièces refusées', 'fault.bearing': 'Roulement usé', 'fault.cooling': 'Refroidissement insuffisant', 'fault.anomaly': 'Comportement inhabituel',
  'cause.two': '{first} et {second} ne sont plus ce qu’ils étaient quand {machine} allait bien : ils font {share} et {rest} de l’écart.',
  'cause.one': '{first} n’est plus ce qu’il était quand {machine} allait bien : il fait {share} de l’écart.', 'cause.none': '{machine} ne tourne plus comme quand elle allait bien.',
  'cause.score': 'Score {score}, soit {times} fois le seuil de {threshold}.', 'cause.score_just': 'Score {score}, juste au-dessus du seuil de {threshold}.', 'cause.since': 'Depuis {moment}.',
  'cause.run': { one: '{count} des {of} dernières pièces ont été refusées.', other: '{count} des {of} dernières pièces ont été refusées.' }, 'cause.labels': 'Vu sur elles : {labels}.', 'cause.person': 'Signalé par {by}.', 'cause.wrote': '{by} a signalé : « {sentence} »',
  'cause.merged': { one: 'Constaté une fois.', other: 'Constaté {n} fois.' },
  'field.note': 'Note', 'field.technician': 'Technicien', 'field.started': 'Début', 'field.finished': 'Fin', 'field.state': 'État', 'field.signature': 'Signature', 'value.yes': 'oui', 'value.no': 'non', 'value.empty': 'vide',
};
const { t, word } = teller(order_en, order_fr);

const capital = (text: string): string => text.charAt(0).toLocaleUpperCase(locale()) + text.slice(1);
export const state_word = (state: string): string => word(`state.${state}`, state.replaceAll('_', ' '));
export const priority_word = (priority: string): string => word(`priority.${priority}`, priority);
export const priority_phrase = (priority: string): string => t('priority', { name: priority_word(priority) });
export const fault_word = (fault: string): string => word(`fault.${fault}`, capital(fault.replaceAll('_', ' ')));
export const in_language = (text: Said): string => (language.value === 'fr' ? text.fr || text.en : text.en || text.fr);
export const cost_text = ({ ceiling, currency }: Order['cost']): string => {
  try {
    return new Intl.NumberFormat(locale(), { style: 'currency', currency, maximumFractionDigits: Number.isInteger(ceiling) ? 0 : 2 }).format(ceiling);
  } catch {
    return `${limit(ceiling)} ${currency}`;
  }
};

/** The sensors that make most of the difference, in the words of the sentence. */
function anomaly_words({ machine, contributions }: AnomalyCause): string {
  const [first, second] = [...contributions].sort((a, b) => b.share - a.share) as [Share?, Share?];
  if (!first) return t('cause.none', { machine });
  const named = { machine, first: capital(sensor_name(first.sensor)), share: percent(first.share, 0) };
  return second && second.share >= 0.15 ? t('cause.two', { ...named, second: sensor_name(second.sensor), rest: percent(second.share, 0) }) : t('cause.one', named);
}

/** Why there is an order, in one or two short sentences. */
export function cause_sentence(cause: Cause): string {
  if (cause.kind === 'anomaly') return anomaly_words(cause);
  if (cause.kind === 'ko_run') {
    const labels = [...new Set(cause.labels)].slice(0, 3).join(', ');
    return `${t('cause.run', { n: cause.count, count: cause.count, of: cause.of })}${labels ? ` ${t('cause.labels', { labels })}` : ''}`;
  }
  return cause.sentence ? t('cause.wrote', { by: cause.by, sentence: cause.sentence }) : t('cause.person', { by: cause.by });
}

/** What stands behind the sentence: when, how much over, how often. */
export function cause_details(order: Order, now: number): string {
  const { cause } = order, all: string[] = [];
  if (cause.kind !== 'person' && cause.started) all.push(t('cause.since', { moment: recent_moment(cause.started, now) }));
  if (cause.kind === 'anomaly') {
    const times = Math.round((cause.score / cause.threshold) * 10) / 10;
    all.push(t(times === 1 ? 'cause.score_just' : 'cause.score', { score: reading(cause.score), threshold: limit(cause.threshold), times: limit(times) }));
  }
  if (order.causes > 1) all.push(t('cause.merged', { n: order.causes }));
  return all.join(' ');
}

/** The name of something that people write in an order. */
export function field_word(field: string, order: Order): string {
  const [kind, id] = field.split('/');
  const named = kind === 'task' ? order.tasks.find((one) => one.id === id)?.text : kind === 'part' ? order.parts.find((one) => one.id === id)?.name : undefined;
  return named ? in_language(named) : word(`field.${field}`, field);
}
/** A value that somebody wrote, as people say it. */
export function value_word(field: string, value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (value === null || value === '') return t('value.empty');
  if (typeof value === 'number') return day_and_time(value);
  if (typeof value === 'object') return String((value as { name?: unknown }).name ?? '');
  return field === 'state' ? state_word(String(value)) : String(value);
}
