// The station sheet: what runs here. Read at the start and by the Station page; the name stands in the top bar.
import { computed, signal } from '@preact/signals';
import { learn_labels } from './colours';
import { read_station } from './api';
import { recent } from './stream';
import type { StationSheet } from './types';

export const sheet = signal<StationSheet | null>(null);
export const sheet_error = signal<unknown>(undefined);
export const station_name = computed(() => sheet.value?.station_name ?? recent.value[0]?.station_name ?? '…');

export async function load_sheet(signal?: AbortSignal): Promise<StationSheet> {
  try {
    const read = await read_station(signal);
    for (const model of read.models) learn_labels(model.labels ?? []);
    sheet.value = read;
    sheet_error.value = undefined;
    return read;
  } catch (error) {
    if (!signal?.aborted) sheet_error.value = error;
    throw error;
  }
}
