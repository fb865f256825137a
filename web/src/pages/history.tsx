// History: a gallery of every part kept, day by day. New parts never push what is read: a button offers them.
import { useEffect, useRef } from 'preact/hooks';
import { image_address, read_labels } from '../state/api';
import { gallery, open_gallery, read_older } from '../state/gallery';
import { face_of } from '../state/item_facts';
import { useLoad } from '../state/load';
import { filter_query } from '../state/filter';
import { query } from '../state/router';
import { sheet, station_name } from '../state/sheet';
import { arrived, connection } from '../state/stream';
import type { Item } from '../state/types';
import { clock, day } from '../words/format';
import { reasons_of_item } from '../words/reasons';
import { t } from '../words/words';
import { Filters } from '../parts/filters';
import { Shape } from '../parts/shape';
import { Empty, ErrorCard, Skeleton } from '../parts/states';

function Card({ item, filter }: { item: Item; filter: string }) {
  const camera = face_of(item);
  const reason = reasons_of_item(item)[0] ?? '';
  return (
    <li>
      <a class={`card ${item.decision}`} href={`/items/${item.id}${filter}`} title={reason}>
        {camera ? <img src={image_address(item.id, camera, 320)} alt="" loading="lazy" decoding="async" /> : <span class="card-empty">{t('live.no_image')}</span>}
        <span class="card-line"><Shape decision={item.decision} size={22} /><b>{t(`verdict.${item.decision}`)}</b><time dateTime={item.creation_date}>{clock(item.creation_date)}</time></span>
        <span class="card-reason">{reason}</span>
      </a>
    </li>
  );
}

/** Items in runs of one day, in order. */
export function by_day(items: Item[]): [string, Item[]][] {
  const days: [string, Item[]][] = [];
  for (const item of items) {
    const name = new Date(item.creation_date).toDateString();
    if (days.at(-1)?.[0] === name) days.at(-1)![1].push(item);
    else days.push([name, [item]]);
  }
  return days;
}

function Older() {
  const { next, loading, error, items } = gallery.value;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!button.current) return;
    const watch = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting && !gallery.peek().error) read_older();
    }, { rootMargin: '400px' });
    watch.observe(button.current);
    return () => watch.disconnect();
  }, [next]);
  if (error !== undefined) return <ErrorCard error={error} again={read_older} />;
  if (next === null) return items.length > 12 ? <p class="muted end-note">{t('history.end')}</p> : null;
  return <button ref={button} class="button older" disabled={loading} onClick={read_older}>{loading ? t('history.loading') : t('history.older')}</button>;
}

export function History() {
  const key = query.value.toString();
  const labels = useLoad(`labels ${station_name.value}`, read_labels);
  const { items, loaded, error, key: shown_key, at_load, next } = gallery.value;
  useEffect(() => open_gallery(key, arrived.peek()), [key, station_name.value]);
  const back = connection.value === 'live';
  useEffect(() => {
    if (back && gallery.peek().error !== undefined) open_gallery(key, arrived.peek(), true);
  }, [back]);
  useEffect(() => {
    document.title = `${t('history.title')} – Orée`;
  });
  const ready = loaded && shown_key === key;
  const fresh = arrived.value - at_load;
  const filter = filter_query(query.value).toString();
  return (
    <div class="history">
      <header class="page-head">
        <h1>{t('history.title')}</h1>
        {ready && <p class="muted" role="status">{next ? t('history.shown_more', { n: items.length }) : t('history.shown', { n: items.length })}</p>}
        {ready && fresh > 0 && <button class="button new-items" onClick={() => { scrollTo(0, 0); open_gallery(key, arrived.peek(), true); }}>{t('history.new', { n: fresh })}</button>}
      </header>
      <Filters labels={labels.data ?? []} cameras={sheet.value?.cameras.map((c) => c.name) ?? []} />
      {!ready && error === undefined && <Skeleton kind="tile" count={12} />}
      {!ready && error !== undefined && <ErrorCard error={error} again={() => open_gallery(key, arrived.peek(), true)} />}
      {ready && items.length === 0 && (key
        ? <Empty title={t('history.empty')} next={t('history.empty.next')}><a class="button" href="/history">{t('history.clear')}</a></Empty>
        : <Empty title={t('history.nothing')} next={t('history.nothing.next')}><a class="button" href="/live">{t('nav.live')}</a></Empty>)}
      {ready && by_day(items).map(([name, list]) => (
        <section key={name}>
          <h2 class="day">{day(list[0]!.creation_date)}</h2>
          <ul class="gallery">{list.map((item) => <Card key={item.id} item={item} filter={filter ? `?${filter}` : ''} />)}</ul>
        </section>
      ))}
      {ready && <Older />}
    </div>
  );
}
