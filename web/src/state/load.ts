// A hook that reads something once (and again every `every` ms), keeping the last good answer while it asks anew.
import { useEffect, useRef, useState } from 'preact/hooks';
import { connection } from './stream';

export interface Loaded<T> { data: T | undefined; error: unknown; again: () => void }

export function useLoad<T>(key: string, read: (signal: AbortSignal) => Promise<T>, every = 0): Loaded<T> {
  const [state, set_state] = useState<{ key: string; data: T | undefined; error: unknown }>({ key, data: undefined, error: undefined });
  const [round, set_round] = useState(0);
  const reader = useRef(read);
  reader.current = read;
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const once = () => {
      reader.current(stop.signal).then(
        (data) => set_state({ key, data, error: undefined }),
        (error: unknown) => {
          if (!stop.signal.aborted) set_state((old) => ({ key, data: old.key === key ? old.data : undefined, error }));
        },
      ).finally(() => {
        if (every > 0 && !stop.signal.aborted) timer = setTimeout(once, every);
      });
    };
    once();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, every, round]);
  const back = connection.value === 'live';
  useEffect(() => {
    if (back && state.error !== undefined) set_round((n) => n + 1); // the station answers again: so does the page
  }, [back]);
  const fresh = state.key === key;
  return { data: fresh ? state.data : undefined, error: fresh ? state.error : undefined, again: () => set_round((n) => n + 1) };
}

/** The last answer there was, kept on screen while the next one is on its way. */
export function useKept<T>(data: T | undefined): T | undefined {
  const last = useRef(data);
  if (data !== undefined) last.current = data;
  return last.current;
}
