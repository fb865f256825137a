// Said on the pages about machines by a station that takes no readings.
import { t } from '../words/words';
import { Empty } from './states';

export const NoTelemetry = () => <Empty title={t('telemetry.none')} next={t('telemetry.none.next')}><a class="button" href="/station">{t('nav.station')}</a></Empty>;
