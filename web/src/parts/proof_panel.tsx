// The proof of an order, checked in this browser: one sentence with a tick or a cross, what was checked, the file.
import { ApiError } from '../state/api';
import { useLoad } from '../state/load';
import { proof_address, read_authorities, read_ledger, read_proof } from '../state/orders_api';
import type { Order } from '../state/orders_types';
import { check_decisions, check_order, type Checked, type Decisions } from '../state/verify_order';
import { whole } from '../words/format';
import { state_word } from '../words/order_words';
import { list_text, o, order_word } from '../words/orders';
import { Icon } from './icon';
import { Shape } from './shape';

export interface Verified { checked: Checked | null; decisions: Decisions; names: string[] }

/** Reads the proof and the keys, and checks everything; `checked` is null while there is no proof yet. */
async function verify_order(order: Order, stop: AbortSignal): Promise<Verified> {
  const [ledger, { authorities }] = await Promise.all([read_ledger(stop), read_authorities(stop)]);
  const keys = new Map(authorities.map((a): [string, string] => [a.name, a.key])), names = authorities.map((a) => a.name);
  const written = order.quorum.entry !== undefined || order.proof?.kind === 'embedded';
  const proof = written ? await read_proof(order.id, stop).catch((error: unknown) => {
    if (error instanceof ApiError && error.status > 0 && error.status !== 500) return null; // not cosigned yet
    throw error;
  }) : null;
  if (proof === null) return { checked: null, decisions: await check_decisions(order, keys), names };
  const checked = await check_order(order, proof, ledger, keys);
  return { checked, decisions: checked.decisions, names };
}

export const useVerified = (order: Order) => useLoad(`${order.id} ${order.state} ${order.updated} ${order.quorum.entry ?? ''}`, (stop) => verify_order(order, stop));

export const fault_words = (why: string, values: Record<string, string> = {}): string => order_word(`fault.${why}`, why, { ...values, ...(values['state'] ? { state: state_word(values['state']) } : {}) });

function Checks({ checked }: { checked: Checked & { ok: true } }) {
  const { index, size, cosigners } = checked.proven;
  const lines = [o('check.entry'), o('check.tree', { index: whole(index), size: whole(size) }), o('check.log'), ...(cosigners.length > 0 ? [o('check.witnesses', { names: list_text(cosigners.map((c) => c.name)) })] : []), ...(checked.signers.length > 0 ? [o('check.decisions', { names: list_text(checked.signers) })] : [])];
  return <ul class="checks">{lines.map((line) => <li key={line}><Shape decision="OK" size={18} />{line}</li>)}</ul>;
}

function Sentence({ order, checked, error }: { order: Order; checked: Checked | null | undefined; error: unknown }) {
  if (checked === undefined && error !== undefined) return <p class="proof-sentence"><Shape decision="NO_DECISION" size={32} /><span>{o('proof.bad', { why: fault_words('unread', { why: error instanceof Error ? error.message : String(error) }) })}</span></p>;
  if (checked === undefined) return <p class="proof-sentence muted"><Shape decision="WAITING" size={32} /><span>{o('proof.checking')}</span></p>;
  if (checked === null) return <p class="proof-sentence muted"><Shape decision="WAITING" size={32} /><span>{o('proof.waiting')}</span></p>;
  if (!checked.ok) return <p class="proof-sentence bad" role="alert"><Shape decision="KO" size={32} /><b>{o('proof.bad', { why: fault_words(checked.why, checked.values) })}</b></p>;
  const names = checked.proven.cosigners.map((c) => c.name), index = whole(order.quorum.entry ?? checked.proven.index);
  return <p class="proof-sentence"><Shape decision="OK" size={32} /><span>{names.length > 0 ? o('proof.good', { index, names: list_text(names) }) : o('proof.good_alone', { index })}</span></p>;
}

export function ProofPanel({ order, verified, error }: { order: Order; verified: Verified | undefined; error: unknown }) {
  const checked = verified?.checked, proven = checked?.ok === true, chain = order.proof?.kind === 'ethereum' ? order.proof : null;
  return (
    <section class="panel proof-panel">
      <h2>{o('proof')} {checked && <small>{o('proof.here')}</small>}</h2>
      <Sentence {...{ order, checked, error }} />
      {proven && <Checks checked={checked} />}
      {chain && <p class="small"><b>{o('proof.chain', { chain: whole(chain.chain_id), block: whole(chain.block) })}</b><code class="statement">{chain.transaction}</code></p>}
      {checked && (
        <>
          <div class="row proof-buttons">
            <a class="button" href={proof_address(order.id)} download={`${order.id}.proof`}><Icon name="download" size={20} />{o('proof.download')}</a>
            <a class="button plain" href={`/ledger?order=${encodeURIComponent(order.id)}`}><Icon name="ledger" size={20} />{o('proof.entry')}</a>
          </div>
          <p class="muted small offline">{o('proof.offline')} <code>oree ledger verify {order.id.slice(0, 8)}….proof</code></p>
        </>
      )}
    </section>
  );
}
