// Where a part's verdict comes from: trigger, configuration, models with their digests, images with theirs.
import type { ComponentChildren } from 'preact';
import type { Item, Step } from '../state/types';
import { bytes } from '../words/format';
import { t, word } from '../words/words';
import { Shape } from './shape';
import { CopyButton } from './states';

export const Fact = ({ name, children }: { name: string; children: ComponentChildren }) => <div class="fact"><dt>{name}</dt><dd>{children}</dd></div>;

export function Digest({ value, name }: { value: string; name: string }) {
  return <span class="digest"><code title={value}>{value.slice(0, 12)}…</code><CopyButton text={() => value} label={`${t('item.copy')}: ${name}`} quiet /></span>;
}

function Truth({ item }: { item: Item }) {
  const seen = Object.values(item.predictions).flatMap((p) => (p.prediction_type === 'class' ? [p.label] : []));
  const same = seen.includes(item.truth!);
  return (
    <Fact name={t('item.truth')}>
      <b>{item.truth}</b>{seen.length > 0 && <span class="truth"><Shape decision={same ? 'OK' : 'KO'} size={16} />{same ? t('item.truth.same') : t('item.truth.other', { label: seen.join(', ') })}</span>}
    </Fact>
  );
}

const models_of = (steps: Step[]): Step[] => steps.filter((s, i) => steps.findIndex((other) => other.model === s.model && other.model_version === s.model_version) === i);

export function Provenance({ item }: { item: Item }) {
  return (
    <section class="panel">
      <h2>{t('item.provenance')}</h2>
      <dl>
        {item.truth !== undefined && <Truth item={item} />}
        {models_of(item.steps).map((step) => (
          <Fact key={step.model} name={t('item.model')}>
            <b>{step.model}</b> · {t('item.version', { version: step.model_version })}
            {step.model_digest && <Digest value={step.model_digest} name={step.model} />}
          </Fact>
        ))}
        {Object.entries(item.binaries).map(([camera, image]) => (
          <Fact key={camera} name={t('item.file', { camera })}>
            {image.source && <span>{image.source} · </span>}{image.width} × {image.height} · {bytes(image.bytes)}
            <Digest value={image.sha256} name={camera} />
          </Fact>
        ))}
        {item.trigger && <Fact name={t('item.trigger')}>{word(`trigger.${item.trigger.type}`, item.trigger.type)}{item.trigger.detail && ` · ${item.trigger.detail}`}</Fact>}
        <Fact name={t('item.config')}>{item.config}</Fact>
        <Fact name={t('item.id')}><Digest value={item.id} name={t('item.id')} /></Fact>
      </dl>
    </section>
  );
}
