export { fileBytes } from './node/file-bytes';
export { folderFiles } from './node/folder-files';
