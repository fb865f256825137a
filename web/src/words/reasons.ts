// Why a step or a whole item was decided so, in the operator's words. When a value is missing, the station's own
// sentence is said instead: an English reason is better than a hole.
import { deciding_steps } from '../state/item_facts';
import type { Item, Step } from '../state/types';
import { decimal, percent } from './format';
import { en } from './en';
import { t, word, type Entry, type Key } from './words';

const ratios = new Set(['probability', 'area_ratio', 'ratio', 'score', 'objectness']);
const other_names: Record<string, string[]> = { area_ratio: ['ratio', 'area', 'value'], count: ['found', 'nb_objects', 'number'], expected: ['expected_label'] };

function shown(name: string, value: string | number, is_ratio: boolean): string {
  if (typeof value === 'string') return value;
  return ratios.has(name) || is_ratio ? percent(value, name === 'probability' ? 0 : 2) : decimal(value, 2);
}

function value_of(step: Step, name: string): string | number | undefined {
  const said = step.reason_values ?? {};
  for (const candidate of [name, ...(other_names[name] ?? [])]) if (said[candidate] !== undefined) return said[candidate];
  if (name === 'camera') return step.camera;
  if (name === 'model') return step.model;
  if (name === 'threshold') return step.rule?.threshold;
  if (name === 'label' || name === 'expected') return step.rule?.label;
  return undefined;
}

const first_form = (entry: Entry) => (typeof entry === 'string' ? entry : entry.other);

export function reason_of_step(step: Step): string {
  const key = `reason.${step.reason_code ?? ''}`;
  if (!(key in en)) return step.reason;
  const names = [...first_form(en[key as Key]).matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = value_of(step, name);
    if (value === undefined) return step.reason;
    values[name] = shown(name, value, step.rule?.type === 'max_area_ratio' && name === 'threshold');
  }
  return t(key as Key, values);
}

/** The item's reasons, most telling first; each names its step when there are several. */
export function reasons_of_item(item: Item): string[] {
  const steps = deciding_steps(item);
  if (steps.length === 0) return item.reason ? [item.reason] : [];
  if (item.decision === 'OK' && steps.length > 2) return [t('reason.all_good', { n: steps.length })];
  const named = item.steps.length > 1;
  return steps.map((step) => (named ? `${reason_of_step(step)} · ${step.name}` : reason_of_step(step)));
}

interface Rule { type: string; label?: string | undefined; threshold?: number | undefined; expected_decision?: string | undefined }

export function rule_in_words(rule: Rule): string {
  const as_ratio = rule.type.includes('ratio');
  const threshold = rule.threshold === undefined ? '' : as_ratio ? percent(rule.threshold, 2) : decimal(rule.threshold, 2);
  const key = `rule.${rule.type.replace(/_rule$/, '')}`;
  return word(key, rule.type, { label: rule.label ?? '', threshold, expected: word(`verdict.${rule.expected_decision ?? 'OK'}`, '') });
}
