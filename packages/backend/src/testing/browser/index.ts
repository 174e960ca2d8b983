export {
  broughtBrowser,
  broughtVulkan,
  browser,
  noBrowser,
  noVulkan,
  prepare,
  softwareVulkan,
} from './find.ts';
export { type Site, visit } from './visit.ts';
