// The types of orders.mjs, for the tests.
import type { Order } from '../src/state/orders_types';
export class Maintenance {
  constructor(tell: (name: string, data: unknown) => void, options?: { empty?: boolean });
  orders: Order[];
  blobs: Map<string, Buffer>;
  answer(method: string, url: URL, body: unknown): [status: number, body: unknown, headers?: Record<string, string>] | null;
}
