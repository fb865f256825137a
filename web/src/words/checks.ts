// The name of a health check in the reader's language: "disk", or a kind and a name such as "camera top".
import { t, word } from './words';

export function check_in_words(check: string): string {
  const [kind = '', ...rest] = check.split(' ');
  const name = rest.join(' ');
  const title = word(`check.${kind}`, kind);
  return name ? t('check.of', { kind: title, name }) : title;
}
