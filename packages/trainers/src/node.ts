export { type CheckpointFolderOptions, checkpointFolder } from './checkpoint-folder.ts';
export { type ProgressBarOptions, progressBar } from './progress-bar.ts';
export { saveBest } from './save-best.ts';
