// Whether this station writes maintenance orders; until it says so, what it said the last time, so that the rail does not jump.
import { computed, effect } from '@preact/signals';
import { keep, kept } from './preferences';
import { sheet } from './sheet';

export const maintenance = computed(() => (sheet.value ? sheet.value.maintenance === true : kept('oree.maintenance') === 'yes'));
export function start_maintenance(): void {
  effect(() => {
    if (sheet.value) keep('oree.maintenance', maintenance.value ? 'yes' : 'no');
  });
}
