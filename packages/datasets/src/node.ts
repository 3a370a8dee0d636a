export type { CachedFiles, CachedFilesOptions, FileSet } from './node/cached-files';
export { cachedFiles } from './node/cached-files';
export { dataHome } from './node/data-home';
export { fileBytes } from './node/file-bytes';
export { folderFiles } from './node/folder-files';
export type { DatasetPlace } from './node/open-dataset';
export { openDataset } from './node/open-dataset';
