// The command from its sources as files that Node runs by itself, so that processes start at once: tests start and kill many.
import { fileURLToPath } from 'node:url';
import { build, defaultServerConditions } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * @param {string} name of a folder, one for each test file
 * @returns {Promise<string>} the program: `node PROGRAM evaluate ...`
 */
export async function bundledCommand(name) {
  // Within the package, so that what stays outside is found, and the package itself.
  const outDir = at(`../.vite/${name}`);
  await build({
    configFile: false,
    // From here packages are found, which then stay outside.
    root: at('..'),
    logLevel: 'error',
    ssr: { noExternal: [/^@agoge\//], resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
    build: {
      ssr: true,
      target: 'node20',
      outDir,
      emptyOutDir: true,
      minify: false,
      rolldownOptions: {
        input: { command: at('./command-program.mjs') },
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  });
  return `${outDir}/command.mjs`;
}
