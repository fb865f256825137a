// What each model saw, as rows with score bars. Hovering or focusing a row isolates it on the image.
import { useState } from 'preact/hooks';
import { colour_of } from '../state/colours';
import type { Item, Prediction, Step } from '../state/types';
import { percent } from '../words/format';
import { t } from '../words/words';

interface Row { key: string; label: string; ratio: number; text: string; strong?: boolean; isolates?: string; threshold?: number }
const shown_rows = 8;

export function rows_of(prediction: Prediction, step: Step | undefined): Row[] {
  if (prediction.prediction_type === 'class') {
    const scores = prediction.scores?.length ? prediction.scores : [prediction];
    return [...scores].sort((a, b) => b.probability - a.probability)
      .map((s) => ({ key: s.label, label: s.label, ratio: s.probability, text: percent(s.probability), strong: s.label === prediction.label }));
  }
  if (prediction.prediction_type === 'objects') {
    return Object.entries(prediction.detected_objects).sort(([, a], [, b]) => b.objectness - a.objectness)
      .map(([name, o]) => ({ key: name, label: o.label, ratio: o.objectness, text: percent(o.objectness, 0), isolates: name }));
  }
  const limit = step?.rule?.type === 'max_area_ratio' ? step.rule : undefined;
  const most = Math.max(0.01, ...Object.values(prediction.area_ratios), (limit?.threshold ?? 0) * 1.5);
  return Object.entries(prediction.area_ratios).map(([label, ratio]) => ({
    key: label, label, ratio: ratio / most, text: percent(ratio, 2), isolates: label,
    ...(limit?.label === label && limit.threshold !== undefined ? { threshold: limit.threshold / most } : {}),
  }));
}

function ScoreRow({ row, coloured, isolate }: { row: Row; coloured: boolean; isolate: (name: string | null) => void }) {
  const name = row.isolates ?? null;
  const events = name === null ? {} : { tabIndex: 0, onPointerEnter: () => isolate(name), onPointerLeave: () => isolate(null), onFocus: () => isolate(name), onBlur: () => isolate(null) };
  return (
    <li class={`score${row.strong ? ' strong' : ''}`} {...events}>
      <span class="score-label">{coloured && <i class="swatch" style={{ background: colour_of(row.label) }} />}<span class="cut" title={row.label}>{row.label}</span></span>
      <span class="score-bar"><span style={{ width: `${Math.min(100, row.ratio * 100)}%` }} />{row.threshold !== undefined && <i class="limit" style={{ left: `${row.threshold * 100}%` }} />}</span>
      <span class="score-text">{row.text}</span>
    </li>
  );
}

export function Predictions({ item, isolate }: { item: Item; isolate: (name: string | null) => void }) {
  const [all, show_all] = useState(false);
  return (
    <section class="panel">
      <h2>{t('item.predictions')}</h2>
      {Object.entries(item.predictions).map(([name, prediction]) => {
        const step = item.steps.find((s) => s.name === name);
        const rows = rows_of(prediction, step);
        const shown = all ? rows : rows.slice(0, shown_rows);
        return (
          <div key={name} class="prediction">
            {item.steps.length > 1 && <h3>{name}</h3>}
            {rows.length === 0 && <p class="muted">{t('item.nothing_seen')}</p>}
            <ul>{shown.map((row) => <ScoreRow key={row.key} row={row} coloured={prediction.prediction_type !== 'class'} isolate={isolate} />)}</ul>
            {rows.length > shown.length && <button class="button plain" onClick={() => show_all(true)}>{t('item.more_objects', { n: rows.length - shown.length })}</button>}
            <p class="muted small made-by">{t('item.model')} <b>{prediction.model_name}</b> · {t('item.version', { version: prediction.model_version })}</p>
          </div>
        );
      })}
      {Object.keys(item.predictions).length === 0 && <p class="muted">{t('reason.no_prediction_for_rule')}</p>}
    </section>
  );
}
