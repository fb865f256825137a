// Reads the station's OpenAPI document into the flat list of calls that the API page shows.
export interface Parameter { name: string; in: 'path' | 'query' | 'header'; required: boolean; description: string; type: string; choices: string[]; example: string }
export interface Call { id: string; method: string; path: string; tag: string; summary: string; description: string; parameters: Parameter[]; body: string[]; answers: { status: string; description: string }[] }

type Loose = Record<string, unknown>;
const loose = (value: unknown): Loose => (value !== null && typeof value === 'object' ? (value as Loose) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Follows one local reference (#/components/…). */
function resolve(document: Loose, value: unknown): Loose {
  const reference = text(loose(value)['$ref']);
  if (!reference.startsWith('#/')) return loose(value);
  return loose(reference.slice(2).split('/').reduce<unknown>((at, name) => loose(at)[name], document));
}

function parameter_of(document: Loose, raw: unknown): Parameter {
  const p = resolve(document, raw), schema = resolve(document, p['schema']);
  return {
    name: text(p['name']), in: (text(p['in']) || 'query') as Parameter['in'], required: p['required'] === true, description: text(p['description']),
    type: text(schema['type']), choices: list(schema['enum']).map(text), example: text(p['example'] ?? schema['default']),
  };
}

export function calls_of(raw: unknown): Call[] {
  const document = loose(raw);
  return Object.entries(loose(document['paths'])).flatMap(([path, methods]) => {
    const shared = list(loose(methods)['parameters']);
    return Object.entries(loose(methods)).filter(([m]) => ['get', 'post', 'put', 'patch', 'delete'].includes(m)).map(([method, operation]) => {
      const op = loose(operation);
      return {
        id: `${method} ${path}`, method: method.toUpperCase(), path, tag: text(list(op['tags'])[0]), summary: text(op['summary']), description: text(op['description']),
        parameters: [...shared, ...list(op['parameters'])].map((p) => parameter_of(document, p)),
        body: Object.keys(loose(resolve(document, op['requestBody'])['content'])),
        answers: Object.entries(loose(op['responses'])).map(([status, answer]) => ({ status, description: text(resolve(document, answer)['description']) })),
      };
    });
  });
}

/** The name under which a query typed as one text stands among the values. */
export const free_query = '?';

/** The address of a call with its parameters filled in; empty optional ones are left out. */
export function address_of(call: Call, values: Record<string, string>): string {
  const path = call.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  const query = new URLSearchParams();
  for (const p of call.parameters) if (p.in === 'query' && values[p.name]) query.append(p.name, values[p.name]!);
  const tail = [query.toString(), values[free_query] ?? ''].filter((part) => part !== '').join('&');
  return tail ? `${path}?${tail}` : path;
}
