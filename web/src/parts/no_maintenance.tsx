// Said where a page about maintenance is opened at a station that writes no orders.
import { o } from '../words/orders';
import { Empty } from './states';

export const NoMaintenance = () => <Empty title={o('off')} next={o('off.next')} />;
