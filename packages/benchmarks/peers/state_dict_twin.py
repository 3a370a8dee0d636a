"""Writes packages/architectures/src/weights/torch-twin.fixture.{safetensors,json}: a small network of PyTorch's layers with random
weights and running statistics, saved by PyTorch, converted by the lines of packages/architectures/docs/convert-pytorch.md,
and its logits and input gradients. Run from the root of the repository: /usr/bin/python3 packages/benchmarks/peers/state_dict_twin.py
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import torch
from torch import nn

target = pathlib.Path('packages/architectures/src/weights/torch-twin')
page = pathlib.Path('packages/architectures/docs/convert-pytorch.md')


class Normalize(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('mean', torch.tensor([0.5, 0.25, 0.125]).view(3, 1, 1))
        self.register_buffer('std', torch.tensor([0.25, 0.5, 1.0]).view(3, 1, 1))

    def forward(self, x):
        return (x - self.mean) / self.std


class Twin(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.grouped = nn.Conv2d(4, 8, 3, padding=1, groups=2)
        self.depthwise = nn.Conv2d(8, 16, 3, padding=1, groups=8)
        self.bn2 = nn.BatchNorm1d(3 * 2 * 16)
        self.fc1 = nn.Linear(3 * 2 * 16, 7)
        self.fc2 = nn.Linear(7, 5)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.depthwise(torch.relu(self.grouped(x))))
        x = torch.flatten(torch.max_pool2d(x, 2), 1)
        return self.fc2(torch.relu(self.fc1(self.bn2(x))))


torch.manual_seed(0)
model = nn.DataParallel(nn.Sequential(Normalize(), Twin()))
for module in model.modules():
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        for value, low, high in ((module.weight, 0.5, 1.5), (module.bias, -1, 1), (module.running_var, 0.5, 2)):
            nn.init.uniform_(value, low, high)
        nn.init.normal_(module.running_mean)
model.eval()

with tempfile.TemporaryDirectory() as folder:
    saved = pathlib.Path(folder) / 'twin.pth'
    torch.save({'epoch': 3, 'state_dict': model.state_dict()}, saved)
    lines = re.search(r'```python\n(.*?)```', page.read_text(), re.S).group(1)
    subprocess.run([sys.executable, '-c', lines, saved, target.with_suffix('.fixture.safetensors')], check=True)

x = torch.rand(2, 3, 6, 4, requires_grad=True)
logits = model(x)
logits[:, 0].sum().backward()
flat = lambda value: [float('%.9g' % each) for each in value.detach().double().flatten().tolist()]
target.with_suffix('.fixture.json').write_text(
    json.dumps(
        {
            'made': 'packages/benchmarks/peers/state_dict_twin.py, PyTorch ' + torch.__version__,
            'x': flat(x.permute(0, 2, 3, 1)),
            'logits': flat(logits),
            'gradient': flat(x.grad.permute(0, 2, 3, 1)),
        }
    )
    + '\n'
)
