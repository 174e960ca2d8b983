export {
  broughtBrowser,
  broughtVulkan,
  browser,
  noBrowser,
  noVulkan,
  softwareVulkan,
} from './find.ts';
export { type Site, visit } from './visit.ts';
