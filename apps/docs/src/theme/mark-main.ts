import { useRoute } from 'vitepress';
import { nextTick, onMounted, watch } from 'vue';

/** The theme's home page has no landmark for its content, where screen readers would jump to; all other pages have one. */
export function markMain(): void {
  const route = useRoute();
  const mark = () => {
    const content = document.getElementById('VPContent');
    if (content?.classList.contains('is-home')) content.setAttribute('role', 'main');
    else content?.removeAttribute('role');
  };
  onMounted(mark);
  watch(
    () => route.path,
    () => nextTick(mark),
  );
}
