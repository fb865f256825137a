// The pictures of Live: one camera fills the space, several share it in a steady grid, each with its own verdict.
import { cameras_of, decision_of_camera } from '../state/item_facts';
import { live_size } from '../state/shown';
import type { Item } from '../state/types';
import { t } from '../words/words';
import { Picture } from './picture';
import { Shape } from './shape';

export function Wall({ item }: { item: Item }) {
  const cameras = cameras_of(item);
  const columns = cameras.length <= 1 ? 1 : cameras.length <= 4 ? 2 : 3;
  return (
    <section class={`wall${cameras.length > 1 ? ' several' : ''}${cameras.length === 2 ? ' pair' : ''}`} style={{ '--columns': columns, '--rows': Math.ceil(cameras.length / columns) }}>
      {cameras.length === 0 && <div class="stage"><div class="no-picture fit"><span>{t('live.no_image')}</span></div></div>}
      {cameras.map((camera) => {
        const decision = decision_of_camera(item, camera);
        const longest = live_size(item, camera);
        return (
          <figure key={camera} class={`stage ${decision ?? ''}`}>
            <Picture item={item} camera={camera} fit {...(longest ? { longest } : {})} />
            {cameras.length > 1 && <figcaption>{decision && <Shape decision={decision} size={18} />}<span class="cut">{camera}</span></figcaption>}
          </figure>
        );
      })}
    </section>
  );
}
