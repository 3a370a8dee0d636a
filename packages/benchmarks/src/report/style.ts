import { Html } from './html';

/** The page's style: one column on a phone, two charts side by side from a tablet on; light and dark. */
export const style = new Html(`
:root { color-scheme: light dark; --paper: #fff; --card: #f6f7f9; --ink: #1c2330; --soft: #5a6472; --rule: #c9ced6;
  --good: #18794e; --bad: #b42318; --note: #fff6db; --note-ink: #5c4400;
  --m0: #7a828e; --m1: #0b6bcb; --m2: #c2410c; --m3: #0f7b5f; --m4: #8b3fc7; --m5: #a16207; --m6: #be185d; --m7: #0e7490; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161d; --card: #1a2029; --ink: #e6e9ee; --soft: #9aa5b4;
  --rule: #3a4452; --good: #5ecb98; --bad: #ff8a7a; --note: #332a10; --note-ink: #f3dd9b;
  --m0: #98a2b0; --m1: #5aa9ff; --m2: #ff9257; --m3: #43c59e; --m4: #c48bf5; --m5: #dcae4a; --m6: #f57fb0; --m7: #4cc4de; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; } h2 { font-size: 1.25rem; margin: 2.6rem 0 .4rem; }
p { margin: .4rem 0 .8rem; max-width: 46rem; } .lead, .soft, figcaption, caption, dt { color: var(--soft); }
figure { margin: 0; padding: .8rem; background: var(--card); border-radius: .6rem; min-width: 0; }
figcaption { font-size: .9rem; margin-bottom: .4rem; } svg { display: block; width: 100%; max-width: 38rem; height: auto; }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .3rem 0; font-size: .9rem; }
th, td { padding: .45rem .7rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child { text-align: left; } thead th { color: var(--soft); font-weight: 600; font-size: .85rem; }
tbody th { font-weight: 600; } td small { color: var(--soft); display: block; }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .45em; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0; margin: .4rem 0 .8rem; font-size: .92rem; }
.images { width: auto; margin: .8rem 0 1.6rem; } .images th, .images td { border: 0; padding: .15rem .3rem; text-align: center; }
.images th:first-child { text-align: left; color: var(--soft); font-weight: 400; font-size: .85rem; }
.images caption { color: var(--ink); font-weight: 600; font-size: 1rem; }
.sheet svg { width: auto; max-width: none; }
img { display: block; image-rendering: pixelated; border-radius: .3rem; border: 1px solid var(--rule); }
.fooled { color: var(--bad); font-weight: 600; } .held { color: var(--good); }
.warnings { background: var(--note); color: var(--note-ink); border-radius: .6rem; padding: .8rem 1rem .8rem 2rem; margin: .6rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; margin: .6rem 0; } dd { margin: 0; overflow-wrap: anywhere; }
pre { background: var(--card); border-radius: .6rem; padding: .8rem 1rem; overflow-x: auto; font-size: .9rem; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
`);
