// The time shown, as buttons: a span that follows now, narrower and wider, earlier and later, and back to now.
import { show_zoom } from '../state/board';
import { useKeys } from '../state/keys';
import type { MachineSeries } from '../state/telemetry_types';
import { usual_step } from '../state/track';
import { moved, span_names, zoomed, type Range, type Zoom } from '../state/zoom';
import { duration, stretch } from '../words/format';
import { t } from '../words/words';
import { Icon, type IconName } from './icon';

/** How fine the points are: the usual distance of those that came. */
function fineness({ resolution, sensors }: MachineSeries): string {
  const apart = resolution === 'raw' ? 0 : usual_step(sensors[0]?.time ?? []) / 1000;
  return apart < 1 ? t('series.raw') : t('series.every', { time: duration(Math.round(apart)) });
}

const standing = (range: Range): Zoom => ({ follows: false, ...range });

export function ZoomBar({ zoom, range, series }: { zoom: Zoom; range: () => Range; series: MachineSeries | undefined }) {
  const turn = (share: number) => show_zoom(standing(moved(range(), share)), !zoom.follows);
  const scale = (factor: number) => show_zoom(standing(zoomed(range(), factor)), !zoom.follows);
  const back = () => show_zoom({ follows: true, span: 'hour' });
  useKeys({ ArrowLeft: () => turn(-0.5), ArrowRight: () => turn(0.5), '+': () => scale(0.5), '-': () => scale(2), '0': back, Escape: back });
  const steps: [IconName, () => void, 'earlier' | 'later' | 'closer' | 'wider', string][] = [
    ['left', () => turn(-0.5), 'earlier', 'ArrowLeft'], ['right', () => turn(0.5), 'later', 'ArrowRight'], ['plus', () => scale(0.5), 'closer', '+'], ['minus', () => scale(2), 'wider', '-'],
  ];
  return (
    <div class="zoom-bar" role="toolbar" aria-label={t('zoom.label')}>
      <div class="switch spans" role="group" aria-label={t('zoom.span')}>
        {span_names.map((span) => <button key={span} aria-pressed={zoom.follows && zoom.span === span} onClick={() => show_zoom({ follows: true, span })}>{t(`zoom.${span}`)}</button>)}
      </div>
      <div class="switch steps" role="group" aria-label={t('zoom.move')}>
        {steps.map(([icon, job, word, key]) => <button key={word} title={`${t(`zoom.${word}`)} (${key.replace('ArrowLeft', '←').replace('ArrowRight', '→')})`} aria-label={t(`zoom.${word}`)} aria-keyshortcuts={key} onClick={job}><Icon name={icon} size={20} /></button>)}
      </div>
      <div class="zoom-words">
        {zoom.follows ? <span class="following"><i />{t('zoom.following')}</span> : <b class="cut">{stretch(zoom.from, zoom.to)}</b>}
        {series && <small>{fineness(series)}</small>}
        {!zoom.follows && <button class="button" onClick={back} title={t('zoom.hint')}><Icon name="play" size={18} />{t('zoom.now')}</button>}
      </div>
    </div>
  );
}
