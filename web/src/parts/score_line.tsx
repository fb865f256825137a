// The newest scores of one machine as a small line under its threshold; what is above the threshold is red and thick.
import type { Detector } from '../state/telemetry_types';
import { limit, reading } from '../words/format';
import { t } from '../words/words';

const width = 240, height = 56, pad = 4;

/** The line's path; time runs evenly, and a silence three times longer than usual breaks it. */
export function path_of(scores: Detector['scores'], top: number): string {
  if (scores.length === 0) return '';
  const first = scores[0]![0], span = Math.max(1, scores.at(-1)![0] - first);
  const steps = scores.slice(1).map(([time], i) => time - scores[i]![0]).sort((a, b) => a - b);
  const usual = steps[steps.length >> 1] ?? span;
  const place = ([time, score]: [number, number]): [number, number] => [pad + ((time - first) / span) * (width - 2 * pad), height - pad - (Math.min(score, top) / top) * (height - 2 * pad)];
  return scores.map((point, i) => {
    const [x, y] = place(point), broken = i === 0 || point[0] - scores[i - 1]![0] > usual * 3;
    return `${broken ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
  }).join('');
}

export function ScoreLine({ detector, name }: { detector: Detector; name: string }) {
  const { scores, threshold, score } = detector;
  if (scores.length < 2) return <p class="score-line none muted small">{t('machines.no_score')}</p>;
  const top = Math.max(threshold * 1.35, ...scores.map(([, s]) => s)) || 1;
  const y = height - pad - (threshold / top) * (height - 2 * pad);
  const path = path_of(scores, top);
  return (
    <div class="score-line">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={t('machines.score_text', { name, score: score === null ? '–' : reading(score), threshold: limit(threshold) })}>
        <clipPath id={`over-${name}`}><rect x="0" y="0" width={width} height={y} /></clipPath>
        <path d={path} class="line" />
        <path d={path} class="over" clip-path={`url(#over-${name})`} />
        <path d={`M0 ${y}H${width}`} class="limit" />
      </svg>
      <span class="limit-label" style={{ top: `${(y / height) * 100}%` }}>{limit(threshold)}</span>
    </div>
  );
}
