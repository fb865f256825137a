// One camera's image with what the models saw drawn on it: boxes with labelled tabs, masks, the class as a tag.
import { useState } from 'preact/hooks';
import { overlay_on } from '../state/overlay';
import { image_address } from '../state/api';
import { predictions_of_camera } from '../state/item_facts';
import type { Box, FoundObject, Item, Prediction } from '../state/types';
import { percent } from '../words/format';
import { t } from '../words/words';
import { colour_of, ink_on } from '../state/colours';
import { Mask } from './mask';
import { Shape } from './shape';

interface Boxes { objects: [string, FoundObject][]; width: number; height: number; isolated: string | null; isolate: (name: string | null) => void }

/** A box as shares of the image, cut at its edges. */
function inside([l, t, r, b]: Box, width: number, height: number): Box {
  const share = (value: number, whole: number) => Math.min(1, Math.max(0, value / whole));
  return [share(l, width), share(t, height), share(r, width), share(b, height)];
}

function ObjectBoxes({ objects, width, height, isolated, isolate }: Boxes) {
  return (
    <>
      {objects.map(([name, found]) => {
        const colour = colour_of(found.label);
        const dimmed = isolated !== null && isolated !== name && isolated !== found.label;
        const [l, t, r, b] = inside(found.location, width, height);
        const place = { left: `${l * 100}%`, top: `${t * 100}%`, width: `${(r - l) * 100}%`, height: `${(b - t) * 100}%` };
        return (
          <div key={name} class={`box${dimmed ? ' dimmed' : ''}${isolated === name ? ' alone' : ''}`} style={{ ...place, '--class': colour, '--ink': ink_on(colour) }}
            onPointerEnter={() => isolate(name)} onPointerLeave={() => isolate(null)}>
            <span class={`tab${t < 0.06 ? ' inside' : ''}${l + r > 1 ? ' from-right' : ''}`}>{found.label} {percent(found.objectness, 0)}</span>
          </div>
        );
      })}
    </>
  );
}

function Drawn({ prediction, width, height, isolated, isolate }: Omit<Boxes, 'objects'> & { prediction: Prediction }) {
  if (prediction.prediction_type === 'objects') {
    return <ObjectBoxes objects={Object.entries(prediction.detected_objects)} {...{ width, height, isolated, isolate }} />;
  }
  if (prediction.prediction_type === 'mask') return <Mask {...{ mask: prediction, width, height, isolated }} />;
  return null;
}

/** The words at the foot of the image: classes, and how much of the image each mask covers. */
function Tags({ item, camera }: { item: Item; camera: string }) {
  const tags = predictions_of_camera(item, camera).flatMap(({ step, prediction }) => {
    if (prediction.prediction_type === 'class') return [{ step, text: `${prediction.label} ${percent(prediction.probability, 0)}` }];
    if (prediction.prediction_type === 'objects') return [];
    return Object.entries(prediction.area_ratios).filter(([, ratio]) => ratio > 0).map(([label, ratio]) => ({ step, text: `${label} ${percent(ratio, 2)}` }));
  });
  if (tags.length === 0) return null;
  return (
    <div class="tags">
      {tags.map(({ step, text }) => <span class="tag" key={step.name + text}><Shape decision={step.decision} size={16} />{text}</span>)}
    </div>
  );
}

interface PictureProps { item: Item; camera: string; longest?: number; isolated?: string | null; onIsolate?: (name: string | null) => void; fit?: boolean; bare?: boolean }

export function Picture({ item, camera, longest, isolated: given, onIsolate, fit = false, bare = false }: PictureProps) {
  const [own, set_own] = useState<string | null>(null);
  const [failed, set_failed] = useState('');
  const binary = item.binaries[camera];
  const address = image_address(item.id, camera, longest);
  if (!binary || failed === address) return <div class={`no-picture${fit ? ' fit' : ''}`}><Shape decision="NO_DECISION" size={40} /><span>{t('live.no_image')}</span></div>;
  const width = binary.width || 4, height = binary.height || 3;
  const isolated = given ?? own;
  const isolate = onIsolate ?? set_own;
  return (
    <div class={`picture${fit ? ' fit' : ''}`} style={{ '--ratio': width / height }}>
      <img src={address} alt={t('live.camera', { name: camera })} width={width} height={height} decoding="async" onError={() => set_failed(address)} />
      {overlay_on.value && !bare && predictions_of_camera(item, camera).map(({ step, prediction }) => (
        <Drawn key={step.name} {...{ prediction, width, height, isolated, isolate }} />
      ))}
      {overlay_on.value && !bare && <Tags item={item} camera={camera} />}
    </div>
  );
}
