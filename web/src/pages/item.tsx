// One part: its images, why it was decided so, what the models saw, where the time went and where it comes from.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, image_address, read_item } from '../state/api';
import { cameras_of, decision_of_camera } from '../state/item_facts';
import { useKeys } from '../state/keys';
import { useLoad } from '../state/load';
import { filter_query } from '../state/filter';
import { read_neighbours, type Neighbours } from '../state/neighbours';
import { overlay_on } from '../state/overlay';
import { go, query } from '../state/router';
import type { Item } from '../state/types';
import { day_and_time } from '../words/format';
import { reasons_of_item } from '../words/reasons';
import { t } from '../words/words';
import { Icon } from '../parts/icon';
import { Picture } from '../parts/picture';
import { Predictions } from '../parts/predictions';
import { Provenance } from '../parts/provenance';
import { Shape } from '../parts/shape';
import { Empty, ErrorCard, Skeleton } from '../parts/states';
import { Timings } from '../parts/timings';
import { ToItemOrder } from '../parts/to_order';
import { Why } from '../parts/why';

const address_of = (id: string) => `/items/${id}${location.search}`;

function Steer({ around }: { around: Neighbours | undefined }) {
  const turn = (id: string | null | undefined) => {
    if (id) go(address_of(id), true);
  };
  useKeys({ ArrowLeft: () => turn(around?.older), ArrowRight: () => turn(around?.newer) });
  const link = (id: string | null | undefined, side: 'older' | 'newer') => {
    const inside = <>{side === 'older' && <Icon name="left" size={20} />}<span>{t(`item.${side}`)}</span>{side === 'newer' && <Icon name="right" size={20} />}</>;
    return id
      ? <a class="button" href={address_of(id)} rel={side === 'older' ? 'prev' : 'next'} aria-keyshortcuts={side === 'older' ? 'ArrowLeft' : 'ArrowRight'}
        onClick={(event) => { event.preventDefault(); turn(id); }}>{inside}</a>
      : <span class="button" aria-disabled="true">{inside}</span>;
  };
  return <div class="steer">{link(around?.older, 'older')}{link(around?.newer, 'newer')}</div>;
}

function download(item: Item) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(item, null, 2)], { type: 'application/json' }));
  Object.assign(document.createElement('a'), { href: url, download: `${item.id}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function OverlaySwitch() {
  const flip = () => { overlay_on.value = !overlay_on.value; };
  useKeys({ o: flip });
  return (
    <button class="toggle" role="switch" aria-checked={overlay_on.value} aria-keyshortcuts="o" title={t('item.overlay.hint')} onClick={flip}>
      <span class="toggle-track" aria-hidden="true" /><span>{t('item.overlay')}</span>
    </button>
  );
}

function Images({ item, isolated, isolate }: { item: Item; isolated: string | null; isolate: (name: string | null) => void }) {
  const cameras = cameras_of(item);
  return (
    <section class={`images${cameras.length > 1 ? ' several' : ''}`}>
      {cameras.map((camera) => {
        const decision = decision_of_camera(item, camera);
        return (
          <figure key={camera}>
            <div class="mat"><Picture item={item} camera={camera} isolated={isolated} onIsolate={isolate} /></div>
            <figcaption>
              {decision && <Shape decision={decision} size={18} />}<span class="cut">{camera}</span>
              {item.binaries[camera] && <a href={image_address(item.id, camera)} target="_blank" rel="noopener"><Icon name="expand" size={18} />{t('item.full')}</a>}
            </figcaption>
          </figure>
        );
      })}
    </section>
  );
}

function Whole({ item }: { item: Item }) {
  const [isolated, isolate] = useState<string | null>(null);
  const filter = filter_query(query.value);
  const around = useLoad(`${item.id} ${filter}`, (signal) => read_neighbours(item, filter, signal));
  const filtered = filter.toString() !== '';
  return (
    <article class="item">
      <header class={`item-head ${item.decision}`}>
        <div class="item-verdict">
          <h1><Shape decision={item.decision} size={44} />{t(`verdict.${item.decision}`)}</h1>
          <div>
            {reasons_of_item(item).slice(0, 2).map((reason) => <p key={reason} class="item-reason">{reason}</p>)}
            <p class="muted"><time dateTime={item.creation_date}>{day_and_time(item.creation_date)}</time>{filtered && ` · ${t('item.in_filter')}`}</p>
          </div>
        </div>
        <Steer around={around.data} />
      </header>
      <div class="item-body">
        <div class="item-left">
          <Images {...{ item, isolated, isolate }} />
          <div class="item-tools">
            <OverlaySwitch />
            <button class="button" onClick={() => download(item)}><Icon name="download" size={20} />{t('item.json')}</button>
            <ToItemOrder id={item.id} />
          </div>
        </div>
        <div class="item-right">
          <Why item={item} />
          <Predictions item={item} isolate={isolate} />
          <Timings item={item} />
          <Provenance item={item} />
        </div>
      </div>
    </article>
  );
}

export function ItemPage({ id }: { id: string }) {
  const { data, error, again } = useLoad(id, (signal) => read_item(id, signal));
  const [last, keep] = useState<Item | undefined>(undefined);
  useEffect(() => {
    if (data) keep(data);
    document.title = data ? `${t(`verdict.${data.decision}`)} – ${t('item.title')} – Orée` : `${t('item.title')} – Orée`;
  }, [data]);
  if (error instanceof ApiError && (error.status === 400 || error.status === 404)) {
    return <Empty title={t('item.gone')} next={t('item.gone.next')}><a class="button" href="/history">{t('nav.history')}</a></Empty>;
  }
  if (error !== undefined) return <ErrorCard error={error} again={again} />;
  const shown = data ?? last; // turning pages: the old part stays until the next one is there
  return shown ? <Whole item={shown} /> : <div class="item"><Skeleton kind="card" count={2} /></div>;
}
