// `node bench/autoattack.mjs --autoattack FOLDER --mnist FOLDER --weights FILE.safetensors [--python python3] [--backend onnx]
// [--attacks apgd-ce,apgd-t,fab-t,square,standard] [--norm linf] [--eps 0.3] [--n 200] [--rounds 3] [--threads 1]`: AutoAttack
// of ours beside the official one (a clone of github.com/fra31/auto-attack, on PyTorch), on the same LeNet5, images and seed,
// taking turns in processes of their own. Prints seconds, survivors and on how many examples the verdicts differ; and of ours
// forward passes a second, the classifier's own beside them, and which share of the time the same passes would take by
// themselves. Runs on `dist`; times are worth nothing on a machine that does other things.
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { padded, percent } from './cells.mjs';
import { median, spread } from './figures.mjs';
import { load, loadLine, machineLine } from './machine.mjs';
import { start } from './turns.mjs';

const { values } = parseArgs({
  options: {
    autoattack: { type: 'string' },
    mnist: { type: 'string' },
    weights: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    backend: { type: 'string', default: 'onnx' },
    attacks: { type: 'string', default: 'apgd-ce,apgd-t,fab-t,square,standard' },
    norm: { type: 'string', default: 'linf' },
    eps: { type: 'string', default: '0.3' },
    n: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1' },
    batch: { type: 'string', default: '250' },
  },
});
const { autoattack, mnist, weights, norm } = values;
if (!autoattack || !mnist || !weights) throw new Error('give --autoattack, --mnist and --weights');
const [n, rounds, batch] = [values.n, values.rounds, values.batch].map(Number);
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const conditions = { threads: Number(values.threads), autoattack, mnist, weights };

const players = [];
for (const each of [
  { name: 'official', command: values.python, args: [path('../peers/autoattack_lenet5.py')] },
  { name: 'ours', command: execPath, args: [path('attacker.mjs'), values.backend] },
]) {
  const player = await start(each, conditions);
  if (player.missing) throw new Error(`${each.name}: ${player.missing}`);
  players.push(player);
}

report(machineLine());
for (const { words } of players) report(words);
report(`${loadLine()}\n`);
report(`${norm}, eps ${values.eps}, ${n} examples, ${rounds} rounds in turns, batches of ${batch}`);
report('attack     official s  (quartiles)            ours s  (quartiles)          ratio  survivors        differ');
const passes = [['of ours', 'forwards', 'backwards', 'forwards/s', 'by itself', 'share of the time']];
for (const attack of values.attacks.split(',')) {
  const told = players.map(() => []);
  const own = [];
  for (let round = 0; round < rounds; round++) {
    const order = [...players.keys()];
    for (const i of round % 2 ? order.reverse() : order) {
      const answer = await players[i].ask({ attack, norm, eps: Number(values.eps), n, seed: round, batch }, 1);
      if (answer.error) throw new Error(`${players[i].name}, ${attack}: ${answer.error}`);
      told[i].push(answer);
    }
    own.push(await players[1].ask({ attack: 'passes', batch }, 1));
  }
  passes.push(passesOf(attack, told[1], own));
  const [official, ours] = told.map((answers) => spread(answers.map(({ ms }) => ms / 1000)));
  const [theirs, mine] = told.map((answers) => answers.map(({ robust }) => robust));
  const survivors = [theirs, mine].map((all) => all.map((robust) => robust.reduce((sum, each) => sum + each, 0)));
  const differ = mine.map((robust, round) => robust.filter((each, i) => each !== theirs[round][i]).length);
  const ratio = (official.median / ours.median).toFixed(2);
  const seconds = ({ median, low, high }) =>
    `${median.toFixed(2).padStart(8)}  (${low.toFixed(2)} to ${high.toFixed(2)})`.padEnd(28);
  report(
    `${attack.padEnd(12)}${seconds(official)}${seconds(ours)}${ratio.padStart(5)}  ${survivors.join(' | ')}  ${differ.join(' ')}`,
  );
}
report(`\n${padded(passes).join('\n')}`);
report(`\nmedians, quartiles in brackets; ratio: official over ours; load after: ${load().toFixed(2)}`);
await Promise.all(players.map(({ end }) => end()));

/** A row: what all rounds made of passes, and how fast, beside the same passes alone. */
function passesOf(attack, answers, own) {
  const total = (kind) => (answer) => answer.passes.reduce((sum, each) => sum + each[kind], 0);
  const [forwards, backwards] = ['forwards', 'backwards'].map((kind) => answers.map(total(kind)));
  const alone = own.map(({ forward, gradient }, i) => (forwards[i] - backwards[i]) * forward + backwards[i] * gradient);
  return [
    attack,
    `${median(forwards)}`,
    `${median(backwards)}`,
    median(answers.map(({ ms }, i) => (1000 * forwards[i]) / ms)).toFixed(0),
    median(own.map(({ forward }) => 1000 / forward)).toFixed(0),
    percent(median(answers.map(({ ms }, i) => alone[i] / ms))),
  ];
}

function report(line) {
  console.log(line);
}
