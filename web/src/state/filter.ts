// The filters of the history as they stand in the address bar.
/** Adds the value to a repeatable filter, or takes it away. */
export function toggled(q: URLSearchParams, name: string, value: string): URLSearchParams {
  const next = new URLSearchParams(q);
  const values = next.getAll(name);
  next.delete(name);
  for (const kept of values.includes(value) ? values.filter((v) => v !== value) : [...values, value]) next.append(name, kept);
  return next;
}

/** What of the filters goes along to an item's page: everything but the time. */
export function filter_query(from: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams();
  for (const name of ['decision', 'label', 'camera']) for (const value of from.getAll(name)) kept.append(name, value);
  return kept;
}
