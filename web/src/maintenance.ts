// The pages about maintenance, in one script that is loaded when the first of them is opened.
export { Authorities } from './pages/authorities';
export { Deliveries } from './pages/deliveries';
export { Ledger } from './pages/ledger';
export { OrderPage } from './pages/order';
export { Orders } from './pages/orders';
