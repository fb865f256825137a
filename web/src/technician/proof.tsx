// The proof that this order was approved, checked on this phone, also without a network: keys and proof are kept here.
import { useEffect, useState } from 'preact/hooks';
import type { Order } from '../state/orders_types';
import { check_order, type Checked } from '../state/verify_order';
import { whole } from '../words/format';
import { state_word } from '../words/order_words';
import { list_text, o, order_word } from '../words/orders';
import { s } from '../words/technician';
import { Shape } from '../parts/shape';
import { facts, papers } from './state';

/** Undefined while it is checked, null where there is no proof yet. */
export function useProof(order: Order): Checked | null | undefined {
  const proof = papers.value.get(order.id)?.proof, { ledger, authorities } = facts.value, [checked, set_checked] = useState<Checked>();
  const key = `${order.id} ${order.updated} ${proof?.length} ${ledger?.key}`;
  useEffect(() => {
    let stale = false;
    if (proof && ledger) void check_order(order, proof, ledger, new Map(authorities?.authorities.map((a): [string, string] => [a.name, a.key]))).then((found) => { if (!stale) set_checked(found); });
    return () => { stale = true; };
  }, [key]);
  return proof && ledger ? checked : null;
}

export function ProofBadge({ checked }: { checked: Checked | null | undefined }) {
  if (!checked) return <span class="badge muted"><Shape decision="WAITING" size={20} />{checked === undefined ? o('proof.checking') : s('proof.short.wait')}</span>;
  return <span class={`badge ${checked.ok ? 'ok' : 'ko'}`}><Shape decision={checked.ok ? 'OK' : 'KO'} size={20} />{checked.ok ? s('proof.short') : s('proof.short.bad')}</span>;
}

function lines({ proven: { index, size, cosigners }, signers }: Checked & { ok: true }): string[] {
  const all = [o('check.entry'), o('check.tree', { index: whole(index), size: whole(size) }), o('check.log')];
  if (cosigners.length > 0) all.push(o('check.witnesses', { names: list_text(cosigners.map((one) => one.name)) }));
  if (signers.length > 0) all.push(o('check.decisions', { names: list_text(signers) }));
  return all;
}

export function ProofPanel({ checked }: { checked: Checked | null | undefined }) {
  if (!checked) return <section class="panel"><h2>{o('proof')}</h2><p class="muted">{checked === undefined ? o('proof.checking') : o('proof.waiting')}</p></section>;
  const why = checked.ok ? '' : order_word(`fault.${checked.why}`, checked.why, { ...checked.values, ...(checked.values['state'] ? { state: state_word(checked.values['state']) } : {}) });
  return (
    <section class="panel">
      <h2>{o('proof')} <small>{o('proof.here')}</small></h2>
      {checked.ok ? <ul class="checks">{lines(checked).map((line) => <li key={line}><Shape decision="OK" size={18} />{line}</li>)}</ul>
        : <p class="seal-line bad" role="alert"><Shape decision="KO" size={20} />{o('proof.bad', { why })}</p>}
    </section>
  );
}
