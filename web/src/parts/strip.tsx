// The last twenty verdicts, newest first. New ones slide in; while a pointer or the focus is on the strip it stays
// still, so that nobody clicks the neighbour of the part they meant.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { image_address } from '../state/api';
import { face_of } from '../state/item_facts';
import { motion_welcome } from '../state/keys';
import type { Item } from '../state/types';
import { clock } from '../words/format';
import { reasons_of_item } from '../words/reasons';
import { t } from '../words/words';
import { Shape } from './shape';

const places = 20;

function Tile({ item }: { item: Item }) {
  const camera = face_of(item);
  const said = `${t(`verdict.${item.decision}`)}, ${clock(item.creation_date)}, ${reasons_of_item(item).join('; ')}`;
  return (
    <li>
      <a href={`/items/${item.id}`} class={`tile ${item.decision}`} aria-label={said} title={said}>
        {camera ? <img src={image_address(item.id, camera, 160)} alt="" width={56} height={56} decoding="async" /> : <span class="tile-empty" />}
        <Shape decision={item.decision} size={20} />
      </a>
    </li>
  );
}

export function Strip({ items }: { items: Item[] }) {
  const [kept, keep] = useState<Item[] | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const first = useRef<string | undefined>(undefined);
  const shown = kept ?? items;
  const newer = kept ? items.findIndex((item) => item.id === kept[0]?.id) : 0;

  useLayoutEffect(() => {
    const before = first.current;
    first.current = shown[0]?.id;
    const moved = shown.findIndex((item) => item.id === before);
    const tile = list.current?.firstElementChild as HTMLElement | null;
    if (!tile || moved !== 1 || !motion_welcome() || document.hidden) return;
    const step = tile.offsetWidth + parseFloat(getComputedStyle(list.current!).columnGap || '0');
    list.current!.animate([{ transform: `translateX(${-step}px)` }, { transform: 'none' }], { duration: 220, easing: 'cubic-bezier(.2,.8,.2,1)' });
  }, [shown[0]?.id]);

  const still = () => keep((now) => now ?? items);
  return (
    <section class="strip" aria-label={t('live.last20')}>
      <h2 class="small-title">{t('live.last20')}{newer > 0 && <em> · {t('live.paused', { n: newer })}</em>}</h2>
      <ul ref={list} onPointerEnter={still} onPointerLeave={() => keep(null)} onFocusIn={still} onFocusOut={() => keep(null)}>
        {shown.slice(0, places).map((item) => <Tile key={item.id} item={item} />)}
        {Array.from({ length: Math.max(0, places - shown.length) }, (_, i) => <li key={`free${i}`} class="free" aria-hidden="true" />)}
      </ul>
    </section>
  );
}
