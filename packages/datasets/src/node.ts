export { fileBytes } from './file-bytes';
export { folderFiles } from './folder-files';
