// Why a part was decided so: each step's rule, what was seen and the outcome, then the rule over the whole part.
import type { Item } from '../state/types';
import { reason_of_step, rule_in_words } from '../words/reasons';
import { t } from '../words/words';
import { Shape } from './shape';

export function Why({ item }: { item: Item }) {
  return (
    <section class="panel">
      <h2>{t('item.why')}</h2>
      <ol class="steps">
        {item.steps.map((step) => (
          <li key={step.name} class={step.decision}>
            <Shape decision={step.decision} size={24} />
            <div>
              <p class="step-name">{step.name}{step.camera && step.camera !== step.name && <small> · {t('live.camera', { name: step.camera })}</small>}</p>
              <p>{reason_of_step(step)}</p>
              {step.rule && <p class="muted small">{t('pair', { name: t('item.rule'), value: rule_in_words(step.rule) })}</p>}
            </div>
          </li>
        ))}
        {item.item_rule && item.steps.length > 0 && (
          <li class={`whole-part ${item.decision}`}>
            <Shape decision={item.decision} size={24} />
            <div>
              <p class="step-name">{t('item.whole')}</p>
              <p class="muted small">{t('pair', { name: t('item.rule'), value: rule_in_words(item.item_rule) })}</p>
            </div>
          </li>
        )}
      </ol>
    </section>
  );
}
