import { Html } from './html';
import { toggleRules } from './legend';

/** The page's style: one column on a phone, two charts side by side from a tablet on; light, dark and on paper. */
export const style = new Html(`
:root { color-scheme: light dark; --paper: #fff; --card: #f6f7f9; --ink: #1c2330; --soft: #5a6472; --rule: #c9ced6;
  --hair: #e4e7ec; --link: #0b5cad; --good: #18794e; --bad: #b42318; --note: #fff6db; --note-ink: #5c4400;
  --m0: #7a828e; --m1: #0b6bcb; --m2: #c2410c; --m3: #0f7b5f; --m4: #8b3fc7; --m5: #a16207; --m6: #be185d; --m7: #0e7490; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161d; --card: #1a2029; --ink: #e6e9ee; --soft: #9aa5b4;
  --rule: #3a4452; --hair: #262e39; --link: #7ab8ff; --good: #5ecb98; --bad: #ff8a7a; --note: #332a10; --note-ink: #f3dd9b;
  --m0: #98a2b0; --m1: #5aa9ff; --m2: #ff9257; --m3: #43c59e; --m4: #c48bf5; --m5: #dcae4a; --m6: #f57fb0; --m7: #4cc4de; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: 2.4rem 1.2rem 4rem; } main.wide { max-width: 76rem; }
h1 { font-size: clamp(1.7rem, 4.5vw, 2.4rem); line-height: 1.15; letter-spacing: -0.015em; margin: 0 0 .4rem; text-wrap: balance; }
h2 { font-size: 1.35rem; letter-spacing: -0.01em; margin: 3.2rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--hair); }
h3 { font-size: 1.02rem; margin: 1.6rem 0 .4rem; } a { color: var(--link); }
p { margin: .4rem 0 .8rem; max-width: 46rem; } p, li { overflow-wrap: anywhere; } .lead { font-size: 1.1rem; }
.lead, .soft, figcaption, caption, dt { color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; list-style: none; padding: 0; margin: 1rem 0 1.6rem; font-size: .92rem; }
nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: .2rem; }
figure { margin: 0; padding: .9rem 1rem; background: var(--card); border-radius: .7rem; min-width: 0; }
figcaption { font-size: .9rem; margin-bottom: .4rem; } svg { display: block; width: 100%; max-width: 38rem; height: auto; }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); align-items: start; margin: .8rem 0; }
.pair > figure:only-child { max-width: 40rem; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 11.5rem), 1fr)); list-style: none;
  padding: 0; margin: 0 0 1.6rem; }
.cards li { padding: 1rem 1.1rem .6rem; background: var(--card); border-radius: .7rem; border-top: 4px solid var(--own); font-size: .92rem; }
.cards h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
.cards .figure { font-size: 2.5rem; line-height: 1.1; font-weight: 650; letter-spacing: -0.02em; margin: .3rem 0 .2rem;
  font-variant-numeric: tabular-nums; }
.wrap { white-space: normal; } td.wrap, .words { min-width: 7rem; } .words { text-align: left; } .words div { width: max-content; max-width: 16rem; }
.share svg { max-width: none; height: 1.6rem; border-radius: .3rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .3rem 0; font-size: .9rem; }
th, td { padding: .45rem .7rem; text-align: right; border-bottom: 1px solid var(--hair); white-space: nowrap; vertical-align: top; }
th:first-child { text-align: left; padding-left: .2rem; }
thead th { color: var(--soft); font-weight: 600; font-size: .85rem; vertical-align: bottom; border-bottom-color: var(--rule); }
tbody th { font-weight: 600; } td small { color: var(--soft); display: block; }
th button { all: unset; cursor: pointer; } th button:focus-visible { outline: 2px solid var(--link); outline-offset: 3px; }
th button::after { content: '↕'; opacity: .35; padding-left: .3em; } th button:hover::after { opacity: .9; }
[aria-sort=ascending] button::after { content: '↑'; opacity: 1; } [aria-sort=descending] button::after { content: '↓'; opacity: 1; }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .45em; vertical-align: -.02em; }
.legend, .toggles { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0; margin: .4rem 0 .8rem; font-size: .92rem; }
.toggles { border: 0; margin: 1.4rem 0 0; } .toggles legend { float: left; padding: 0; color: var(--soft); }
.toggles label, .switch label { cursor: pointer; } .toggles input { accent-color: var(--ink); margin: 0 .4em 0 0; vertical-align: -.1em; }
.switch { float: right; display: inline-flex; gap: .2rem; font-size: .85rem; }
.switch label { padding: 0 .6em; border-radius: 1em; } .switch label:has(:checked) { background: var(--hair); color: var(--ink); }
.switch label:has(:focus-visible) { outline: 2px solid var(--link); } .switch input { appearance: none; margin: 0; width: 0; }
.matrix { width: auto; margin: 0 auto; } .matrix caption { display: none; }
.matrix th, .matrix td { padding: 0; text-align: center; width: 2.1rem; min-width: 1.6rem; height: 1.9rem; vertical-align: middle; border: 1px solid var(--card);
  font-size: .8rem; } .matrix th { color: var(--soft); font-weight: 400; }
.matrix th:first-child { width: auto; max-width: 8rem; padding-right: .5rem; text-align: right; overflow: hidden; text-overflow: ellipsis; }
.cell { background: color-mix(in srgb, var(--m2) var(--share), var(--paper)); }
.cell.right { background: color-mix(in srgb, var(--m1) calc(var(--share) * .6), var(--paper)); }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--soft); font-size: .92rem; }
.images { width: auto; margin: .8rem 0 1.6rem; } .images th, .images td { border: 0; padding: .15rem .3rem; text-align: center; }
.images th:first-child { text-align: left; color: var(--soft); font-weight: 400; font-size: .85rem; vertical-align: middle; }
.images caption { color: var(--ink); font-weight: 600; font-size: 1rem; }
.sheet svg { width: auto; max-width: none; }
img { display: block; image-rendering: pixelated; border-radius: .3rem; border: 1px solid var(--rule); }
.fooled { color: var(--bad); font-weight: 600; } .held { color: var(--good); }
.warnings { background: var(--note); color: var(--note-ink); border-radius: .7rem; padding: .8rem 1rem .8rem 2rem; margin: .6rem 0; }
.checks { list-style: none; padding: 0; display: grid; gap: .7rem 1.4rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
.checks li { border-left: 3px solid var(--rule); padding-left: .8rem; font-size: .92rem; } .checks p { margin: 0 0 .2rem; }
.checks .warning { border-color: var(--bad); } .checks .ok { border-color: var(--good); }
.verdict { color: var(--soft); } .warning .verdict { color: var(--bad); } .ok .verdict { color: var(--good); }
.tag { display: inline-block; font-size: .75rem; font-weight: 600; padding: 0 .5em; border-radius: 1em; border: 1px solid var(--rule);
  color: var(--soft); } .tag { text-decoration: none; white-space: nowrap; } .tag.bad { color: var(--bad); border-color: currentColor; }
.group th { text-align: left; padding-top: 1.1rem; color: var(--ink); white-space: normal; border-bottom-color: var(--rule); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; margin: .6rem 0; } dd { margin: 0; overflow-wrap: anywhere; }
pre { background: var(--card); border-radius: .7rem; padding: .8rem 1rem; overflow-x: auto; font-size: .9rem; }
@media (max-width: 30rem) { main { padding-top: 1.4rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  .matrix th, .matrix td { min-width: 1.5rem; } .switch { float: none; display: flex; } }
${toggleRules}
code { overflow-wrap: anywhere; } .board td { padding: .45rem .5rem; }
.board th:first-child { text-align: right; } .board th:nth-child(2) { text-align: left; min-width: min(12rem, 32vw); white-space: normal; }
.board .group th { text-align: left; } .group span { position: sticky; left: .2rem; display: inline-block; max-width: calc(100vw - 3rem); } .board th small { display: block; font-weight: 400; color: var(--soft); } .board small.why { color: var(--bad); }
.board td:nth-child(n+8) { text-align: left; white-space: normal; min-width: 7rem; } .board th:nth-child(n+8) { text-align: left; }
.refused td, .refused th { color: var(--soft); }
:root:has(#show-published:not(:checked)) .published, :root:has(#show-refused:not(:checked)) .refused { display: none; }
@media screen { figure:has([value=attacked]:checked) .clean, figure:has([value=clean]:checked) .attacked { display: none; } }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print { :root { color-scheme: light; font-size: 14px; } body { font-size: 13px; } main, main.wide { max-width: none; padding: 0; }
  nav, .toggles, .switch, th button::after { display: none; } h2, h3, caption { break-after: avoid; }
  figure, tr, .checks li, .cards li { break-inside: avoid; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .matrix caption { display: table-caption; text-align: center; }
  .scroll { overflow: visible; } .words div { width: auto; } th, td { padding: .3rem .4rem; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
@media print and (prefers-color-scheme: dark) { :root { --paper: #fff; --card: #f6f7f9; --ink: #1c2330; --soft: #5a6472; --rule: #c9ced6; --hair: #e4e7ec;
  --link: #0b5cad; --good: #18794e; --bad: #b42318; --note: #fff6db; --note-ink: #5c4400; --m0: #7a828e; --m1: #0b6bcb; --m2: #c2410c;
  --m3: #0f7b5f; --m4: #8b3fc7; --m5: #a16207; --m6: #be185d; --m7: #0e7490; } }
`);
