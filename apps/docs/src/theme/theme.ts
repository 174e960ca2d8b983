import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { defineAsyncComponent } from 'vue';
import ExerciseCheck from './exercise-check.vue';
import InstallChooser from './install-chooser.vue';
import { markMain } from './mark-main.ts';
import './style.css';

/** Live parts, loaded by the pages that have them. */
const parts = {
  LiveShapes: () => import('../live/parts/live-shapes.vue'),
  LiveSchedule: () => import('../live/parts/live-schedule.vue'),
  LiveThroughTime: () => import('../live/parts/live-through-time.vue'),
  LiveGradients: () => import('../live/parts/live-gradients.vue'),
  LiveGates: () => import('../live/parts/live-gates.vue'),
  LiveCharacters: () => import('../live/parts/live-characters.vue'),
  LiveWords: () => import('../live/parts/live-words.vue'),
  LiveAttention: () => import('../live/parts/live-attention.vue'),
};

export const theme: Theme = {
  extends: DefaultTheme,
  setup: markMain,
  enhanceApp({ app }) {
    app.component('Exercise', ExerciseCheck);
    app.component('InstallChooser', InstallChooser);
    for (const [name, load] of Object.entries(parts)) {
      app.component(name, defineAsyncComponent(load));
    }
  },
};
