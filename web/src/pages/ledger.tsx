// Ledger: what has been decided for ever, the signed checkpoint over it, and every check of it in this browser.
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../state/api';
import { useKept, useLoad } from '../state/load';
import { now } from '../state/clock';
import { watch_orders } from '../state/orders';
import { read_entries, read_ledger, read_proof } from '../state/orders_api';
import type { LedgerEntry, LedgerSheet } from '../state/orders_types';
import { query } from '../state/router';
import { connection } from '../state/stream';
import { audit, check_entry, type EntryCheck } from '../state/audit';
import { verify_checkpoint } from '../proof/proof';
import { recent_moment, whole } from '../words/format';
import { state_word } from '../words/order_words';
import { list_text, o } from '../words/orders';
import { Icon } from '../parts/icon';
import { NoMaintenance } from '../parts/no_maintenance';
import { OrderRef } from '../parts/order_ref';
import { OrderShape } from '../parts/order_shape';
import { fault_words } from '../parts/proof_panel';
import { Digest, Fact } from '../parts/provenance';
import { Shape } from '../parts/shape';
import { CopyButton, Empty, ErrorCard, Skeleton } from '../parts/states';
import { Table } from '../parts/table';

const page_size = 50;
type Answer = { good: boolean; text: string };

function Audit({ ledger }: { ledger: LedgerSheet }) {
  const [busy, set_busy] = useState(''), [answer, set_answer] = useState<Answer | null>(null);
  const run = async () => {
    set_answer(null);
    set_busy('…');
    try {
      const found = await audit(ledger, (n, of) => set_busy(o('ledger.auditing', { n: whole(n), of: whole(of) })));
      set_answer(found.ok ? { good: true, text: o('ledger.audited', { n: whole(found.size) }) } : { good: false, text: o('ledger.bad', { why: fault_words(found.part, { witness: found.witness ?? '' }) }) });
    } catch (error) {
      set_answer({ good: false, text: error instanceof Error ? error.message : String(error) });
    }
    set_busy('');
  };
  return (
    <div class="audit"><button class="button" disabled={busy !== ''} onClick={() => void run()}>{busy || o('ledger.audit')}</button>
      <p role="status" class={`seal-line${answer && !answer.good ? ' bad' : ''}`}>{answer && <><Shape decision={answer.good ? 'OK' : 'KO'} size={20} />{answer.text}</>}</p></div>
  );
}

function CheckpointPanel({ ledger }: { ledger: LedgerSheet }) {
  const { data } = useLoad(`checkpoint ${ledger.checkpoint}`, () => verify_checkpoint(ledger.checkpoint, ledger)), kept = useKept(data);
  const behind = ledger.size - ledger.cosigned_size, text = ledger.checkpoint;
  const said = !kept ? o('proof.checking') : !kept.ok ? o('ledger.bad', { why: fault_words(kept.part, { witness: kept.witness ?? '' }) }) : kept.cosigners.length > 0 ? o('ledger.good', { names: list_text(kept.cosigners.map((c) => c.name)) }) : o('ledger.good_alone');
  return (
    <section class="panel">
      <h2>{o('ledger.checkpoint')} <small>{o('proof.here')}</small></h2>
      <p class={`proof-sentence${kept && !kept.ok ? ' bad' : ''}`}><Shape decision={!kept ? 'WAITING' : kept.ok ? 'OK' : 'KO'} size={32} /><span>{said}</span></p>
      {ledger.quorum > 0 && behind > 0 && <p class="none-yet small"><Shape decision="WAITING" size={18} />{o('ledger.behind', { n: behind })}</p>}
      <pre class="checkpoint">{text}</pre>
      <div class="row"><CopyButton text={() => text} label={o('copy')} /><a class="button" href="/ledger/checkpoint" download="checkpoint.txt"><Icon name="download" size={20} />{o('ledger.download')}</a></div>
      <Audit ledger={ledger} />
    </section>
  );
}

/** "name+hash+key" of the C2SP: the name stands beside it already. */
function VerifierKey({ text }: { text: string }) {
  return <span class="digest"><code title={text}>{(text.split('+')[2] ?? text).slice(0, 12)}…</code><CopyButton text={() => text} label={`${o('copy')}: ${text.split('+')[0]}`} quiet /></span>;
}

function LedgerFacts({ ledger }: { ledger: LedgerSheet }) {
  const { chain } = ledger;
  return (
    <section class="panel">
      <h2>{o('ledger')}</h2>
      <dl>
        <Fact name={o('ledger.origin')}><code>{ledger.origin}</code></Fact>
        <Fact name={o('ledger.size')}><b>{whole(ledger.size)}</b>{ledger.quorum > 0 && <small> {o('ledger.cosigned', { n: whole(ledger.cosigned_size) })}</small>}</Fact>
        <Fact name={o('ledger.root')}><Digest value={ledger.root} name={o('ledger.root')} /></Fact>
        <Fact name={o('ledger.key')}><VerifierKey text={ledger.key} /></Fact>
        <Fact name={o('ledger.witnesses')}>{ledger.witnesses.length === 0 ? '–' : <>{o('ledger.quorum', { quorum: whole(ledger.quorum), of: whole(ledger.witnesses.length) })}<ul class="witnesses">{ledger.witnesses.map((key) => <li key={key}><b>{key.split('+')[0]}</b><VerifierKey text={key} /></li>)}</ul></>}</Fact>
        <Fact name={o('ledger.kind')}>{o(`ledger.${ledger.kind}`)}{chain?.chain_id !== undefined && <small> {o('ledger.chain', { id: whole(chain.chain_id), block: whole(chain.block ?? 0) })}</small>}</Fact>
      </dl>
    </section>
  );
}

function Verify({ entry, ledger }: { entry: LedgerEntry; ledger: LedgerSheet }) {
  const [found, set_found] = useState<EntryCheck | null>(null), [busy, set_busy] = useState(false);
  const run = async () => {
    set_busy(true);
    set_found(await check_entry(entry, ledger, read_proof));
    set_busy(false);
  };
  if (!found) return <button class="button" disabled={busy} onClick={() => void run()}>{o('ledger.verify')}</button>;
  if (found.state === 'waiting') return <span class="state-word"><Shape decision="WAITING" size={20} />{o('ledger.waiting')}</span>;
  return <span class={`state-word${found.state === 'proven' ? '' : ' bad'}`} role="status"><Shape decision={found.state === 'proven' ? 'OK' : 'KO'} size={20} />{found.state === 'proven' ? o('ledger.proven') : o('ledger.unproven', { why: fault_words(found.why, found.values) })}</span>;
}

function Entries({ ledger, from, chosen }: { ledger: LedgerSheet; from: number; chosen: string | null }) {
  const { data, error, again } = useLoad(`entries ${ledger.size} ${from} ${chosen}`, (stop) => read_entries(chosen ? 0 : from, chosen ? 1000 : page_size, stop)), kept = useKept(data);
  if (!kept) return error !== undefined ? <ErrorCard error={error} again={again} /> : <Skeleton count={5} />;
  const rows = [...kept.entries].reverse().filter((e) => !chosen || e.order === chosen);
  return (
    <section class="panel wide ledger-entries">
      <div class="panel-head"><h2>{chosen ? o('ledger.this_order') : o('ledger.entries')}</h2>{chosen && <a class="button plain" href="/ledger">{o('show_all')}</a>}</div>
      <Table label={o('ledger.entries')} rows={rows} row_key={(e) => String(e.index)} columns={[
        { title: o('ledger.index'), cell: (e) => <b>{whole(e.index)}</b> },
        { title: o('field.order'), cell: (e) => <OrderRef id={e.order} /> },
        { title: o('ledger.decided'), cell: (e) => <span class="state-word"><OrderShape state={e.state} />{state_word(e.state)}</span> },
        { title: o('ledger.at'), cell: (e) => recent_moment(e.at, now.value) },
        { title: o('ledger.evidence'), cell: (e) => <code title={e.evidence}>{e.evidence.slice(0, 12)}…</code> },
        { title: o('ledger.verify'), cell: (e) => <Verify key={`${e.index} ${ledger.cosigned_size}`} entry={e} ledger={ledger} /> },
      ]} />
      {!chosen && from > 0 && <a class="button older" href={`/ledger?from=${Math.max(0, from - page_size)}`}>{o('ledger.older')}</a>}
    </section>
  );
}

export function Ledger() {
  const { data, error, again } = useLoad('ledger', read_ledger, 5000), ledger = useKept(data);
  useEffect(watch_orders, []);
  useEffect(() => { document.title = `${o('ledger')} – Orée`; });
  if (error instanceof ApiError && error.status === 404) return <NoMaintenance />;
  if (!ledger) return error !== undefined ? <ErrorCard error={error} again={again} /> : <div><h1 class="for-ears">{o('ledger')}</h1><Skeleton kind="card" count={2} /></div>;
  const asked = query.value.get('from'), from = asked === null ? Math.max(0, ledger.size - page_size) : Number(asked) || 0;
  return (
    <div class={`ledger${connection.value === 'lost' ? ' old' : ''}`}>
      <header class="page-head"><h1>{o('ledger')}</h1><p class="muted">{o('ledger.sentence', { n: ledger.size })}</p></header>
      {ledger.size === 0 ? <Empty title={o('ledger.empty')} next={o('ledger.empty.next')} /> : <div class="panels"><CheckpointPanel ledger={ledger} /><LedgerFacts ledger={ledger} /><Entries ledger={ledger} from={from} chosen={query.value.get('order')} /></div>}
    </div>
  );
}
