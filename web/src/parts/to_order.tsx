// Links to orders on pages that know nothing of them: nothing is fetched where no orders are written, and nothing
// stands in their place while their script is on its way.
import type { ComponentType } from 'preact';
import { maintenance } from '../state/maintenance';
import { lazy } from './lazy';

const links = () => import('./order_links');
type Links = Awaited<ReturnType<typeof links>>;
type Props<K extends keyof Links> = Parameters<Links[K]>[0];

function link<K extends keyof Links>(name: K): ComponentType<Props<K>> {
  const Link = lazy(async () => (await links())[name] as ComponentType<object>, undefined, null);
  return (props) => (maintenance.value ? <Link {...(props as object)} /> : null);
}
export const ToMachineOrder = link('MachineOrder'), ToMachineOrders = link('MachineOrders'), ToAnomalyOrder = link('AnomalyOrder'), ToItemOrder = link('ItemOrder'), ToRunOrder = link('RunOrder');
