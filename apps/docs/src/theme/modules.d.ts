declare module '*.css';

declare module '*.vue' {
  import type { DefineComponent } from 'vue';

  const component: DefineComponent;
  export default component;
}

declare module '*?worker&url' {
  const address: string;
  export default address;
}
