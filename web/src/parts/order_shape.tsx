// The shape of an order's state: a question while it is asked for, dots until somebody takes it, a clock when it is
// planned, an arrow while it is worked on, then a tick, a cross or a stroke. Colour is never alone.
import type { OrderState } from '../state/orders_types';

const circle = 'M12 1a11 11 0 1 1 0 22a11 11 0 0 1 0-22z';
const diamond = 'M10.900 .9a1.600 1.600 0 0 1 2.200 0l10 10a1.600 1.600 0 0 1 0 2.200l-10 10a1.600 1.600 0 0 1-2.200 0l-10-10a1.600 1.600 0 0 1 0-2.200z';
const octagon = 'M7.500 1h9L23 7.500v9L16.500 23h-9L1 16.500v-9z';
const dots = 'M7 12h.01M12 12h.01M17 12h.01', tick = 'M6.800 12.600l3.600 3.600l7-8', stroke = 'M7 12h10';
const drawn: Record<OrderState, [outline: string, glyph: string, ink: string]> = {
  proposed: [diamond, 'M9.300 9.700a2.800 2.800 0 1 1 4.300 2.300c-1 .7-1.600 1.200-1.600 2.300M12 17.400v.01', 'nd'],
  approved: [circle, dots, 'info'], ordered: [circle, dots, 'info'], scheduled: [circle, 'M12 6.500v6l4 2.300', 'info'], in_progress: [circle, 'M10 8l5.500 4l-5.500 4z', 'accent'],
  done: [circle, tick, 'ok'], refused: [octagon, 'M8 8l8 8M16 8l-8 8', 'ko'], expired: [circle, stroke, 'muted'], cancelled: [circle, stroke, 'muted'],
};

export const state_ink = (state: OrderState): string => drawn[state]?.[2] ?? 'muted';
export function OrderShape({ state, size = 20 }: { state: OrderState; size?: number }) {
  const [outline, glyph, ink] = drawn[state] ?? drawn.cancelled;
  return (
    <svg class="shape" viewBox="0 0 24 24" style={{ width: size, height: size, color: `var(--${ink})` }} aria-hidden="true">
      <path d={outline} fill="currentColor" />
      <path d={glyph} class="glyph" fill="none" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

/** How urgent, as strokes: one for low, four for urgent. */
const height: Record<string, number> = { low: 1, normal: 2, high: 3, urgent: 4 };
export function PriorityMark({ priority }: { priority: string }) {
  const n = height[priority] ?? 2;
  return <svg class={`priority-mark ${priority}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">{[0, 1, 2, 3].map((i) => <rect key={i} x={i * 4} y={11 - i * 3} width="3" height={5 + i * 3} rx="1" class={i < n ? 'on' : ''} />)}</svg>;
}
