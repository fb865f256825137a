// Says a word of the model server's pages: w('models.none').
import { teller, type TableLike } from '../words/tell';

export const models_en = {
  'models': 'Models', 'api': 'API', 'theme': 'Colours', 'language': 'Language', 'pages': 'Pages',
  'lost': 'The server does not answer. What stands here is the last it said.', 'lost.fix': 'It is asked again by itself.', 'refused': 'The server refused',
  'models.none': 'No model is served yet', 'models.none.do': 'Put one into the repository: a folder of its name, in it a folder for the version, in it the network.', 'models.count': { one: '{n} model, {ready} ready', other: '{n} models, {ready} ready' },
  'backends': 'Runtimes: {list}', 'load': 'Load', 'unload': 'Unload', 'working': 'Working…', 'default': 'answers', 'make_default': 'Let it answer', 'never_loaded': 'never loaded',
  'state.READY': 'ready', 'state.LOADING': 'loading', 'state.UNLOADING': 'unloading', 'state.UNAVAILABLE': 'unavailable', 'state.': 'not loaded',
  'version': 'Version', 'state': 'State', 'runs_on': 'Runs on', 'memory': 'Memory', 'requests': 'Requests', 'failed': '{n} failed', 'latency': 'Answers in', 'latency.of': 'p50 · p95 · p99', 'loaded_in': 'loaded in {time}',
  'details': 'Measured, tensors, try it', 'measured': 'Time of one run, measured here when it was loaded', 'batch': 'Batch', 'time': 'Time', 'per_entry': 'Per entry', 'measured.none': 'Not measured yet.',
  'where': 'Where the time of a request goes', 'queue': 'waiting', 'input': 'taking in', 'infer': 'network', 'output': 'giving out', 'where.none': 'Nobody has asked yet.',
  'tensors': 'Tensors', 'takes': 'Takes', 'gives': 'Gives', 'optional': 'optional', 'labels': '{n} labels',
  'try': 'Try it', 'try.picture': 'A picture', 'try.json': 'JSON', 'try.drop': 'Drop a picture here, or choose one', 'try.ask': 'Ask', 'try.asking': 'Asking…', 'try.answered': 'answered in {time}', 'try.no_picture': 'This model takes tensors only; ask it in JSON.', 'try.nothing': 'nothing found',
};
export const models_fr: TableLike<typeof models_en> = {
  'models': 'Modèles', 'api': 'API', 'theme': 'Couleurs', 'language': 'Langue', 'pages': 'Pages',
  'lost': 'Le serveur ne répond pas. Ce qui est ici est ce qu’il a dit en dernier.', 'lost.fix': 'Il est redemandé de lui-même.', 'refused': 'Le serveur a refusé',
  'models.none': 'Aucun modèle n’est encore servi', 'models.none.do': 'Mettez-en un dans le dépôt : un dossier à son nom, dedans un dossier pour la version, dedans le réseau.', 'models.count': { one: '{n} modèle, {ready} prêt', other: '{n} modèles, {ready} prêts' },
  'backends': 'Moteurs : {list}', 'load': 'Charger', 'unload': 'Décharger', 'working': 'En cours…', 'default': 'répond', 'make_default': 'Faire répondre', 'never_loaded': 'jamais chargé',
  'state.READY': 'prêt', 'state.LOADING': 'chargement', 'state.UNLOADING': 'déchargement', 'state.UNAVAILABLE': 'indisponible', 'state.': 'pas chargé',
  'version': 'Version', 'state': 'État', 'runs_on': 'Moteur', 'memory': 'Mémoire', 'requests': 'Requêtes', 'failed': '{n} en échec', 'latency': 'Répond en', 'latency.of': 'p50 · p95 · p99', 'loaded_in': 'chargé en {time}',
  'details': 'Mesures, tenseurs, essai', 'measured': 'Durée d’un passage, mesurée ici au chargement', 'batch': 'Lot', 'time': 'Durée', 'per_entry': 'Par entrée', 'measured.none': 'Pas encore mesuré.',
  'where': 'Où passe le temps d’une requête', 'queue': 'attente', 'input': 'réception', 'infer': 'réseau', 'output': 'restitution', 'where.none': 'Personne n’a encore demandé.',
  'tensors': 'Tenseurs', 'takes': 'Prend', 'gives': 'Donne', 'optional': 'facultatif', 'labels': '{n} étiquettes',
  'try': 'Essayer', 'try.picture': 'Une image', 'try.json': 'JSON', 'try.drop': 'Déposez une image ici, ou choisissez-en une', 'try.ask': 'Demander', 'try.asking': 'En cours…', 'try.answered': 'répondu en {time}', 'try.no_picture': 'Ce modèle ne prend que des tenseurs ; demandez-lui en JSON.', 'try.nothing': 'rien trouvé',
};
export const { t: w, word: model_word } = teller(models_en, models_fr);
