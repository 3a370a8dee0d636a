// The activations as docs/activations.md lists them: formula and source of each, and where its shape is shown
// (its start values, unless there it is another activation's). Data.

export const rows = [
  { name: 'relu', layer: 'ReLU', formula: 'max(x, 0)', source: '' },
  { name: 'softplus', layer: 'Softplus', formula: 'log(1 + e^x)', source: 'PAF, SAT' },
  { name: 'silu', layer: 'SiLU', formula: 'x s(x)', source: 'PAF, SAT' },
  { name: 'gelu', layer: 'GELU', formula: 'x Φ(x)', source: 'SAT' },
  {
    name: 'gelutanh',
    layer: "GELU, 'tanh'",
    formula: 'x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2',
    source: "SAT's code",
  },
  { name: 'mish', layer: 'Mish', formula: 'x tanh(log(1 + e^x))', source: "SAT's code" },
  { name: 'elu', layer: 'ELU', formula: 'alpha (e^x − 1); x', source: 'SAT' },
  { name: 'celu', layer: 'CELU', formula: 'alpha (e^(x / alpha) − 1); x', source: 'SAT', at: { alpha: 2 } },
  { name: 'smoothrelu', layer: 'SmoothReLU', formula: '0; x − log(1 + r² x) / r²', source: 'SAT' },
  {
    name: 'psoftplus',
    layer: 'PSoftplus',
    formula: 'log(1 + e^(a x)) / a',
    source: 'PAF; SAT fixes 10',
    at: { alpha: 10 },
  },
  { name: 'prelu', layer: 'PReLU', formula: 'alpha x; x', source: 'PAF', at: { alpha: -0.25 } },
  { name: 'pelu', layer: 'PELU', formula: 'alpha (e^x − 1); x', source: 'PAF', at: { alpha: -0.5 } },
  { name: 'pblu', layer: 'PBLU', formula: '0; x + alpha (√(x² + 1) − 1)', source: 'PAF', at: { alpha: 0.5 } },
  { name: 'pprelu', layer: 'PPReLU', formula: '0; alpha x', source: 'PAF', at: { alpha: 1.5 } },
  { name: 'ppelu', layer: 'PPELU', formula: 'e^x − 1; alpha x', source: 'PAF', at: { alpha: 1.5 } },
  { name: 'psilu', layer: 'PSiLU', formula: 'x s(a x)', source: 'PAF', at: { alpha: 2 } },
  { name: 'ssilu', layer: 'SSiLU', formula: 'x (s(x) − b) / (1 − b)', source: "PAF's code" },
  {
    name: 'pssilufixedbeta',
    layer: 'PSSiLUFixedBeta',
    formula: 'x (s(alpha² x) − b) / (1 − b)',
    source: "PAF's code, earlier",
    at: { alpha: 1.5 },
  },
  {
    name: 'pssilu',
    layer: 'PSSiLU',
    formula: 'x (s(a x) − b) / (1 − b)',
    source: 'PAF',
    at: { alpha: 2, beta: 0.25 },
  },
];
