// The three verdict shapes: tick in a circle, cross in an octagon, question mark in a diamond; and three of states:
// exclamation mark in a diamond, dots in a circle, a clock. Colour is never alone.
import type { Decision } from '../state/types';

export type ShapeName = Decision | 'WARNING' | 'WAITING' | 'SILENT';
const diamond = 'M10.900 .9a1.600 1.600 0 0 1 2.200 0l10 10a1.600 1.600 0 0 1 0 2.200l-10 10a1.600 1.600 0 0 1-2.200 0l-10-10a1.600 1.600 0 0 1 0-2.200z';
const circle = 'M12 1a11 11 0 1 1 0 22a11 11 0 0 1 0-22z';
const outlines: Record<ShapeName, string> = {
  OK: circle,
  KO: 'M7.5 1h9L23 7.500v9L16.500 23h-9L1 16.500v-9z',
  NO_DECISION: diamond,
  WARNING: diamond,
  WAITING: circle,
  SILENT: circle,
};
const glyphs: Record<ShapeName, string> = {
  OK: 'M6.800 12.600l3.600 3.600l7-8',
  KO: 'M8 8l8 8M16 8l-8 8',
  NO_DECISION: 'M9.300 9.700a2.800 2.800 0 1 1 4.300 2.300c-1 .7-1.600 1.200-1.600 2.300M12 17.400v.01',
  WARNING: 'M12 6.800v6.400M12 17.200v.01',
  WAITING: 'M7 12h.01M12 12h.01M17 12h.01',
  SILENT: 'M12 6.500v6l4 2.300',
};

export function Shape({ decision, size = 20 }: { decision: ShapeName; size?: number | string }) {
  return (
    <svg class={`shape ${decision}`} viewBox="0 0 24 24" style={{ width: size, height: size }} aria-hidden="true">
      <path d={outlines[decision]} fill="currentColor" />
      <path d={glyphs[decision]} class="glyph" fill="none" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

const states: Record<string, ShapeName> = { ok: 'OK', ready: 'OK', warning: 'WARNING', late: 'NO_DECISION', waiting: 'NO_DECISION', loading: 'NO_DECISION', failed: 'KO', lost: 'KO',
  normal: 'OK', learning: 'WAITING', anomaly: 'KO', stale: 'SILENT', firing: 'KO', pending: 'WARNING', resolved: 'OK', connected: 'OK', off: 'SILENT',
  Created: 'WAITING', Starting: 'WAITING', Idle: 'OK', Processing: 'OK', Degraded: 'WARNING', Stopped: 'SILENT', Failed: 'KO' };
/** The same shapes for the state of a check, a camera or a model. */
export const StateShape = ({ state, size = 20 }: { state: string; size?: number }) => <Shape decision={states[state] ?? 'NO_DECISION'} size={size} />;
