// The verdict panel of Live: shape, word and reason large enough for three metres; hold, trigger and the last
// refused part stay quiet below it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { image_address, trigger_now } from '../state/api';
import { now } from '../state/clock';
import { face_of } from '../state/item_facts';
import type { Item } from '../state/types';
import { ago, clock, micros } from '../words/format';
import { reasons_of_item } from '../words/reasons';
import { t } from '../words/words';
import { Icon } from './icon';
import { Shape } from './shape';
import { ToRunOrder } from './to_order';

/** Tells screen readers about changed verdicts and every refusal, at most one sentence each three seconds. */
function Announcer({ item }: { item: Item }) {
  const [said, say] = useState('');
  const last = useRef({ decision: '', time: 0 });
  useEffect(() => {
    const fresh = item.decision !== last.current.decision || item.decision === 'KO';
    if (!fresh || Date.now() - last.current.time < 3000) return;
    last.current = { decision: item.decision, time: Date.now() };
    say(`${t(`verdict.${item.decision}`)}. ${reasons_of_item(item).join('. ')}`);
  }, [item.id]);
  return <p class="for-ears" aria-live="polite" role="status">{said}</p>;
}

function TriggerButton() {
  const [busy, set_busy] = useState(false);
  const [error, set_error] = useState('');
  const fire = async () => {
    set_busy(true);
    set_error('');
    try {
      await trigger_now();
    } catch (cause) {
      set_error((cause as Error).message || t('error.network'));
    }
    set_busy(false);
  };
  return (
    <>
      <button class="button" disabled={busy} onClick={() => void fire()}><Icon name="trigger" size={20} />{busy ? t('live.trigger.busy') : t('live.trigger')}</button>
      {error && <p class="trigger-error" role="alert"><Shape decision="KO" size={16} />{error}</p>}
    </>
  );
}

export interface Holding { held: boolean; newer: number; toggle: () => void }

export const FirstPart = () => <div class="live-buttons"><TriggerButton /></div>;

export function LiveButtons({ held, newer, toggle }: Holding) {
  return (
    <div class="live-buttons">
      <button class="button" aria-pressed={held} title={t('live.hold.hint')} aria-keyshortcuts="Space" onClick={toggle}>
        <Icon name={held ? 'play' : 'pause'} size={20} />{held ? (newer > 0 ? t('live.held', { n: newer }) : t('live.resume')) : t('live.hold')}
      </button>
      <TriggerButton />
      <ToRunOrder />
    </div>
  );
}

export function LastRefused({ item }: { item: Item | null }) {
  if (!item) return <p class="last-refused none"><Shape decision="OK" size={20} />{t('live.none_refused')}</p>;
  const camera = face_of(item);
  return (
    <a class="last-refused" href={`/items/${item.id}`}>
      {camera ? <img src={image_address(item.id, camera, 160)} alt="" width={56} height={56} /> : <Shape decision="KO" size={40} />}
      <span>
        <small>{t('live.last_refused')} · {ago(Date.parse(item.creation_date), now.value)}</small>
        <b class="cut">{reasons_of_item(item)[0]}</b>
      </span>
      <Icon name="right" size={20} />
    </a>
  );
}

export function Verdict({ item }: { item: Item }) {
  const reasons = reasons_of_item(item);
  return (
    <section class={`verdict ${item.decision}`} aria-label={t('live.latest')}>
      <Announcer item={item} />
      <p class="verdict-word"><Shape decision={item.decision} size="0.86em" />{t(`verdict.${item.decision}`)}</p>
      <div class={`verdict-why${reasons.length > 1 ? ' several' : reasons[0] && reasons[0].length < 48 ? ' short' : ''}`}>
        {reasons.slice(0, 2).map((reason) => <p key={reason} class="verdict-reason">{reason}</p>)}
      </div>
      <div class="verdict-foot">
        <span>
          <time dateTime={item.creation_date}>{clock(item.creation_date)}</time>
          {item.timings_us['total'] !== undefined && ` · ${t('live.took', { time: micros(item.timings_us['total']) })}`}
        </span>
        <a class="why-link" href={`/items/${item.id}`}>{reasons.length > 2 && <span class="desk-only">{t('item.more_objects', { n: reasons.length - 2 })} · </span>}{t('live.why')}<Icon name="right" size={20} /></a>
      </div>
    </section>
  );
}
