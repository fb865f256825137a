// The approvals as a row of seals: who said what, by which rule, and whether the signature under it is right.
import { now } from '../state/clock';
import type { Order, Seal } from '../state/orders_types';
import type { Decisions } from '../state/verify_order';
import { recent_moment } from '../words/format';
import { o, order_word } from '../words/orders';
import { Shape } from './shape';

const rays = 16, ring = Array.from({ length: rays * 2 }, (_, i) => {
  const angle = (i * Math.PI) / rays, radius = i % 2 ? 27.5 : 31;
  return `${i ? 'L' : 'M'}${(32 + radius * Math.sin(angle)).toFixed(1)} ${(32 - radius * Math.cos(angle)).toFixed(1)}`;
}).join('');
const glyphs: Record<string, string> = { approve: 'M21 33l8 8l15-17', refuse: 'M23 23l18 18M41 23l-18 18', pending: 'M26 26a6 6 0 1 1 9.500 5c-2.200 1.600-3.500 2.600-3.500 5M32 42.500v.01', waiting: 'M22 32h.01M32 32h.01M42 32h.01', unknown: 'M32 20v15M32 43v.01', forged: 'M32 20v15M32 43v.01' };

export function SealShape({ decision, size = 64 }: { decision: string; size?: number }) {
  return (
    <svg class={`seal-shape ${decision}`} viewBox="0 0 64 64" width={size} height={size} aria-hidden="true">
      <path d={`${ring}Z`} class="seal-edge" /><circle cx="32" cy="32" r="22.500" class="seal-ring" /><path d={glyphs[decision] ?? glyphs['unknown']!} class="seal-glyph" />
    </svg>
  );
}

/** Those that were asked, and an empty seal for each that has not answered. */
export function seals_of(order: Order, names: string[]): Seal[] {
  const missing = names.filter((name) => !order.authorities.some((seal) => seal.name === name));
  return [...order.authorities, ...missing.map((name): Seal => ({ name, decision: 'waiting', code: '', by: '', reason: '', at: 0, statement: '', signature: '', key: '' }))];
}

export function SealView({ seal, good }: { seal: Seal; good: boolean | undefined }) {
  const decision = good === false ? 'forged' : seal.decision, person = seal.by !== '' && seal.by !== 'rules';
  return (
    <li class={`seal ${decision}`}>
      <SealShape decision={decision} />
      <div>
        <b class="cut" title={seal.name}>{seal.name}</b>
        <p class="seal-word">{o(`seal.${decision}`)}</p>
        {seal.code && <p class="small">{order_word(`code.${seal.code}`, seal.code.replaceAll('_', ' '))}</p>}
        {seal.reason && seal.code !== 'ok' && <p class="small muted seal-reason">{seal.reason}</p>}
        {seal.statement && <p class="small muted">{person ? o('seal.by', { by: seal.by }) : o('seal.by_rules')}, {recent_moment(seal.at, now.value)}</p>}
        {good && <p class="small muted seal-signed"><Shape decision="OK" size={14} />{o('seal.signed')}</p>}
      </div>
    </li>
  );
}

export function Seals({ order, names, decisions }: { order: Order; names: string[]; decisions: Decisions | undefined }) {
  const seals = seals_of(order, names), yes = seals.filter((s) => s.decision === 'approve').length, { needed, of } = order.quorum;
  if (seals.length === 0) return <section class="panel seals-panel"><h2>{o('seals')}</h2><p class="muted">{o('seals.alone')}</p></section>;
  return (
    <section class="panel seals-panel">
      <div class="panel-head"><h2>{o('seals')}</h2></div>
      <p class="muted small">{o('seals.sentence', { n: yes, of: of ?? seals.length, needed: needed ?? seals.length })}</p>
      <ul class="seals">{seals.map((seal) => <SealView key={seal.name} seal={seal} good={decisions?.get(seal.name)} />)}</ul>
    </section>
  );
}
