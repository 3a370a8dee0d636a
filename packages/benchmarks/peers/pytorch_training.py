"""PyTorch as a contestant of bench/measure.mjs: steps of adversarial training, as their authors make them.

Speaks as pytorch_steps.py does. A case of kind "objective" names a network, a batch size, an objective and its options. Images are
crafted in mode eval (running statistics), the update is made in mode train; SGD with momentum 0.9 and weight decay 5e-4. Eager.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from pytorch_steps import NETWORKS, Peer, batches, main


def fast_at_cnn(width=16):
    features = [nn.Conv2d(1, width, 4, 2, 1), nn.ReLU(), nn.Conv2d(width, 2 * width, 4, 2, 1), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(*features, nn.Linear(2 * width * 7 * 7, 100), nn.ReLU(), nn.Linear(100, 10))


NETWORKS["fast-at-cnn"] = (fast_at_cnn, (1, 28, 28), 166406)


def ascend(model, x, start, loss_of, eps, steps, step_size):
    """Projected ascent of the loss in the l-infinity ball around x and in [0, 1]."""
    moved = start
    for _ in range(steps):
        moved.requires_grad_(True)
        gradient = torch.autograd.grad(loss_of(model(moved)), moved)[0]
        moved = moved.detach() + step_size * gradient.sign()
        moved = torch.min(torch.max(moved, x - eps), x + eps).clamp(0, 1)
    return moved


def adversarial_training(model, x, y, eps, steps, step_size):
    model.eval()
    start = (x + torch.empty_like(x).uniform_(-eps, eps)).clamp(0, 1)
    moved = ascend(model, x, start, lambda z: F.cross_entropy(z, y, reduction="sum"), eps, steps, step_size)
    model.train()
    return F.cross_entropy(model(moved), y)


def divergence(natural, moved):
    return F.kl_div(F.log_softmax(moved, 1), F.softmax(natural, 1), reduction="sum")


def trades(model, x, y, eps, steps, step_size, beta=6):
    model.eval()
    with torch.no_grad():
        natural = model(x)
    start = x + 0.001 * torch.randn_like(x)
    moved = ascend(model, x, start, lambda z: divergence(natural, z), eps, steps, step_size)
    model.train()
    natural = model(x)
    return F.cross_entropy(natural, y) + beta * divergence(natural, model(moved)) / len(x)


OBJECTIVES = {"adversarialTraining": adversarial_training, "trades": trades}


class Trainer(Peer):
    def prepare(self, asked):
        if asked["kind"] != "objective":
            return super().prepare(asked)
        model = self.network(asked["network"], asked.get("width"))
        loss_of = OBJECTIVES[asked["objective"]]
        options = asked["options"]
        pixels = batches(asked["batch"], NETWORKS[asked["network"]][1])
        y = torch.arange(asked["batch"], device=self.device) % 10
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

        def step():
            x = torch.tensor(next(pixels)).to(self.device)
            loss = loss_of(model, x, y, options["eps"], options["steps"], options["stepSize"])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss.item()

        return (lambda: None), step


if __name__ == "__main__":
    main(Trainer)
