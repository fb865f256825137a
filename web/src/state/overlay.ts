// What is drawn over the images, chosen once for every page: boxes, masks and labels on or off.
import { signal } from '@preact/signals';

export const overlay_on = signal(true);
