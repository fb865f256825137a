// What sensors are called in the reader's language; without a word here a sensor is its name with spaces.
import { teller } from './tell';

const en = {
  'sensor.drill_speed': 'drill speed', 'sensor.drill_temperature': 'drill temperature', 'sensor.bit_friction': 'bit friction', 'sensor.cooling_water_temperature': 'cooling-water temperature',
  'sensor.water_temperature': 'cooling-water temperature', 'sensor.cooling_temperature': 'cooling temperature',
};
const fr: typeof en = {
  'sensor.drill_speed': 'vitesse du foret', 'sensor.drill_temperature': 'température du foret', 'sensor.bit_friction': 'frottement de la mèche', 'sensor.cooling_water_temperature': 'température de l’eau',
  'sensor.water_temperature': 'température de l’eau', 'sensor.cooling_temperature': 'température du refroidissement',
};
const { word } = teller(en, fr);

/** A known sensor in the reader's words, any other one as its name with spaces. */
export const sensor_name = (name: string): string => word(`sensor.${name}`, name.replaceAll('_', ' '));
