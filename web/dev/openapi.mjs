// A short OpenAPI document in the shape the station serves, for the API page.
const id = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' }, description: 'The item’s id' };
const json = (description) => ({ 200: { description, content: { 'application/json': {} } }, 400: { description: 'What was wrong, in a sentence' } });

export const openapi = {
  openapi: '3.0.3',
  info: { title: 'Orée station', version: '0.1.0', description: 'Inspection of parts: trigger, read, search.' },
  paths: {
    '/api/v1/items': { get: { tags: ['Items'], summary: 'Search items, newest first', parameters: [
      { name: 'limit', in: 'query', schema: { type: 'integer', default: 50, maximum: 200 }, description: 'How many at most' },
      { name: 'cursor', in: 'query', schema: { type: 'string' }, description: 'X-Next-Cursor of the page before' },
      { name: 'decision', in: 'query', schema: { type: 'string', enum: ['OK', 'KO', 'NO_DECISION'] } },
      { name: 'label', in: 'query', schema: { type: 'string' } }], responses: json('The items') } },
    '/api/v1/items/{id}': { get: { tags: ['Items'], summary: 'One item', parameters: [id], responses: json('The item') } },
    '/api/v1/items/{id}/binaries/{camera}': { get: { tags: ['Items'], summary: 'One image', parameters: [id,
      { name: 'camera', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'longest', in: 'query', schema: { type: 'integer' }, description: 'Longest side of a thumbnail, in pixels' }], responses: { 200: { description: 'The image', content: { 'image/jpeg': {} } } } } },
    '/api/v1/trigger': { post: { tags: ['Inspection'], summary: 'Inspect one part now', description: 'Runs the active configuration once. A raw image body feeds http cameras.', requestBody: { content: { 'image/jpeg': {}, 'multipart/form-data': {} } }, responses: json('The decision') } },
    '/api/v1/configs/active': {
      get: { tags: ['Configuration'], summary: 'The active configuration', responses: json('The configuration') },
      post: { tags: ['Configuration'], summary: 'Make a configuration active', parameters: [{ name: 'station_name', in: 'query', required: true, schema: { type: 'string' } }], responses: json('The configuration') } },
    '/api/v1/station': { get: { tags: ['Station'], summary: 'What runs, and how it is', responses: json('The station') } },
    '/api/v1/health/live': { get: { tags: ['Station'], summary: 'Is the process alive', responses: json('ok') } },
    '/events': { get: { tags: ['Station'], summary: 'Every verdict as it falls (server-sent events)', responses: json('Events') } },
    '/metrics': { get: { tags: ['Station'], summary: 'Numbers for Prometheus', responses: { 200: { description: 'Text', content: { 'text/plain': {} } } } } },
  },
};
