// Keyboard shortcuts of a page: single keys, silent while somebody types or a dialog is open.
import { useEffect, useRef } from 'preact/hooks';

export function useKeys(keys: Record<string, () => void>): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const on_key = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const typing = target.closest?.('input, textarea, select, dialog');
      const pressing = event.key === ' ' && target.closest?.('button, a, summary');
      const job = current.current[event.key];
      if (!job || typing || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      job();
    };
    addEventListener('keydown', on_key);
    return () => removeEventListener('keydown', on_key);
  }, []);
}

/** The motion a person wants: false when the system asks for less. */
export const motion_welcome = (): boolean => !matchMedia('(prefers-reduced-motion: reduce)').matches;
