// Says a word of the Optimise page: w('path.title').
import { teller, type TableLike } from '../words/tell';

export const workshop_en = {
  'title': 'Optimise', 'running': 'At work', 'done': 'Done', 'failed': 'Stopped', 'ready': 'Ready to hand out', 'refused': 'Not handed out',
  'path.title': 'The way', 'path.first': 'as it came', 'path.accuracy': 'Right answers', 'path.bytes': 'File', 'path.time': 'Answer in', 'path.memory': 'Memory', 'path.unknown': 'not measured', 'path.same': 'the same', 'path.next': 'Next',
  'factor.faster': '{n}× faster', 'factor.slower': '{n}× slower', 'factor.less': '{n} less', 'factor.more': '{n} more', 'points.more': '+{n} points', 'points.less': '−{n} points',
  'gates.title': 'Gates for {target}', 'gates.limit': 'asked {limit}', 'gates.repair': 'To mend it: {repair}', 'holds': 'holds', 'fails': 'fails', 'open': 'not measured here',
  'pareto.title': 'What is worth having', 'pareto.sentence': { one: '{n} way tried of {space}', other: '{n} ways tried of {space}' }, 'pareto.x': 'answer in, ms', 'pareto.y': 'right answers', 'pareto.front': 'nothing tried is better in everything', 'pareto.beaten': 'beaten', 'pareto.none': 'Only one way was asked for.', 'pareto.below': '< {n}', 'pareto.way': 'Way', 'pareto.pick': 'the pick',
  'certificate.title': 'Certificate', 'certificate.open': 'Open the certificate', 'certificate.sentence': 'Signed for this network on {target}, measured on {machine}.', 'certificate.none': 'There is no certificate: a gate fails, so nothing was written under its final name.', 'certificate.later': 'It comes when all gates are judged.', 'download': 'The network, {size}',
  'error.title': 'This could not be done', 'lost': 'The program no longer answers. What stands here is the last it said.', 'lost.fix': 'Look at the terminal where it ran.', 'theme': 'Colours', 'language': 'Language',
};
export const workshop_fr: TableLike<typeof workshop_en> = {
  'title': 'Optimiser', 'running': 'Au travail', 'done': 'Terminé', 'failed': 'Arrêté', 'ready': 'Bon à livrer', 'refused': 'Non livré',
  'path.title': 'Le chemin', 'path.first': 'tel que reçu', 'path.accuracy': 'Bonnes réponses', 'path.bytes': 'Fichier', 'path.time': 'Réponse en', 'path.memory': 'Mémoire', 'path.unknown': 'non mesuré', 'path.same': 'pareil', 'path.next': 'Ensuite',
  'factor.faster': '{n}× plus vite', 'factor.slower': '{n}× plus lent', 'factor.less': '{n} de moins', 'factor.more': '{n} de plus', 'points.more': '+{n} points', 'points.less': '−{n} points',
  'gates.title': 'Exigences pour {target}', 'gates.limit': 'demandé {limit}', 'gates.repair': 'Pour y remédier : {repair}', 'holds': 'tient', 'fails': 'manque', 'open': 'non mesuré ici',
  'pareto.title': 'Ce qui vaut la peine', 'pareto.sentence': { one: '{n} façon essayée sur {space}', other: '{n} façons essayées sur {space}' }, 'pareto.x': 'réponse en, ms', 'pareto.y': 'bonnes réponses', 'pareto.front': 'rien d’essayé n’est meilleur en tout', 'pareto.beaten': 'battu', 'pareto.none': 'Une seule façon était demandée.', 'pareto.below': '< {n}', 'pareto.way': 'Façon', 'pareto.pick': 'le choix',
  'certificate.title': 'Certificat', 'certificate.open': 'Ouvrir le certificat', 'certificate.sentence': 'Signé pour ce réseau sur {target}, mesuré sur {machine}.', 'certificate.none': 'Il n’y a pas de certificat : une exigence manque, rien n’a reçu son nom final.', 'certificate.later': 'Il vient quand toutes les exigences sont jugées.', 'download': 'Le réseau, {size}',
  'error.title': 'Cela n’a pas pu être fait', 'lost': 'Le programme ne répond plus. Ce qui est ici est ce qu’il a dit en dernier.', 'lost.fix': 'Regardez le terminal où il tournait.', 'theme': 'Couleurs', 'language': 'Langue',
};
export const { t: w, word: workshop_word } = teller(workshop_en, workshop_fr);
